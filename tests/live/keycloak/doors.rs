//! PX-12 on the real one: its own doors to recovery are closed, and those that other mails need are open.

use axum::body::Body;
use reqwest::Method;
use serde_json::json;

use super::admin::Admin;
use super::front::Front;
use super::login::{action, forgot};
use super::person::{NEW, Person};
use super::portal::Portal;
use super::realm::Realm;
use crate::mailbox::{Mailbox, mails_to};
use crate::support::browser::{Answer, Browser};

/// Keycloak's own doors to recovery.
const DOORS: [[&str; 2]; 2] =
    [["login-actions", "reset-credentials"], ["protocol/openid-connect", "forgot-credentials"]];

/// The ways to write a door's path that servers take for the same.
fn spellings(realm: &Realm, [folder, door]: [&str; 2]) -> Vec<String> {
    let (base, (first, rest)) = (format!("/realms/{}", realm.name), door.split_at(1));
    let first = first.as_bytes()[0];
    vec![
        format!("{base}/{folder}/{door}"),
        format!("{base}/{folder}/{door}/"),
        format!("{base}/{folder}/%{first:x}{rest}"),
        format!("{base}/{folder}//{door}"),
        format!("{base}/{folder}/./{door}"),
        format!("{base}/{folder}/x/../{door}"),
        format!("{base}/x/../{folder}/{door}"),
        format!("{base}/{folder}/{door};a=b"),
        format!("{base};a=b/{folder}/{door}"),
        format!("{base}/{folder}/{door}/deeper"),
        format!("/{base}/{folder}/{door}"),
    ]
}

/// Sends a form to an address by any method.
async fn knock(browser: &Browser, method: &str, address: &str, form: &str) -> Option<Answer> {
    let mut request = browser.raw_form(address, form.to_owned());
    *request.method_mut() = method.parse().expect("a method");
    if ["GET", "HEAD"].contains(&method) {
        *request.body_mut() = Body::empty();
    }
    browser.try_send(request).await
}

/// What Keycloak's own recovery would be asked with by this browser: session code and execution of its login.
async fn session(browser: &Browser, portal: &Portal) -> String {
    let login = browser.get(&portal.request(&[]).address).await;
    let action = action(&login);
    action.split_once('?').expect("a query").1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px_12_every_method_and_spelling_of_keycloaks_own_recovery_is_closed() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let portal = Portal::at(&front.url(), &realm).await;
    let form = format!("username={}", person.username);
    let mut open = Vec::new();
    for path in DOORS.into_iter().flat_map(|door| spellings(&realm, door)) {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let browser = front.browser();
            let query = session(&browser, &portal).await;
            for address in [path.clone(), format!("{path}?{query}"), format!("{path}?client_id=portal")] {
                let answer = knock(&browser, method, &address, &form).await.expect("an answer");
                let is_led = method == "GET" && answer.status == 303 && answer.location().starts_with("/recovery/");
                let is_closed = [400, 404].contains(&answer.status.as_u16());
                let is_theirs = answer.headers.contains_key("set-cookie");
                if is_theirs || !(is_led || is_closed) {
                    open.push(format!("{method} {address}: {}", answer.status));
                }
            }
        }
    }

    assert!(open.is_empty(), "{open:#?}");
    assert!(mails_to(&person.email).is_empty(), "Keycloak's own recovery has mailed");
}

/// So that the test above can fail: beside regain the same door is open, and it mails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_regain_keycloaks_own_recovery_mails() {
    let realm = Realm::acme().await;
    let person = realm.person().await;
    let portal = Portal::at(realm.admin.url(), &realm).await;
    let at = realm.admin.url().strip_prefix("http://").and_then(|place| place.parse().ok()).expect("an address");
    let browser = Browser::at_address(at, &realm.admin.url()["http://".len()..]);
    let mails = Mailbox::open(&person.email, realm.admin.url());
    let login = browser.get(&portal.request(&[]).address).await;

    let page = browser.get(&forgot(&login)).await;
    browser.post(&action(&page), &[("username", &person.username)]).await;

    mails.mail(1).await;
}

/// Asks Keycloak to mail a link of its own, by the public address, which then stands in the link.
async fn mail_actions(front: &Front, realm: &Realm, person: &Person) {
    let path = format!("/{}/users/{}/execute-actions-email", realm.name, person.id);
    let (status, body) = Admin::at(&front.url()).ask(Method::PUT, &path, Some(&json!(["UPDATE_PASSWORD"]))).await;
    assert_eq!(status, 204, "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px_12_a_link_that_keycloak_itself_has_mailed_still_works_through_regain() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let portal = Portal::at(&front.url(), &realm).await;
    let mails = front.mails(&person);

    mail_actions(&front, &realm, &person).await;
    let mail = mails.mail(1).await;
    let text = mail["text"].as_str().expect("a text");
    let link = text.split_whitespace().find(|word| word.contains("/login-actions/action-token")).expect("a link");
    let browser = front.browser();
    let mut page = browser.get(link).await;
    // A page that says what is to be done comes first.
    if !page.body.contains("kc-passwd-update-form") {
        let (_, rest) = page.body.rsplit_once("href=\"").expect("a way on");
        let on = rest.split('"').next().expect("an address").replace("&amp;", "&");
        page = browser.get(&on).await;
        while page.status == 302 {
            page = browser.get(page.location()).await;
        }
    }
    browser.post(&action(&page), &[("password-new", NEW), ("password-confirm", NEW)]).await;

    portal.sign_in(&person.username, NEW).await.expect("the password that was set by Keycloak's own link");
}
