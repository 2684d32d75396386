//! EN: nobody learns who has an account.

use std::time::Duration;

use http::StatusCode;
use regain::domain::address::EmailAddress;
use serde_json::json;

use crate::support::app::{NEW, OLD, TestApp, twice};
use crate::support::fake_identity::Person;

/// One account of every kind that may not be recovered, at acme: identifiers that all look like alice's from outside.
fn everybody(app: &TestApp) -> Vec<&'static str> {
    let people = app.people("acme");
    let person = |name: &str| Person::new(name, &format!("{name}@example.org"), OLD);
    people.add(Person { enabled: false, ..person("disabled") });
    people.add(Person { locked_by_administrator: true, ..person("locked") });
    people.add(Person { federated: true, ..person("federated") });
    people.add(Person { service: true, ..person("service") });
    let unverified = person("unverified");
    people.add(Person { emails: vec![(unverified.emails[0].0.clone(), false)], ..unverified });
    let shared = EmailAddress::parse("shared@example.org").expect("an address");
    people.add(Person { emails: vec![(shared.clone(), true)], ..person("ambiguous-one") });
    people.add(Person { emails: vec![(shared, true)], ..person("ambiguous-two") });
    vec![
        "unknown@example.org",
        "disabled@example.org",
        "locked@example.org",
        "federated@example.org",
        "service@example.org",
        "unverified@example.org",
        "shared@example.org",
        "somebody@-malformed-.example",
        "nobody",
    ]
}

#[tokio::test]
async fn en_01_known_and_unknown_accounts_are_answered_alike() {
    let app = TestApp::new().await;
    let others = everybody(&app);
    let mut shapes = Vec::new();
    for identifier in others.iter().chain(&["alice@example.org"]) {
        let browser = app.browser("acme");
        let answer = browser.post("/recovery/", &[("identifier", identifier)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{identifier}");
        let id = answer.location().strip_prefix("/recovery/").expect("a page").to_owned();
        let page = app.browser("acme").get(&format!("/recovery/{id}")).await;
        shapes.push((identifier, answer.shape(&id), page.shape(&id)));
    }
    app.deliver().await;

    let (_, start, page) = shapes.last().expect("alice's").clone();
    for (identifier, other_start, other_page) in &shapes {
        assert_eq!(*other_start, start, "{identifier}");
        assert_eq!(*other_page, page, "{identifier}");
    }
    let told: Vec<String> = app.new_mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    assert_eq!(told, ["alice@example.org"]);
}

#[tokio::test]
async fn en_01_known_and_unknown_accounts_are_answered_alike_by_json() {
    let app = TestApp::new().await;
    let others = everybody(&app);
    let mut shapes = Vec::new();
    for identifier in others.iter().chain(&["alice@example.org"]) {
        let api = app.api("acme");
        let started = api.post("/recoveries", &json!({ "identifier": identifier })).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{identifier}");
        let id = started.json()["id"].as_str().expect("an id").to_owned();
        let again = api.post(&format!("/recoveries/{id}/resend"), &json!({})).await;
        shapes.push((identifier, started.shape(&id), again.shape(&id)));
    }
    app.deliver().await;
    let malformed = app.api("acme").post("/recoveries", &json!({ "identifier": "\u{7}" })).await;

    let (_, start, resend) = shapes.last().expect("alice's").clone();
    for (identifier, other_start, other_resend) in &shapes {
        assert_eq!(*other_start, start, "{identifier}");
        assert_eq!(*other_resend, resend, "{identifier}");
    }
    assert_eq!(malformed.problem(), (422, "unprocessable".into()));
    let told: Vec<String> = app.new_mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    assert_eq!(told, ["alice@example.org"]);
}

#[tokio::test]
async fn en_01_a_protected_account_is_answered_alike_and_gets_nothing() {
    let lines = "[provider.protect]\nusers = [\"Alice\"]\n";
    let app = TestApp::builder().tenant("acme", lines).build().await;
    let browser = app.browser("acme");

    let protected = browser.post("/recovery/", &[("identifier", "alice@example.org")]).await;
    app.deliver().await;

    assert_eq!(protected.status, StatusCode::SEE_OTHER);
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn en_07_nothing_of_the_accounts_addresses_shows_before_a_proof() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");

    let start = browser.post("/recovery/", &[("identifier", "alice")]).await;
    let id = start.location().strip_prefix("/recovery/").expect("a page").to_owned();
    app.deliver().await;
    app.one_mail();
    let page = browser.get(&format!("/recovery/{id}")).await;
    app.wait(Duration::from_mins(1));
    let again = browser.post(&format!("/recovery/{id}/resend"), &[]).await;
    app.deliver().await;
    app.one_mail();
    let after = browser.get(&format!("/recovery/{id}")).await;
    let foreign = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    for answer in [start, page, again, after, foreign] {
        for fragment in ["example.org", "alice@", "@example", "***"] {
            assert!(!answer.body.contains(fragment), "{fragment}: {}", answer.body);
        }
    }
}
