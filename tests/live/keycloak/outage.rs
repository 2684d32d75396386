//! Keycloak away at every step, and what is said and done about it.

use std::time::Duration;

use super::forwarder::Forwarder;
use super::front::{Front, set};
use super::person::{NEW, OLD};
use super::portal::Portal;
use super::realm::Realm;

/// A first try that failed is repeated after 5 s, the next after 30 s.
const SOON: Duration = Duration::from_mins(1);
/// A change whose outcome is unknown ends the sessions half a minute after it began.
const LEASE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_keycloak_is_away_people_may_ask_and_the_mail_comes_when_it_is_back() {
    let realm = Realm::acme().await;
    let mut between = Forwarder::to(realm.admin.url()).await;
    let front = Front::before(&realm).through(&between.url()).start();
    let person = realm.person().await;
    let mails = front.mails(&person);

    between.cut().await;
    let page = front.start(&person.email).await;
    let shown = front.browser().get(&page).await;
    front.counts("regain_messages_total", &["result=\"retried\""], 1, SOON).await;
    let while_away = mails.arrived().len();
    between.mend().await;
    let link = mails.link(1).await;
    let (browser, page) = front.open(&link).await;
    let done = set(&browser, &page, NEW).await;

    assert!(shown.body.contains("Check your email"), "{}", shown.body);
    assert_eq!(while_away, 0);
    assert_eq!(done.status, 303, "{}", done.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keycloak_away_when_the_password_is_posted_spends_nothing_and_the_same_link_works_when_it_is_back() {
    let realm = Realm::acme().await;
    let mut between = Forwarder::to(realm.admin.url()).await;
    let front = Front::before(&realm).through(&between.url()).start();
    let (person, portal) = (realm.person().await, Portal::at(realm.admin.url(), &realm).await);
    let mails = front.mails(&person);
    front.start(&person.email).await;
    let link = mails.link(1).await;

    between.cut().await;
    let (browser, page) = front.open(&link).await;
    let form = browser.get(&page).await;
    let refused = set(&browser, &page, NEW).await;
    let proxied = browser.get(&format!("/realms/{}/account", realm.name)).await;
    between.mend().await;
    portal.sign_in(&person.username, OLD).await.expect("the old password, as nothing was changed");
    let done = set(&browser, &page, NEW).await;

    assert!(form.body.contains("Create a new password"), "{}", form.body);
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("We could not change your password"), "{}", refused.body);
    assert_eq!(proxied.status, 502, "{}", proxied.body);
    assert_eq!(done.status, 303, "{}", done.body);
    portal.sign_in(&person.username, NEW).await.expect("the new password");
    assert_eq!(mails.mail(2).await["subject"], "Your Acme password was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_once_is_asked_for_again_and_believed_by_the_credentials_time() {
    let realm = Realm::acme().await;
    let between = Forwarder::to(realm.admin.url()).await;
    let front = Front::before(&realm).through(&between.url()).start();
    let (person, portal) = (realm.person().await, Portal::at(realm.admin.url(), &realm).await);
    let session = portal.sign_in(&person.username, OLD).await.expect("tokens");

    between.lose_answers(1);
    front.recover(&person, NEW).await;

    assert_eq!(between.lost(), 1);
    portal.sign_in(&person.username, NEW).await.expect("the new password");
    portal.refresh(&session.refresh).await.expect_err("an ended session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_twice_leave_it_unknown_and_the_sessions_end_all_the_same() {
    let realm = Realm::acme().await;
    let between = Forwarder::to(realm.admin.url()).await;
    let front = Front::before(&realm).through(&between.url()).start();
    let (person, portal) = (realm.person().await, Portal::at(realm.admin.url(), &realm).await);
    let session = portal.sign_in(&person.username, OLD).await.expect("tokens");
    let offline = portal.sign_in_offline(&person.username, OLD).await.expect("tokens");
    let mails = front.mails(&person);
    front.start(&person.email).await;
    let (browser, page) = front.open(&mails.link(1).await).await;

    between.lose_answers(2);
    let unknown = set(&browser, &page, NEW).await;
    let notice = mails.mail_within(2, LEASE).await;
    front.counts("regain_provider_requests_total", &["operation=\"end_sessions\"", "result=\"ok\""], 1, LEASE).await;

    assert_eq!((unknown.status.as_u16(), between.lost()), (503, 2), "{}", unknown.body);
    assert!(unknown.body.contains("We could not confirm the change"), "{}", unknown.body);
    portal.sign_in(&person.username, NEW).await.expect("the new password, as Keycloak has set it");
    portal.refresh(&session.refresh).await.expect_err("an ended session");
    portal.refresh(&offline.refresh).await.expect_err("an ended offline session");
    // The credential's time has proven meanwhile that it was set.
    assert_eq!(notice["subject"], "Your Acme password was changed");
}
