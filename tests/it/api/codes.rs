//! Codes by the API: what each try is answered.

use std::time::Duration;

use http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::api::{code_of, wrong_code};
use crate::support::app::{NEW, TestApp, link_of};
use crate::support::fake_identity::Op;

const CODES: &str = "methods = [\"email_otp\", \"email_link\"]\n";

async fn app() -> TestApp {
    TestApp::builder().file("acme", |file| format!("{file}{CODES}")).build().await
}

fn typed(code: &str) -> Value {
    json!({ "code": code })
}

#[tokio::test]
async fn a_right_code_gives_a_token_that_sets_the_password() {
    let app = app().await;
    let api = app.api("acme");
    let id = api.start("alice@example.org").await;
    app.deliver().await;
    app.one_mail();
    app.wait(Duration::from_mins(1));

    let code = code_of(&app, &id).await;
    let right =
        api.post(&format!("/recoveries/{id}/verify"), &typed(&format!(" {}-{} ", &code[..4], &code[4..]))).await;
    let token = right.json()["reset_token"].as_str().expect("a token").to_owned();
    let again = api.post(&format!("/recoveries/{id}/verify"), &typed(&code)).await;
    let set = app.api("acme").post("/password", &json!({ "token": token, "password": NEW })).await;

    assert_eq!(right.status, StatusCode::OK);
    assert_eq!(right.json()["expires_at"], "2026-11-20T12:11:00Z");
    assert_eq!(again.problem(), (422, "wrong-code".into()), "it has been used");
    assert_eq!(set.status, StatusCode::OK);
    assert!(app.people("acme").sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn wrong_codes_count_down_until_codes_are_closed_and_the_link_lives_on() {
    let app = app().await;
    let api = app.api("acme");
    let id = api.start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let code = code_of(&app, &id).await;
    let path = format!("/recoveries/{id}/verify");

    let mut told = Vec::new();
    for number in 0..6 {
        let answer = api.post(&path, &typed(&wrong_code(&code, number))).await;
        let (status, kind) = answer.problem();
        told.push(format!("{status} {kind} {}", answer.json()["attempts_left"]));
    }
    let right = api.post(&path, &typed(&code)).await;
    let token = link.split_once("token=").expect("a token").1;
    let set = api.post("/password", &json!({ "token": token, "password": NEW })).await;

    assert_snapshot!(told.join("\n"), @r##"
    422 wrong-code 4
    422 wrong-code 3
    422 wrong-code 2
    422 wrong-code 1
    422 wrong-code 0
    422 codes-closed null
    "##);
    assert_eq!(right.problem(), (422, "codes-closed".into()));
    assert_eq!(set.status, StatusCode::OK);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn what_can_be_no_code_says_so_and_costs_no_try() {
    let app = app().await;
    let api = app.api("acme");
    let id = api.start("alice@example.org").await;
    app.deliver().await;
    app.one_mail();
    let path = format!("/recoveries/{id}/verify");

    let mut told = Vec::new();
    for code in [json!(""), json!("12a45678"), json!("12345"), json!("1234567890123"), json!(12_345_678), json!(null)] {
        let answer = api.post(&path, &json!({ "code": code })).await;
        assert_eq!(answer.problem(), (422, "unprocessable".into()));
        told.push(answer.json()["detail"].as_str().expect("a detail").to_owned());
    }
    let code = code_of(&app, &id).await;
    let first = api.post(&path, &typed(&wrong_code(&code, 0))).await;

    assert_snapshot!(told.join("\n"), @r##"
    code: is empty
    code: holds something else than digits
    code: has fewer digits than any code
    code: has more digits than any code
    a member of the body is unknown, missing, or not of the type that this call takes
    a member of the body is unknown, missing, or not of the type that this call takes
    "##);
    assert_eq!(first.json()["attempts_left"], 4);
}

#[tokio::test]
async fn en_02_known_and_unknown_accounts_are_told_the_same_of_their_codes() {
    let app = app().await;
    let mut shapes = Vec::new();
    for identifier in ["alice@example.org", "nobody@example.org"] {
        let api = app.api("acme");
        let id = api.start(identifier).await;
        app.deliver().await;
        app.new_mails();
        let path = format!("/recoveries/{id}/verify");
        let mut told = Vec::new();
        for number in 0..7 {
            told.push(api.post(&path, &typed(&format!("0000000{number}"))).await.shape(&id));
        }
        shapes.push(told);
    }

    assert_eq!(shapes[0], shapes[1]);
    assert_eq!(app.people("acme").calls(Op::Account), 0);
}

#[tokio::test]
async fn another_method_can_be_asked_for_on_the_way() {
    let app = app().await;
    let api = app.api("acme");
    let id = api.start("alice@example.org").await;
    app.deliver().await;
    app.one_mail();
    app.wait(Duration::from_mins(1));

    let link = api.post(&format!("/recoveries/{id}/resend"), &json!({ "method": "email_link" })).await;
    app.wait(Duration::from_mins(1));
    let same = api.post(&format!("/recoveries/{id}/resend"), &json!({})).await;

    assert_eq!(link.json()["method"], "email_link");
    assert_eq!(same.json()["method"], "email_link");
    app.deliver().await;
    app.new_mails();
}
