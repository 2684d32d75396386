//! A front end of a tenant's own: calls the JSON API, and holds every answer against the description of the API, so
//! that no answer of any test is one that is not documented.

use std::sync::OnceLock;

use axum::body::Body;
use http::header::{ALLOW, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderValue, Method, Request, StatusCode};
use regain::domain::code::Code;
use regain::domain::id::RecoveryId;
use serde_json::Value;

use super::app::{TestApp, id};
use super::browser::{Answer, Browser};

/// Where the API lies at every tenant of these tests.
pub(crate) const BASE: &str = "/recovery/api/v1";

/// The file that other programs are made from.
static DESCRIPTION: OnceLock<Value> = OnceLock::new();

/// One client at a tenant's API, with an address of its own.
pub(crate) struct Api {
    pub(crate) browser: Browser,
}

impl Api {
    pub(crate) fn new(browser: Browser) -> Self {
        Self { browser }
    }

    /// Asks.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.browser.request("GET", &format!("{BASE}{path}"))).await
    }

    /// Calls with a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.call(path, &body.to_string())).await
    }

    /// A call whose body is written by hand, to be changed before it is sent.
    pub(crate) fn call(&self, path: &str, body: &str) -> Request<Body> {
        let mut request = self.browser.request("POST", &format!("{BASE}{path}"));
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Body::from(body.to_owned());
        request
    }

    /// Starts a recovery and gives its id.
    pub(crate) async fn start(&self, identifier: &str) -> String {
        let started = self.post("/recoveries", &serde_json::json!({ "identifier": identifier })).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.body);
        started.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Sends a call, and finds its answer in the description.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.browser.send(request).await;
        assert!(!answer.headers.contains_key(SET_COOKIE), "the API sets no cookie: {answer:?}");
        if let Some(undocumented) = undocumented(&method, &path, &answer) {
            panic!("{undocumented}: {method} {path}: {answer:?}");
        }
        answer
    }
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The status and the last part of the problem's type.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{}", self.body);
        let kind = self.json()["type"].as_str().expect("a type").to_owned();
        (self.status.as_u16(), kind.strip_prefix("urn:regain:problem:").expect("one of ours").to_owned())
    }
}

/// What of an answer does not stand in the description; `None` where all of it does.
pub(crate) fn undocumented(method: &Method, path: &str, answer: &Answer) -> Option<&'static str> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let description = DESCRIPTION.get_or_init(|| {
        let text = std::fs::read_to_string(file).expect("the description");
        serde_json::from_str(&text).expect("JSON")
    });
    let path = path.strip_prefix(BASE)?;
    let paths = description["paths"].as_object().expect("paths");
    let Some((_, item)) = paths.iter().find(|(template, _)| is_like(template, path)) else {
        return (answer.status != StatusCode::NOT_FOUND).then_some("an address that is not described");
    };
    // HEAD and OPTIONS are what HTTP says of them.
    if *method == Method::HEAD || *method == Method::OPTIONS {
        return None;
    }
    let Some(operation) = item.get(method.as_str().to_ascii_lowercase()) else {
        let is_told = answer.status == StatusCode::METHOD_NOT_ALLOWED && answer.headers.contains_key(ALLOW);
        // What is refused before anybody looks at the method is refused as everywhere.
        return (!is_told && answer.status.is_success()).then_some("a method that is not described");
    };
    let Some(told) = operation["responses"].get(answer.status.as_str()) else {
        return Some("a status that is not described");
    };
    let told = told["$ref"].as_str().map_or(told, |reference| {
        description.pointer(reference.trim_start_matches('#')).expect("a reference that leads somewhere")
    });
    let media_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(content) = told["content"].as_object() else {
        return (!answer.body.is_empty()).then_some("a body that is not described");
    };
    let Some(body) = media_type.and_then(|media_type| content.get(media_type)) else {
        return Some("a media type that is not described");
    };
    let kinds = body.pointer("/schema/allOf/1/properties/type/enum");
    let is_known = kinds.is_none_or(|kinds| kinds.as_array().expect("a list").contains(&answer.json()["type"]));
    (!is_known).then_some("a problem that is not described")
}

fn is_like(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(known, asked)| known == asked || known.starts_with('{'))
}

/// The code of acme's recovery that was sent last: made anew from the keys, so that a test need not read it out of a
/// message.
pub(crate) async fn code_of(app: &TestApp, recovery: &str) -> String {
    let (acme, recovery) = (id("acme"), RecoveryId::parse(recovery).expect("an id"));
    let loaded = app.store.tenant(&acme).recovery(recovery).await.expect("a store").expect("a recovery");
    let issue = loaded.issues.iter().rev().find(|issue| issue.has_code()).expect("an issue with a code");
    let digits = loaded.delivery(issue.number).map_or(issue.digits, |delivery| delivery.digits);
    Code::derive(app.keyset.tenant(&acme).signing(), recovery, issue, digits).expose().to_owned()
}

/// A code that is not this one, nor any other number's.
pub(crate) fn wrong_code(right: &str, number: u64) -> String {
    let right_number: u64 = right.parse().expect("digits");
    let run = 10_u64.pow(u32::try_from(right.len()).expect("few digits"));
    format!("{:0width$}", (right_number + 1 + number) % run, width = right.len())
}
