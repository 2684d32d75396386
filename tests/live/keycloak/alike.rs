//! EN-01 on the real one: whoever may not be recovered looks like everybody else, and gets nothing.

use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;

use super::front::Front;
use super::realm::{Realm, text};
use crate::mailbox::Mailbox;
use crate::process::PATIENCE;

const HOW_TO_START: &str = "no OpenLDAP: run `tests/live/servers/slapd start`";
/// What the directory's only person is found by.
const FEDERATED: &str = "fiona@corp.example";
/// The account that regain itself is.
const SERVICE: &str = "service-account-regain";

#[expect(clippy::disallowed_methods, reason = "where the server runs is told to the tests from outside")]
fn directory() -> String {
    let url = std::env::var("REGAIN_TEST_SLAPD_URL").unwrap_or_else(|_| "ldap://127.0.0.1:4389".to_owned());
    TcpStream::connect(url.trim_start_matches("ldap://")).expect(HOW_TO_START);
    url
}

/// Lets the realm take over the directory's people, and has it know one of them.
async fn federate(realm: &Realm) {
    let config = json!({
        "connectionUrl": [directory()], "bindDn": ["cn=admin,dc=corp,dc=example"],
        "bindCredential": ["admin-dev-password"], "usersDn": ["ou=people,dc=corp,dc=example"], "authType": ["simple"],
        "vendor": ["other"], "editMode": ["READ_ONLY"], "importEnabled": ["true"], "enabled": ["true"],
        "trustEmail": ["true"], "usernameLDAPAttribute": ["uid"], "rdnLDAPAttribute": ["uid"],
        "uuidLDAPAttribute": ["entryUUID"], "userObjectClasses": ["inetOrgPerson, organizationalPerson"],
    });
    let component = json!({
        "name": "corp", "providerId": "ldap", "providerType": "org.keycloak.storage.UserStorageProvider", "config": config,
    });
    realm.must(Method::POST, "/components", &component).await;
    let found = realm.read("/users?exact=true&username=fiona").await;
    assert!(found[0]["federationLink"].is_string(), "{found}");
    let fiona = text(&found[0]["id"]);
    realm.must(Method::PUT, &format!("/users/{fiona}"), &json!({ "emailVerified": true })).await;
}

/// Gives the service account a verified address, as an administrator can.
async fn service_account(realm: &Realm) -> String {
    let found = realm.read(&format!("/users?exact=true&username={SERVICE}")).await;
    let address = format!("{}@example.org", realm.name);
    let with_address = json!({ "email": address, "emailVerified": true });
    realm.must(Method::PUT, &format!("/users/{}", text(&found[0]["id"])), &with_address).await;
    address
}

/// One account of every kind that may not be recovered, by what it would be asked for, and its mailbox.
async fn everybody(realm: &Realm) -> Vec<(String, String)> {
    federate(realm).await;
    let grouped = realm.person_with(json!({ "groups": ["/administrators"] })).await;
    let marked = realm.person_with(json!({ "attributes": { "unrecoverable": ["true"] } })).await;
    let disabled = realm.person_with(json!({ "enabled": false })).await;
    let unverified = realm.person_with(json!({ "emailVerified": false })).await;
    let brokered = realm.person_with(json!({ "credentials": [] })).await;
    realm.link(&brokered).await;
    let mut others: Vec<(String, String)> =
        [grouped, marked, disabled, unverified, brokered].map(|it| (it.email.clone(), it.email)).into();
    let service = service_account(realm).await;
    others.push((SERVICE.to_owned(), service.clone()));
    others.push((service.clone(), service));
    others.extend(["nobody@example.org", FEDERATED].map(|address| (address.to_owned(), address.to_owned())));
    others
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn en_01_whoever_may_not_be_recovered_is_answered_like_everybody_else_and_gets_nothing() {
    let realm = Realm::acme().await;
    let protect = "protect = { groups = [\"administrators\"], attributes = [\"unrecoverable\"] }";
    let front = Front::before(&realm).provider(protect).start();
    let person = realm.person().await;
    let others = everybody(&realm).await;
    let boxes: Vec<Mailbox> = others.iter().map(|(_, address)| Mailbox::open(address, &front.url())).collect();
    let mails = front.mails(&person);

    let mut shapes = Vec::new();
    for identifier in others.iter().map(|(identifier, _)| identifier).chain([&person.email]) {
        let browser = front.browser();
        let answer = browser.post("/recovery/", &[("identifier", identifier)]).await;
        let id = answer.location().strip_prefix("/recovery/").expect("a page").to_owned();
        let page = front.browser().get(&format!("/recovery/{id}")).await;
        shapes.push((identifier, answer.shape(&id), page.shape(&id)));
    }
    mails.link(1).await;
    let dropped = ["tenant=\"acme\"", "result=\"dropped\""];
    front.counts("regain_messages_total", &dropped, others.len() as u64, PATIENCE).await;

    let (_, start, page) = shapes.last().expect("the person's").clone();
    for (identifier, other_start, other_page) in &shapes {
        assert_eq!(*other_start, start, "{identifier}");
        assert_eq!(*other_page, page, "{identifier}");
    }
    assert_eq!(front.counted("regain_messages_total", &["result=\"sent\""]), 1);
    for ((identifier, _), mails) in others.iter().zip(boxes) {
        assert!(mails.arrived().is_empty(), "{identifier}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_people_get_a_link_where_nothing_protects_them() {
    let realm = Realm::acme().await;
    let front = Front::before(&realm).start();
    let grouped = realm.person_with(json!({ "groups": ["/administrators"] })).await;
    let marked = realm.person_with(json!({ "attributes": { "unrecoverable": ["true"] } })).await;

    // TL-16: a password of one's own is recovered, whatever else one signs in by.
    let linked = realm.person().await;
    realm.link(&linked).await;

    for person in [grouped, marked, linked] {
        let mails = front.mails(&person);
        front.start(&person.email).await;
        mails.link(1).await;
    }
}
