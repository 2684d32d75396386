//! TL, RC and WB for codes typed by the JSON API: a right code speaks to the client that typed it, once.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::api::{Api, code_of, wrong_code};
use crate::support::app::{NEW, TestApp, link_of};
use crate::support::browser::Answer;
use crate::support::fake_identity::{Op, Point};

async fn set(app: &TestApp, token: &str, password: &str) -> Answer {
    app.api("acme").post("/password", &json!({ "token": token, "password": password })).await
}

fn over() -> (u16, String) {
    (410, "recovery-over".to_owned())
}

/// A tenant that sends codes, and alice's recovery by one a minute after it was sent.
async fn with_code() -> (TestApp, String) {
    let codes = "methods = [\"email_otp\", \"email_link\"]\n";
    let app = TestApp::builder().file("acme", |file| format!("{file}{codes}")).build().await;
    let id = app.api("acme").start("alice@example.org").await;
    app.deliver().await;
    app.one_mail();
    app.wait(Duration::from_mins(1));
    (app, id)
}

/// Types the right code, and gives the reset token.
async fn reset_token(app: &TestApp, id: &str) -> String {
    let code = code_of(app, id).await;
    let right = app.api("acme").post(&format!("/recoveries/{id}/verify"), &json!({ "code": code })).await;
    right.json()["reset_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn tl_09_who_started_gets_nothing_when_the_owner_types_the_code() {
    let (app, id) = with_code().await;
    let attacker = app.api("acme");
    let path = format!("/recoveries/{id}/resend");
    let before = attacker.post(&path, &json!({})).await;
    app.deliver().await;
    app.one_mail();
    let token = reset_token(&app, &id).await;

    let meanwhile = attacker.post(&path, &json!({})).await;
    let posted = attacker.post("/password", &json!({ "token": id, "password": "attackers pass phrase!" })).await;
    let guessed =
        attacker.post(&format!("/recoveries/{id}/verify"), &json!({ "code": code_of(&app, &id).await })).await;
    let set = set(&app, &token, NEW).await;
    let afterwards = attacker.post(&path, &json!({})).await;

    assert_eq!(meanwhile.shape(&id), before.shape(&id));
    assert_eq!(afterwards.shape(&id), before.shape(&id));
    assert_eq!(posted.problem(), over());
    assert_eq!(guessed.problem(), (422, "wrong-code".into()), "a code that was used is a wrong one");
    assert_eq!(set.status, StatusCode::OK);
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn wb_07_an_answer_that_was_changed_on_its_way_opens_nothing() {
    let (app, id) = with_code().await;
    let code = code_of(&app, &id).await;
    let api = app.api("acme");

    let wrong = api.post(&format!("/recoveries/{id}/verify"), &json!({ "code": wrong_code(&code, 0) })).await;
    // A client that believes it was right goes on with what it can make up.
    let mut made_up = Vec::new();
    for token in [id.clone(), "A".repeat(70), format!("AQI{}", "A".repeat(67)), wrong.json()["request_id"].to_string()]
    {
        made_up.push(set(&app, &token, NEW).await);
    }

    assert_eq!(wrong.problem(), (422, "wrong-code".into()));
    for answer in made_up {
        assert_eq!(answer.problem(), over());
    }
    assert_eq!(app.people("acme").calls(Op::Account), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rc_02_two_hundred_codes_at_once_get_five_verdicts() {
    let (app, id) = with_code().await;
    let code = code_of(&app, &id).await;
    let path = format!("/recoveries/{id}/verify");
    let clients: Vec<Api> = (0..200).map(|_| app.api("acme")).collect();
    let guesses: Vec<Value> = (0..200).map(|number| json!({ "code": wrong_code(&code, number) })).collect();

    let answers = join_all(clients.iter().zip(&guesses).map(|(api, guess)| api.post(&path, guess))).await;
    let right = app.api("acme").post(&path, &json!({ "code": code })).await;

    let mut left: Vec<u64> = answers.iter().filter_map(|answer| answer.json()["attempts_left"].as_u64()).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4], "five are judged, each for a try of its own");
    let closed = answers.iter().filter(|answer| answer.problem() == (422, "codes-closed".into())).count();
    assert_eq!(closed, 195);
    assert_eq!(right.problem(), (422, "codes-closed".into()));
}

#[tokio::test]
async fn rc_04_two_passwords_with_one_reset_token_are_one_change_and_one_busy() {
    let (app, id) = with_code().await;
    let token = reset_token(&app, &id).await;
    let people = app.people("acme").clone();
    people.block(Point::BeforeApply);

    let first = set(&app, &token, NEW);
    let second = async {
        people.until_standing(Point::BeforeApply).await;
        let busy = set(&app, &token, "another varnish plinth").await;
        people.release();
        busy
    };
    let (first, second) = tokio::join!(first, second);
    let settled = set(&app, &token, "another varnish plinth").await;

    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.problem(), (409, "busy".into()));
    assert_eq!(settled.problem(), over());
    assert_eq!(people.calls(Op::SetPassword), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_12_one_success_makes_the_codes_of_the_accounts_other_recoveries_wrong_ones() {
    let (app, first) = with_code().await;
    let api = app.api("acme");
    let second = api.start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    let token = reset_token(&app, &first).await;
    let code = code_of(&app, &second).await;
    let set = set(&app, &token, NEW).await;

    let typed = api.post(&format!("/recoveries/{second}/verify"), &json!({ "code": code })).await;
    let opened = app.browser("acme").get(&link).await;

    assert_eq!(set.status, StatusCode::OK);
    assert_eq!(typed.problem(), (422, "wrong-code".into()));
    assert_eq!(typed.json()["attempts_left"], 4);
    assert_eq!(opened.status, StatusCode::GONE);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_08_a_code_of_one_recovery_is_a_wrong_one_in_another() {
    let (app, first) = with_code().await;
    let api = app.api("acme");
    let second = api.start("alice@example.org").await;
    app.deliver().await;
    app.new_mails();
    let codes = [code_of(&app, &first).await, code_of(&app, &second).await];

    let crossed = api.post(&format!("/recoveries/{second}/verify"), &json!({ "code": codes[0] })).await;
    let back = api.post(&format!("/recoveries/{first}/verify"), &json!({ "code": codes[1] })).await;

    for answer in [crossed, back] {
        assert_eq!(answer.problem(), (422, "wrong-code".into()));
        assert_eq!(answer.json()["attempts_left"], 4);
    }
}
