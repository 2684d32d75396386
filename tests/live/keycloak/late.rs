//! A login that was under way with the old password, and outlives the change.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::front::Front;
use super::login::{action, post_sign_in};
use super::person::{NEW, OLD};
use super::portal::{Portal, Tokens};
use super::realm::Realm;
use crate::process::REST;

const TEMPORARY: &str = "handed out by the help desk";
const THEIRS: &str = "known to somebody else";
/// The first look comes a minute after the change.
const FIRST_LOOK: Duration = Duration::from_secs(100);
/// How long after a look its consequences may take.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_09_a_login_left_waiting_that_overwrites_the_new_password_is_ended_and_the_person_told() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let (portal, mails) = (Portal::at(&front.url(), &realm).await, front.mails(&person));
    let temporary = json!({ "type": "password", "value": TEMPORARY, "temporary": true });
    realm.must(Method::PUT, &format!("/users/{}/reset-password", person.id), &temporary).await;
    let (waiting, request) = (front.browser(), portal.request(&[]));
    let passed = post_sign_in(&waiting, &request, &person.username, TEMPORARY).await;
    let page = waiting.get(passed.location()).await;
    assert!(page.body.contains("kc-passwd-update-form"), "{}", page.body);

    front.recover(&person, NEW).await;
    let fields = [("password-new", THEIRS), ("password-confirm", THEIRS)];
    let back = waiting.post(&action(&page), &fields).await;
    let stolen = portal.exchange(&request, back.location()).await.expect("Keycloak lets it finish");
    portal.refresh(&stolen.refresh).await.expect("a session that lives");
    let told = mails.mail_within(3, FIRST_LOOK).await;

    assert!(portal.sign_in(&person.username, THEIRS).await.is_ok(), "Keycloak lets it overwrite the password");
    let refused = portal.refresh(&stolen.refresh).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(portal.user_info(&stolen.access).await, 401);
    assert!(told["subject"].as_str().is_some_and(|subject| subject.contains("again")), "{told}");
    assert_eq!(front.counted("regain_late_changes_total", &[]), 1);
}

/// A login that had passed the old password before the change finishes after it, and changes nothing. What its refresh
/// token is worth after the first look.
async fn finished_late(late_logins: &str) -> Result<Tokens, String> {
    let realm = Realm::acme().await;
    let front = Front::before(&realm).provider(&format!("late_logins = \"{late_logins}\"")).start();
    let person = realm.person_with(json!({ "requiredActions": ["UPDATE_PROFILE"] })).await;
    let portal = Portal::at(&front.url(), &realm).await;
    let (waiting, request) = (front.browser(), portal.request(&[]));
    let passed = post_sign_in(&waiting, &request, &person.username, OLD).await;
    let page = waiting.get(passed.location()).await;
    assert!(page.body.contains("kc-update-profile-form"), "{}", page.body);
    front.recover(&person, NEW).await;
    let fields = [("email", person.email.as_str()), ("firstName", "Una"), ("lastName", "Acme")];
    let back = waiting.post(&action(&page), &fields).await;
    let late = portal.exchange(&request, back.location()).await.expect("Keycloak lets it finish");
    let late = portal.refresh(&late.refresh).await.expect("a session that lives");
    let account = ["operation=\"account\"", "result=\"ok\""];
    let calls = front.counted("regain_provider_requests_total", &account);

    front.counts("regain_provider_requests_total", &account, calls + 1, FIRST_LOOK).await;
    // What follows from the look comes just after it.
    let deadline = Instant::now() + SOON;
    loop {
        let refreshed = portal.refresh(&late.refresh).await;
        if refreshed.is_err() || Instant::now() > deadline {
            return refreshed;
        }
        tokio::time::sleep(REST).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_09_a_login_that_only_finishes_late_lives_on_unless_the_tenant_wants_late_logins_ended() {
    let (told, ended) = tokio::join!(finished_late("tell"), finished_late("end"));

    told.expect("a session that lives");
    ended.expect_err("an ended session");
}
