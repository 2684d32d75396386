//! Every answer that is not the documented one, for what reads and for what changes.

use regain::domain::password::NewPassword;
use regain::identity::{Change, Error};

use super::stand::{Stand, alice};
use crate::contract::identity::{NEW, typed};
use crate::support::scripted::{json, whole};

/// Answers by name.
fn answers() -> Vec<(&'static str, String)> {
    let html = "<!DOCTYPE html><title>alice@example.org</title>";
    let half = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n[{\"id\":\"d04d";
    let half_of_none = "HTTP/1.1 204 X\r\ncontent-le";
    let moved = "HTTP/1.1 302 X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    vec![
        ("forbidden", json(403, r#"{"error":"HTTP 403 Forbidden"}"#)),
        ("unauthorized", json(401, r#"{"error":"HTTP 401 Unauthorized"}"#)),
        ("no such user", json(404, r#"{"error":"User not found"}"#)),
        ("no such realm", json(404, r#"{"error":"Realm not found."}"#)),
        ("no such path", json(404, r#"{"error":"Unable to find matching target resource method"}"#)),
        ("bad parameter", json(400, r#"{"error":"Blocking invalid query parameter value"}"#)),
        ("no json asked for", json(415, "")),
        ("too many", json(429, "")),
        ("server error", json(500, r#"{"error":"unknown_error"}"#)),
        ("page of a proxy", whole(502, "text/html", html)),
        ("page in place of an answer", whole(200, "text/html", html)),
        ("something else", json(200, r#"{"users":[]}"#)),
        ("half a body", half.to_owned()),
        ("half a head", half_of_none.to_owned()),
        ("nothing", String::new()),
        ("too long", json(200, &format!("[{}]", " ".repeat(1024 * 1024)))),
        ("moved", moved.to_owned()),
    ]
}

fn told(error: &Error) -> String {
    let text = error.to_string();
    assert!(!text.contains("alice") && !text.contains("HTTP ") && !format!("{error:?}").contains("alice"), "{error:?}");
    format!("{} ({})", error.class(), text.rsplit(": ").next().unwrap_or_default())
}

#[tokio::test]
async fn what_reads_says_what_went_wrong() {
    let mut lines = Vec::new();
    for (name, answer) in answers() {
        let stand = Stand::new(move |line, _| line.starts_with("GET /users").then(|| answer.clone()));

        let found = stand.provider.find(&typed("alice")).await;
        let read = stand.provider.account(&alice()).await;

        let found = found.map_or_else(|error| told(&error), |found| format!("{} found", found.len()));
        let read = read.map_or_else(|error| told(&error), |read| format!("{:?}", read.map(|it| it.username)));
        assert!(!stand.calls().contains(&"GET /elsewhere".to_owned()), "a redirect was followed");
        lines.push(format!("{name}: find {found}, account {read}"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    forbidden: find denied (status 403), account denied (status 403)
    unauthorized: find misconfigured (status 401), account misconfigured (status 401)
    no such user: find denied (no such account), account None
    no such realm: find misconfigured (status 404), account misconfigured (status 404)
    no such path: find misconfigured (status 404), account misconfigured (status 404)
    bad parameter: find denied (status 400), account denied (status 400)
    no json asked for: find misconfigured (status 415), account misconfigured (status 415)
    too many: find unavailable (status 429), account unavailable (status 429)
    server error: find unavailable (status 500), account unavailable (status 500)
    page of a proxy: find unavailable (status 502), account unavailable (status 502)
    page in place of an answer: find unavailable (an answer of another form than documented), account unavailable (an answer of another form than documented)
    something else: find unavailable (an answer of another form than documented), account unavailable (an answer of another form than documented)
    half a body: find unavailable (an answer of another form than documented), account unavailable (an answer of another form than documented)
    half a head: find unavailable (an answer of another form than documented), account unavailable (an answer of another form than documented)
    nothing: find unavailable (an answer of another form than documented), account unavailable (an answer of another form than documented)
    too long: find unavailable (an answer that is too long), account unavailable (an answer that is too long)
    moved: find misconfigured (status 302), account misconfigured (status 302)
    ");
}

/// FT-06: only the documented answer is success, and only a definite one says that the password is not set.
#[tokio::test]
async fn what_sets_a_password_says_what_is_known() {
    let mut lines = Vec::new();
    for (name, answer) in answers() {
        let stand = Stand::new(move |line, _| line.starts_with("PUT ").then(|| answer.clone()));

        let set = stand.provider.set_password(&alice(), &NewPassword::new(NEW), Change::default()).await;

        let error = set.expect_err("not the documented answer");
        assert!(!stand.calls().contains(&"PUT /elsewhere".to_owned()), "a redirect was followed");
        lines.push(format!("{name}: {}", told(&error)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    forbidden: denied (status 403)
    unauthorized: misconfigured (status 401)
    no such user: denied (no such account)
    no such realm: misconfigured (status 404)
    no such path: misconfigured (status 404)
    bad parameter: denied (status 400)
    no json asked for: misconfigured (status 415)
    too many: unavailable (status 429)
    server error: unknown_outcome (status 500)
    page of a proxy: unknown_outcome (status 502)
    page in place of an answer: unknown_outcome (an answer of another form than documented)
    something else: unknown_outcome (an answer of another form than documented)
    half a body: unknown_outcome (an answer of another form than documented)
    half a head: unknown_outcome (an answer of another form than documented)
    nothing: unknown_outcome (an answer of another form than documented)
    too long: unknown_outcome (an answer that is too long)
    moved: misconfigured (status 302)
    ");
}

#[tokio::test]
async fn ending_sessions_that_fails_can_be_tried_again() {
    let mut lines = Vec::new();
    for (name, answer) in answers() {
        let stand = Stand::new(move |line, _| line.starts_with("POST /users").then(|| answer.clone()));

        let ended = stand.provider.end_sessions(&alice(), time::macros::utc_datetime!(2026-11-20 12:00)).await;

        lines.push(format!("{name}: {}", ended.map_or_else(|error| told(&error), |ended| format!("{ended:?}"))));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    forbidden: denied (status 403)
    unauthorized: misconfigured (status 401)
    no such user: Ended { sessions: Some(0) }
    no such realm: misconfigured (status 404)
    no such path: misconfigured (status 404)
    bad parameter: denied (status 400)
    no json asked for: misconfigured (status 415)
    too many: unavailable (status 429)
    server error: unavailable (status 500)
    page of a proxy: unavailable (status 502)
    page in place of an answer: unavailable (an answer of another form than documented)
    something else: unavailable (an answer of another form than documented)
    half a body: unavailable (an answer of another form than documented)
    half a head: unavailable (an answer of another form than documented)
    nothing: unavailable (an answer of another form than documented)
    too long: unavailable (an answer that is too long)
    moved: misconfigured (status 302)
    ");
}

#[tokio::test]
async fn nobody_there_is_no_empty_realm() {
    let stand = Stand::new(|_, _| None);
    let port = { std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port() };
    let section = super::stand::section(&format!("http://127.0.0.1:{port}"), "");
    let store = regain::store::Store::offline().tenant(&regain::domain::id::TenantId::parse("acme").expect("a tenant"));
    let provider = super::super::fixture::provider(&section, &store, stand.clock.clone()).expect("a configuration");

    let set = provider.set_password(&alice(), &NewPassword::new(NEW), Change::default()).await;
    let found = provider.find(&typed("alice")).await;

    assert_eq!(told(&set.expect_err("nobody there")), "unavailable (no connection)");
    assert_eq!(told(&found.expect_err("nobody there")), "unavailable (no connection)");
}
