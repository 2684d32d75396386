//! Whole ways through the API, as a front end goes them.

use std::time::Duration;

use http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::app::{NEW, OLD, TestApp, link_of};
use crate::support::fake_identity::{Op, Reply};

/// A tenant with a front end of its own: mails point there.
const OWN: &str = "link_url = \"https://app.acme.test/reset\"\n";

async fn app() -> TestApp {
    TestApp::builder().file("acme", |file| format!("{file}{OWN}")).build().await
}

/// The token that a mail's link carries to the tenant's own page.
fn token(link: &str) -> &str {
    link.strip_prefix("https://app.acme.test/reset?token=").expect("a link to the tenant's own page")
}

/// Everything but what differs from run to run.
fn steady(answer: &Value) -> String {
    let mut answer = answer.clone();
    for (name, value) in answer.as_object_mut().expect("an object") {
        if name == "id" || name == "request_id" {
            *value = json!("<id>");
        }
    }
    answer.to_string()
}

#[tokio::test]
async fn a_front_end_learns_what_it_must_show() {
    let app = app().await;

    let offer = app.api("acme").get("/methods").await;

    assert_eq!(offer.status, StatusCode::OK);
    assert_snapshot!(offer.body, @r##"{"methods":["email_link"],"identifier":"either","password":{"min_length":15,"max_length":256}}"##);
}

#[tokio::test]
async fn a_link_to_the_tenants_own_page_sets_a_password() {
    let app = app().await;
    let ask = json!({ "identifier": "alice", "return_to": "https://app.acme.test/in" });
    let started = app.api("acme").post("/recoveries", &ask).await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));

    // Another device: it has the link and nothing else.
    let elsewhere = app.api("acme");
    let set = elsewhere.post("/password", &json!({ "token": token(&link), "password": NEW })).await;
    let again =
        elsewhere.post("/password", &json!({ "token": token(&link), "password": "another varnish plinth" })).await;

    assert_eq!(started.status, StatusCode::ACCEPTED);
    assert_snapshot!(steady(&started.json()), @r##"{"id":"<id>","method":"email_link","expires_at":"2026-11-20T13:00:00Z","resend_at":"2026-11-20T12:01:00Z"}"##);
    assert_eq!(set.status, StatusCode::OK);
    assert_snapshot!(set.body, @r##"{"sessions":"ended","sign_in_url":"https://app.acme.test/in"}"##);
    assert_eq!(again.problem(), (410, "recovery-over".into()));
    assert!(app.people("acme").sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn who_asked_for_no_return_is_sent_to_sign_in() {
    let app = app().await;
    app.api("acme").post("/recoveries", &json!({ "identifier": "alice", "return_to": "https://evil.test/" })).await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));

    let set = app.api("acme").post("/password", &json!({ "token": token(&link), "password": NEW })).await;

    assert_eq!(set.json()["sign_in_url"], "https://acme.rec.test/");
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn a_second_message_waits_for_its_minute() {
    let app = app().await;
    let api = app.api("acme");
    let id = api.start("alice@example.org").await;
    let path = format!("/recoveries/{id}/resend");

    let too_soon = api.post(&path, &json!({})).await;
    app.wait(Duration::from_mins(1));
    let sent = api.post(&path, &json!({ "method": null })).await;
    app.wait(Duration::from_mins(38) + Duration::from_secs(30));
    let last = api.post(&path, &json!({ "method": "email_link" })).await;
    app.wait(Duration::from_mins(2));
    let none = api.post(&path, &json!({})).await;
    app.wait(Duration::from_mins(30));
    let over = api.post(&path, &json!({})).await;
    let other = api.post(&path, &json!({ "method": "sms_otp" })).await;

    for answer in [&too_soon, &sent, &last, &none] {
        assert_eq!(answer.status, StatusCode::ACCEPTED);
    }
    assert_snapshot!([&too_soon, &sent, &last, &none].map(|answer| steady(&answer.json())).join("\n"), @r##"
    {"id":"<id>","method":"email_link","expires_at":"2026-11-20T13:00:00Z","resend_at":"2026-11-20T12:01:00Z"}
    {"id":"<id>","method":"email_link","expires_at":"2026-11-20T13:00:00Z","resend_at":"2026-11-20T12:02:00Z"}
    {"id":"<id>","method":"email_link","expires_at":"2026-11-20T13:00:00Z","resend_at":null}
    {"id":"<id>","method":"email_link","expires_at":"2026-11-20T13:00:00Z","resend_at":null}
    "##);
    assert_eq!(over.problem(), (410, "recovery-over".into()));
    assert_eq!(other.problem(), (410, "recovery-over".into()));
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn a_method_that_is_not_offered_is_refused() {
    let app = app().await;
    let api = app.api("acme");
    let id = api.start("alice@example.org").await;

    let start = api.post("/recoveries", &json!({ "identifier": "alice@example.org", "method": "sms_otp" })).await;
    let resend = api.post(&format!("/recoveries/{id}/resend"), &json!({ "method": "sms_otp" })).await;

    for answer in [start, resend] {
        assert_eq!(answer.problem(), (422, "unprocessable".into()));
        assert_eq!(answer.json()["detail"], "method: is none that this tenant offers");
    }
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn every_broken_rule_is_told_and_the_token_lives_on() {
    let app = app().await;
    let api = app.api("acme");
    api.start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let people = app.people("acme");

    let ours = api.post("/password", &json!({ "token": token(&link), "password": "password1" })).await;
    people.answer(Op::SetPassword, [Reply::Refused(vec!["Never the name of a planet.".into()])]);
    let theirs = api.post("/password", &json!({ "token": token(&link), "password": NEW })).await;
    let set = api.post("/password", &json!({ "token": token(&link), "password": NEW })).await;

    assert_eq!(ours.problem(), (422, "password-refused".into()));
    assert_snapshot!(ours.json()["violations"].to_string(), @r##"[{"code":"too_short","min":15},{"code":"common"}]"##);
    assert_eq!(theirs.problem(), (422, "password-refused".into()));
    assert_snapshot!(theirs.json()["violations"].to_string(), @r##"[{"code":"other","message":"Never the name of a planet."}]"##);
    assert_eq!(set.status, StatusCode::OK);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_the_token_as_it_was() {
    let app = app().await;
    let api = app.api("acme");
    api.start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    app.people("acme").answer(Op::Account, [Reply::Unavailable]);

    let down = api.post("/password", &json!({ "token": token(&link), "password": NEW })).await;
    let set = api.post("/password", &json!({ "token": token(&link), "password": NEW })).await;

    assert_eq!(down.problem(), (503, "try-later".into()));
    assert_eq!(down.headers["retry-after"], "30");
    assert_eq!(set.status, StatusCode::OK);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn sessions_that_do_not_end_at_once_are_said_to_be_pending() {
    let app = app().await;
    let api = app.api("acme");
    api.start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    app.people("acme").answer(Op::EndSessions, [Reply::Unavailable]);

    let set = api.post("/password", &json!({ "token": token(&link), "password": NEW })).await;

    assert_eq!((set.status, &set.json()["sessions"]), (StatusCode::OK, &json!("pending")));
    app.wait(Duration::from_mins(1));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn who_did_not_ask_says_so_with_the_links_token() {
    let app = app().await;
    let attacker = app.api("acme");
    let id = attacker.start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let owner = app.api("acme");

    let cancelled = owner.post(&format!("/recoveries/{id}/cancel"), &json!({ "token": token(&link) })).await;
    app.wait(Duration::from_mins(1));
    let resent = attacker.post(&format!("/recoveries/{id}/resend"), &json!({})).await;
    app.deliver().await;
    let mails = app.new_mails().len();
    let set = owner.post("/password", &json!({ "token": token(&link), "password": NEW })).await;
    let afterwards = owner.post(&format!("/recoveries/{id}/cancel"), &json!({ "token": token(&link) })).await;

    assert_eq!((cancelled.status, cancelled.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!((resent.status, mails), (StatusCode::ACCEPTED, 0), "nothing is sent, and nothing shows");
    assert_eq!(set.status, StatusCode::OK, "the link lives out its minutes");
    assert_eq!(afterwards.problem(), (410, "recovery-over".into()));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn messages_speak_the_language_that_was_asked_for() {
    let app = app().await;
    let api = app.api("acme");
    let mut by_header = api.call("/recoveries", &json!({ "identifier": "alice" }).to_string());
    by_header.headers_mut().insert("accept-language", "de".parse().expect("a value"));

    api.send(by_header).await;
    let mut subjects = Vec::new();
    for locale in ["de", "xx"] {
        app.deliver().await;
        subjects.push(app.one_mail().mail.subject);
        app.wait(Duration::from_mins(2));
        api.post("/recoveries", &json!({ "identifier": "alice@example.org", "locale": locale })).await;
    }
    app.deliver().await;
    subjects.push(app.one_mail().mail.subject);

    assert_snapshot!(subjects.join("\n"), @r##"
    Ihr Passwort bei ACME zurücksetzen
    Ihr Passwort bei ACME zurücksetzen
    Reset your ACME password
    "##);
    assert!(app.people("acme").sign_in("alice", OLD));
}

#[tokio::test]
async fn the_api_of_a_tenant_on_a_path_lies_below_that_path() {
    let host = "[[host]]\nname = \"id.rec.test\"\npublic_url = \"https://id.rec.test\"\n";
    let file = |file: String| {
        file.replace("hosts = [\"acme.rec.test\"]", "host = \"id.rec.test\"\npath = \"/t/acme\"")
            .replace("public_url = \"https://acme.rec.test\"", "public_url = \"https://id.rec.test/t/acme\"")
    };
    let app = TestApp::builder().regain(host).file("acme", file).build().await;

    let answer = app.browser_at("id.rec.test").get("/t/acme/recovery/api/v1/methods").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["identifier"], "either");
}
