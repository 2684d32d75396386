//! BF by the JSON API: each call has a limit of its own, and nothing that sends or guesses is let through where nobody
//! can count.

use std::time::Duration;

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::brute_force::AWAY;
use crate::support::api::{Api, BASE, code_of, wrong_code};
use crate::support::app::{NEW, TestApp, link_of};
use crate::support::browser::Answer;

/// A key of a backend's, and its hash.
const KEY: &str = "rb_7d8f3a1c5e9b2046a8c0d4f6e1b3957c";
const HASH: &str = "5eb86244e629b5b22e9170e1ea6d5b63391979e8cfa26fc32d5d6e9662c62d60";

/// A tenant that sends codes and has a backend; alice's recovery a minute after its mail, and the link's token.
async fn with_code() -> (TestApp, String, String) {
    let lines = format!(
        "methods = [\"email_otp\", \"email_link\"]\n[api]\nbackends = [{{ name = \"shop\", key_hash = \"{HASH}\" }}]\n"
    );
    let app = TestApp::builder().file("acme", |file| format!("{file}{lines}")).build().await;
    let id = app.api("acme").start("alice@example.org").await;
    app.deliver().await;
    let token = link_of(&app.one_mail()).split_once("token=").expect("a token").1.to_owned();
    app.wait(Duration::from_mins(1));
    (app, id, token)
}

/// Sends the same call until it is held back, and says how many were not.
async fn until_held_back(api: &Api, path: &str, body: &Value) -> usize {
    for sent in 0..200 {
        let answer = api.post(path, body).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.problem(), (429, "slow-down".into()));
            let wait: u64 = answer.headers["retry-after"].to_str().expect("a number").parse().expect("a number");
            assert!((1..=60).contains(&wait), "{wait}");
            return sent;
        }
    }
    panic!("never held back");
}

#[tokio::test]
async fn bf_02_each_call_has_a_limit_of_its_own_which_no_other_one_feeds() {
    let (app, id, link) = with_code().await;
    let api = app.api("acme");
    let recovery = |verb: &str| format!("/recoveries/{id}/{verb}");
    let code = code_of(&app, &id).await;
    let right = app.api("acme").post(&recovery("verify"), &json!({ "code": code })).await;
    let reset = right.json()["reset_token"].as_str().expect("a token").to_owned();
    let password = |token: &str, password: &str| json!({ "token": token, "password": password });

    let codes = until_held_back(&api, &recovery("verify"), &json!({ "code": wrong_code(&code, 0) })).await;
    let resends = until_held_back(&api, &recovery("resend"), &json!({})).await;
    let passwords = until_held_back(&api, "/password", &password(&reset, "short")).await;
    let set = app.api("acme").post("/password", &password(&reset, NEW)).await;
    let cancels = until_held_back(&api, &recovery("cancel"), &json!({ "token": link })).await;
    let starts = until_held_back(&api, "/recoveries", &json!({ "identifier": "nobody" })).await;

    assert_eq!((codes, resends, passwords, cancels, starts), (10, 30, 30, 30, 10));
    assert_eq!(set.status, StatusCode::OK, "the token has outlived the flood: {}", set.body);
    app.deliver().await;
    app.new_mails();
}

fn assert_uncounted(answer: &Answer) {
    assert_eq!(answer.problem(), (503, "try-later".into()));
    assert_eq!(answer.headers["retry-after"], "30");
}

#[tokio::test]
async fn bf_11_where_nobody_can_count_no_call_sends_or_guesses_and_a_holder_of_the_link_goes_on() {
    let (app, id, link) = with_code().await;
    let code = code_of(&app, &id).await;

    let app = app.reconfigured(AWAY).await;
    let api = app.api("acme");
    let recovery = |verb: &str| format!("/recoveries/{id}/{verb}");
    let known = api.post("/recoveries", &json!({ "identifier": "alice@example.org" })).await;
    let unknown = api.post("/recoveries", &json!({ "identifier": "nobody@example.org" })).await;
    let resend = api.post(&recovery("resend"), &json!({})).await;
    let verify = api.post(&recovery("verify"), &json!({ "code": code })).await;
    let sent = app.deliver().await;
    let cancelled = api.post(&recovery("cancel"), &json!({ "token": link })).await;
    app.wait(Duration::from_mins(1));
    let set = api.post("/password", &json!({ "token": link, "password": NEW })).await;

    for answer in [&known, &unknown, &resend, &verify] {
        assert_uncounted(answer);
    }
    assert_eq!(known.shape(""), unknown.shape(""));
    assert_eq!(sent, 0, "nothing was asked for");
    assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{}", cancelled.body);
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    app.deliver().await;
    app.one_mail();
}

fn with_key<T>(mut call: Request<T>) -> Request<T> {
    let headers = call.headers_mut();
    headers.insert("authorization", format!("Bearer {KEY}").parse().expect("a value"));
    headers.insert("regain-client-ip", "203.0.113.7".parse().expect("a value"));
    call
}

#[tokio::test]
async fn bf_11_a_backends_key_opens_nothing_where_nobody_can_count_and_shuts_nothing_either() {
    let (app, id, link) = with_code().await;

    let app = app.reconfigured(AWAY).await;
    let api = app.api("acme");
    let call = async |path: &str, body: Value| api.send(with_key(api.call(path, &body.to_string()))).await;
    let recovery = |verb: &str| format!("/recoveries/{id}/{verb}");
    let methods = api.send(with_key(api.browser.request("GET", &format!("{BASE}/methods")))).await;
    let start = call("/recoveries", json!({ "identifier": "alice@example.org" })).await;
    let resend = call(&recovery("resend"), json!({})).await;
    let verify = call(&recovery("verify"), json!({ "code": "12345678" })).await;
    let cancelled = call(&recovery("cancel"), json!({ "token": link })).await;
    app.wait(Duration::from_mins(1));
    let set = call("/password", json!({ "token": link, "password": NEW })).await;

    for answer in [&start, &resend, &verify] {
        assert_uncounted(answer);
    }
    assert_eq!(
        (methods.status, cancelled.status, set.status),
        (StatusCode::OK, StatusCode::NO_CONTENT, StatusCode::OK)
    );
    app.deliver().await;
    app.one_mail();
}
