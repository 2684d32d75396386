//! The description of the API, and what tests hold against it.

use http::{HeaderMap, Method, StatusCode};
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::api::undocumented;
use crate::support::browser::Answer;

#[test]
fn the_file_in_docs_is_what_the_program_prints() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

    let written = std::fs::read_to_string(file).expect("docs/openapi.json");

    let is_same = written == regain::web::api::description();
    assert!(is_same, "docs/openapi.json differs: cargo run -- openapi > docs/openapi.json");
}

#[test]
fn every_call_says_what_it_may_be_answered() {
    let description: Value = serde_json::from_str(&regain::web::api::description()).expect("JSON");
    let mut calls = Vec::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let statuses: Vec<&str> =
                operation["responses"].as_object().expect("answers").keys().map(String::as_str).collect();
            let name = operation["operationId"].as_str().expect("a name");
            calls.push(format!("{} {path} ({name}): {}", method.to_uppercase(), statuses.join(" ")));
        }
    }

    assert_snapshot!(calls.join("\n"), @r##"
    GET /methods (methods): 200 308 400 401 403 404 414 422 429 431 500 503
    POST /recoveries (start): 202 400 401 403 404 408 413 414 415 422 429 431 500 503
    POST /recoveries/{id}/resend (resend): 202 400 401 403 404 408 410 413 414 415 422 429 431 500 503
    POST /recoveries/{id}/verify (verify): 200 400 401 403 404 408 410 413 414 415 422 429 431 500 503
    POST /recoveries/{id}/cancel (cancel): 204 400 401 403 404 408 410 413 414 415 422 429 431 500 503
    POST /password (password): 200 400 401 403 404 408 409 410 413 414 415 422 429 431 500 503
    "##);
}

#[test]
fn every_reference_leads_somewhere() {
    let description: Value = serde_json::from_str(&regain::web::api::description()).expect("JSON");
    let text = description.to_string();
    let references: Vec<&str> =
        text.split(r##""$ref":"#"##).skip(1).map(|rest| rest.split('"').next().expect("an end")).collect();

    assert!(references.len() > 50, "{references:?}");
    for reference in references {
        assert!(description.pointer(reference).is_some(), "{reference}");
    }
}

/// The guard itself: the tests' own look into the description notices what is not there.
#[test]
fn an_answer_that_is_not_described_is_noticed() {
    let answer = |status: u16, media_type: &'static str, body: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", media_type.parse().expect("a media type"));
        Answer { status: StatusCode::from_u16(status).expect("a status"), headers, body: body.to_owned() }
    };
    let found = |path: &str, answer: Answer| undocumented(&Method::POST, &format!("/recovery/api/v1{path}"), &answer);
    let problem = |status, kind: &str| {
        answer(status, "application/problem+json", &format!(r#"{{"type":"urn:regain:problem:{kind}"}}"#))
    };

    assert_eq!(found("/recoveries", problem(429, "slow-down")), None);
    assert_eq!(found("/recoveries/x/verify", problem(422, "wrong-code")), None);

    assert_eq!(found("/recoveries", problem(410, "recovery-over")), Some("a status that is not described"));
    assert_eq!(found("/recoveries", problem(422, "wrong-code")), Some("a problem that is not described"));
    assert_eq!(found("/recoveries", answer(202, "text/html", "{}")), Some("a media type that is not described"));
    assert_eq!(found("/recoveries/x/cancel", answer(204, "x/y", "{}")), Some("a body that is not described"));
    assert_eq!(found("/methods", answer(200, "application/json", "{}")), Some("a method that is not described"));
    assert_eq!(found("/other", answer(200, "application/json", "{}")), Some("an address that is not described"));
}
