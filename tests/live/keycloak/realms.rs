//! Two realms of one server behind one host: two tenants on paths, told apart by the realm in Keycloak's addresses.

use serde_json::{Value, json};

use super::front::{Front, set};
use super::login::forgot;
use super::person::{NEW, OLD, fresh};
use super::portal::Portal;
use super::realm::Realm;
use crate::mailbox::{Mailbox, mails_to};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xt_02_of_two_people_with_one_address_only_the_asked_realms_gets_mail_and_a_new_password() {
    let (acme, globex) = (Realm::acme().await, Realm::globex().await);
    let front = Front::before_both(&acme, &globex).start();
    let address = json!({ "email": format!("{}@example.org", fresh()) });
    let (person, other) = (acme.person_with(address.clone()).await, globex.person_with(address).await);
    assert_eq!(person.email, other.email);
    let place = format!("{}/t/acme", front.url());
    let mails = Mailbox::open(&person.email, &place);

    let asked = front.browser().post("/t/acme/recovery/", &[("identifier", &person.email)]).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let link = mails.link(1).await;
    let (browser, page) = front.open(&link).await;
    let done = set(&browser, &page, NEW).await;
    assert_eq!(done.status, 303, "{}", done.body);
    mails.mail(2).await;

    let all = mails_to(&person.email);
    let names: Vec<&Value> = all.iter().map(|mail| &mail["from"][0]["name"]).collect();
    assert_eq!(names, ["Acme", "Acme"]);
    assert!(all.iter().all(|mail| !mail["text"].to_string().contains("Globex")), "{all:?}");
    let portals = [Portal::at(&front.url(), &acme).await, Portal::at(&front.url(), &globex).await];
    portals[0].sign_in(&person.username, NEW).await.expect("the new password");
    portals[1].sign_in(&other.username, OLD).await.expect("the other realm's person has the old one");
    assert_eq!(front.counted("regain_provider_requests_total", &["tenant=\"globex\""]), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_realms_way_to_a_new_password_leads_to_its_own_tenant_and_an_unknown_realms_is_left_alone() {
    let (acme, globex, unknown) = (Realm::acme().await, Realm::globex().await, Realm::globex().await);
    let front = Front::before_both(&acme, &globex).start();

    let mut led = Vec::new();
    for realm in [&acme, &globex, &unknown] {
        let (browser, portal) = (front.browser(), Portal::at(&front.url(), realm).await);
        let login = browser.get(&portal.request(&[]).address).await;
        led.push(browser.get(&forgot(&login)).await);
    }

    for (answer, path) in led.iter().zip(["/t/acme/recovery/", "/t/globex/recovery/"]) {
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.location().starts_with(path), "{}", answer.location());
    }
    let own = &led[2];
    assert_eq!(own.status, 200, "{}", own.body);
    assert!(own.body.contains("kc-reset-password-form"), "{}", own.body);
}
