//! The main job, as a person does it: from an application's login page to recovery and back into the same login.

use super::front::{Front, set};
use super::login::{self, forgot};
use super::person::{NEW, OLD};
use super::portal::{Portal, WELCOME};
use super::realm::Realm;
use crate::driver::Chromium;

/// The address of a login says by these which login it is.
fn login_of(address: &str) -> [Option<String>; 2] {
    let address = url::Url::parse(address).expect("an address");
    let value = |name: &str| address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    [value("client_id"), value("tab_id")]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_gets_from_an_applications_login_page_by_mail_back_into_the_same_login() {
    let (realm, chromium) = (Realm::acme().await, Chromium::start());
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let (portal, mails) = (Portal::at(&front.url(), &realm).await, front.mails(&person));
    let (browser, request) = (chromium.browser().await, portal.request(&[]));
    browser.open(&request.address).await;
    let action = browser.run("return document.getElementById('kc-form-login').action").await;
    let action = action.as_str().expect("an address").to_owned();

    browser.click("a[href*='login-actions/reset-credentials']").await;
    browser.fill("#identifier", &person.email).await;
    browser.click("button.primary").await;
    browser.reads("Check your email").await;
    browser.open(&mails.link(1).await).await;
    browser.fill("#new-password", NEW).await;
    browser.fill("#confirm-password", NEW).await;
    browser.click("button.primary").await;
    browser.reads("We have signed you out everywhere else.").await;
    browser.click("a.button").await;
    browser.find("#kc-login").await;
    let back = browser.address().await;
    login::sign_in(&browser, &person.username, NEW).await;
    browser.reads(WELCOME).await;
    let tokens = portal.exchange(&request, &browser.address().await).await.expect("tokens");

    assert!(back.starts_with(&front.url()), "{back}");
    assert_eq!(login_of(&back), login_of(&action), "the same login");
    assert_eq!(portal.user_info(&tokens.access).await, 200);
    assert!(portal.sign_in(&person.username, OLD).await.is_err(), "the old password is refused");
    let notice = mails.mail(2).await;
    assert!(notice["subject"].as_str().is_some_and(|subject| subject.contains("was changed")), "{notice}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_opened_in_another_browser_leads_to_the_sign_in_address_and_not_into_the_login() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let (portal, mails) = (Portal::at(&front.url(), &realm).await, front.mails(&person));
    let asking = front.browser();
    let login = asking.get(&portal.request(&[]).address).await;
    let led = asking.get(&forgot(&login)).await;
    assert_eq!(led.status, 303, "{}", led.body);

    let start = asking.get(led.location()).await;
    let asked = asking.post(&login::action(&start), &[("identifier", &person.email)]).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let (other, page) = front.open(&mails.link(1).await).await;
    let done = set(&other, &page, NEW).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let done = other.get(&page).await;

    let sign_in = format!("{}/realms/{}/account", front.url(), realm.name);
    assert!(done.body.contains(&format!("href=\"{sign_in}\"")), "{}", done.body);
    assert!(!done.body.contains("tab_id"), "{}", done.body);
}
