//! EN: nobody learns who has an account.

use std::time::Duration;

use http::StatusCode;
use regain::domain::address::EmailAddress;
use regain::domain::id::RecoveryId;
use serde_json::json;

use crate::support::app::{NEW, OLD, TestApp, id as tenant, twice};
use crate::support::browser::Answer;
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

/// What one start in a row was answered. How long to stay away is counted in real time, and so stands by itself.
struct Told {
    status: StatusCode,
    shape: String,
    retry_after: Option<u64>,
}

impl Told {
    fn new(mut answer: Answer, id: &str) -> Self {
        let wait = answer.headers.remove("retry-after");
        let retry_after = wait.map(|wait| wait.to_str().expect("a number").parse().expect("a number"));
        Self { status: answer.status, shape: answer.shape(id), retry_after }
    }
}

/// Twelve starts in a row by the form, from one fresh address.
async fn twelve_starts(app: &TestApp, identifier: &str) -> Vec<Told> {
    let browser = app.browser("acme");
    let mut told = Vec::new();
    for _ in 0..12 {
        let answer = browser.post("/recovery/", &[("identifier", identifier)]).await;
        let id = answer.headers.get("location").map_or("", |page| page.to_str().expect("an address"));
        let id = id.trim_start_matches("/recovery/").to_owned();
        told.push(Told::new(answer, &id));
        // Else the oldest of five would be named as it goes.
        browser.cookies.borrow_mut().clear();
    }
    told
}

/// The same by JSON.
async fn twelve_calls(app: &TestApp, identifier: &str) -> Vec<Told> {
    let api = app.api("acme");
    let mut told = Vec::new();
    for _ in 0..12 {
        let answer = api.post("/recoveries", &json!({ "identifier": identifier })).await;
        let id = answer.json()["id"].as_str().unwrap_or_default().to_owned();
        told.push(Told::new(answer, &id));
    }
    told
}

fn assert_alike(known: &[Told], unknown: &[Told], let_in: StatusCode) {
    let statuses: Vec<StatusCode> = known.iter().map(|told| told.status).collect();
    assert_eq!(statuses, [[let_in; 10].as_slice(), &[StatusCode::TOO_MANY_REQUESTS; 2]].concat());
    for (known, unknown) in known.iter().zip(unknown) {
        assert_eq!(known.shape, unknown.shape);
        match (known.retry_after, unknown.retry_after) {
            (None, None) => assert_eq!(known.status, let_in),
            (Some(known), Some(unknown)) => {
                assert!((1..=60).contains(&known) && known.abs_diff(unknown) <= 5, "{known} {unknown}");
            }
            (known, unknown) => panic!("told by one alone: {known:?} {unknown:?}"),
        }
    }
}

#[tokio::test]
async fn en_04_a_client_is_held_back_at_the_same_start_whoever_is_asked_for() {
    let app = TestApp::new().await;

    let known = twelve_starts(&app, "alice@example.org").await;
    let unknown = twelve_starts(&app, "nobody@example.org").await;
    let known_by_json = twelve_calls(&app, "alice@example.org").await;
    let unknown_by_json = twelve_calls(&app, "nobody@example.org").await;

    assert_eq!((known.len(), unknown.len()), (12, 12));
    assert_alike(&known, &unknown, StatusCode::SEE_OTHER);
    assert_alike(&known_by_json, &unknown_by_json, StatusCode::ACCEPTED);
    app.deliver().await;
    app.one_mail();
}

/// One start by the form and one by JSON, each from an address of its own, and what may tell of a limit.
async fn start_from_anywhere(app: &TestApp, identifier: &str) -> [String; 2] {
    let browser = app.browser("acme");
    let api = app.api("acme");
    let answer = browser.post("/recovery/", &[("identifier", identifier)]).await;
    let page = answer.location().trim_start_matches("/recovery/").to_owned();
    let called = api.post("/recoveries", &json!({ "identifier": identifier })).await;
    let id = called.json()["id"].as_str().expect("an id").to_owned();

    assert_eq!((answer.status, called.status), (StatusCode::SEE_OTHER, StatusCode::ACCEPTED));
    for answer in [&answer, &called] {
        let of_a_limit =
            |name: &str| name.contains("ratelimit") || name.contains("rate-limit") || name == "retry-after";
        let told: Vec<&str> = answer.headers.keys().map(http::HeaderName::as_str).filter(|it| of_a_limit(it)).collect();
        assert!(told.is_empty(), "{told:?}");
    }
    [answer.shape(&page), called.shape(&id)]
}

#[tokio::test]
async fn en_04_an_account_far_beyond_its_quota_shows_nothing_of_it_and_gets_nothing_more() {
    let app = TestApp::new().await;
    for _ in 0..5 {
        app.start(&app.browser("acme"), "alice@example.org").await;
        app.next_mail().await;
        app.wait(Duration::from_mins(1));
    }

    let mut shapes = Vec::new();
    for _ in 0..20 {
        shapes.push(start_from_anywhere(&app, "alice@example.org").await);
    }
    let unknown = start_from_anywhere(&app, "nobody@example.org").await;
    for _ in 0..5 {
        app.deliver().await;
        app.wait(Duration::from_mins(1));
    }

    for shape in shapes {
        assert_eq!(shape, unknown);
    }
    assert!(app.new_mails().is_empty(), "all five of an account are sent");
    let met = app.audit("acme").await.into_iter().filter(|line| line.reason.as_deref() == Some("mails_per_account"));
    assert_eq!(met.count(), 40, "each is told to the operator alone");
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

#[tokio::test]
async fn en_03_as_much_is_written_for_nobody_as_for_somebody() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let mut written = Vec::new();
    for identifier in ["alice@example.org", "nobody@example.org"] {
        let id = app.start(&app.browser("acme"), identifier).await;
        app.deliver().await;
        let id = RecoveryId::parse(&id).expect("an id");
        let loaded = app.store.tenant(&tenant("acme")).recovery(id).await.expect("an answer").expect("a recovery");
        let delivery = loaded.delivery(1).expect("a delivery");
        written.push((delivery.at, delivery.digits, delivery.refuse_at, delivery.account.is_some()));
    }

    assert_eq!(written[0], (app.now(), 8, Some(10), true));
    assert_eq!(written[1], (app.now(), 8, Some(10), false));
    app.one_mail();
}
