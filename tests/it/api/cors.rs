//! Which pages may call the API from a browser.

use http::{HeaderValue, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::api::{Api, BASE};
use crate::support::app::TestApp;
use crate::support::browser::Answer;

const LISTED: &str = "https://app.acme.test";

async fn app() -> TestApp {
    let lines =
        "[api]\norigins = [\"https://app.acme.test\", \"http://localhost:5500\", \"https://shop.acme.test:8443/\"]\n";
    TestApp::builder().tenant("acme", lines).build().await
}

/// What a page of this origin gets of the API.
async fn call_from(api: &Api, origin: &str) -> Answer {
    let mut call = api.call("/password", &json!({ "token": "", "password": "" }).to_string());
    call.headers_mut().insert("origin", HeaderValue::from_str(origin).expect("a value"));
    api.send(call).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.headers.get("access-control-allow-origin").map(|origin| origin.to_str().expect("text"))
}

#[tokio::test]
async fn a_listed_page_may_ask_and_read_what_it_is_answered() {
    let app = app().await;
    let api = app.api("acme");
    for origin in [LISTED, "http://localhost:5500", "https://shop.acme.test:8443"] {
        let mut preflight = api.browser.request("OPTIONS", &format!("{BASE}/recoveries"));
        preflight.headers_mut().insert("origin", HeaderValue::from_str(origin).expect("a value"));
        preflight.headers_mut().insert("access-control-request-method", HeaderValue::from_static("POST"));
        preflight.headers_mut().insert("access-control-request-headers", HeaderValue::from_static("content-type"));

        let asked = api.send(preflight).await;
        let problem = call_from(&api, origin).await;

        assert_eq!(asked.status, StatusCode::NO_CONTENT);
        assert_eq!((allowed(&asked), allowed(&problem)), (Some(origin), Some(origin)));
        assert_eq!(asked.headers["access-control-allow-methods"], "GET, POST");
        assert_eq!(asked.headers["access-control-allow-headers"], "content-type");
        assert_eq!(problem.headers["access-control-expose-headers"], "retry-after, x-request-id");
        assert_eq!(problem.problem(), (410, "recovery-over".into()));
        for answer in [asked, problem] {
            assert_eq!(answer.headers["vary"], "Origin");
            assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        }
    }
}

#[tokio::test]
async fn a_refusal_to_a_listed_page_can_be_read_too() {
    let app = app().await;
    let api = app.api("acme");
    for (path, body) in [("/recoveries", "no json"), ("/nothing", "{}")] {
        let mut call = api.call(path, body);
        call.headers_mut().insert("origin", HeaderValue::from_static(LISTED));

        let answer = api.send(call).await;

        assert!(answer.status.is_client_error());
        assert_eq!(allowed(&answer), Some(LISTED), "{path}");
    }
}

#[tokio::test]
async fn every_other_page_is_refused_and_can_read_nothing() {
    let app = app().await;
    let api = app.api("acme");
    for origin in [
        "https://evil.test",
        "null",
        "",
        "*",
        "https://app.acme.test.evil.test",
        "https://evil.test/https://app.acme.test",
        "http://app.acme.test",
        "https://app.acme.test:8443",
        "https://APP.acme.test",
        "https://app.acme.test/",
        "https://app.acme.test https://evil.test",
        "https://app.globex.test",
        "http://localhost:5501",
        "http://127.0.0.1:5500",
    ] {
        let mut preflight = api.browser.request("OPTIONS", &format!("{BASE}/recoveries"));
        preflight.headers_mut().insert("origin", HeaderValue::from_str(origin).expect("a value"));
        preflight.headers_mut().insert("access-control-request-method", HeaderValue::from_static("POST"));
        let mut get = api.browser.request("GET", &format!("{BASE}/methods"));
        get.headers_mut().insert("origin", HeaderValue::from_str(origin).expect("a value"));

        for answer in [api.send(preflight).await, api.send(get).await, call_from(&api, origin).await] {
            assert_eq!(answer.problem(), (403, "forgery".into()), "{origin}");
            assert_eq!(allowed(&answer), None, "{origin}");
            assert_eq!(answer.headers["vary"], "Origin");
        }
    }
}

#[tokio::test]
async fn the_tenants_own_pages_need_no_list() {
    let app = TestApp::new().await;
    let api = app.api("acme");

    let own = call_from(&api, "https://acme.rec.test").await;
    let listed_elsewhere = call_from(&api, LISTED).await;

    assert_eq!(own.problem(), (410, "recovery-over".into()));
    assert_eq!(allowed(&own), None);
    assert_eq!(listed_elsewhere.problem(), (403, "forgery".into()));
}

#[tokio::test]
async fn only_the_api_is_open_to_listed_pages() {
    let app = app().await;
    let browser = app.browser("acme");
    let mut form = browser.form("/recovery/", &[("identifier", "nobody")]);
    form.headers_mut().remove("sec-fetch-site");
    form.headers_mut().insert("origin", HeaderValue::from_static(LISTED));
    let mut page = browser.request("GET", "/recovery/");
    page.headers_mut().insert("origin", HeaderValue::from_static(LISTED));

    let (form, page) = (browser.send(form).await, browser.send(page).await);

    assert_eq!(form.status, StatusCode::FORBIDDEN);
    assert_eq!((allowed(&form), allowed(&page)), (None, None));
}

#[tokio::test]
async fn a_wrong_origin_is_named() {
    let lines = "[api]\norigins = [\"*\", \"https://*.acme.test\", \"app.acme.test\", \"https://app.acme.test/x\", \
        \"http://app.acme.test\", \"null\", \"https://user@app.acme.test\"]\n";

    assert_snapshot!(TestApp::problems_of("acme", lines), @r##"
    error: tenants/acme.toml:13: `api.origins.0`: is no origin; each one is listed by itself, there are no wildcards
    error: tenants/acme.toml:13: `api.origins.1`: is no origin; each one is listed by itself, there are no wildcards
    error: tenants/acme.toml:13: `api.origins.2`: is no address such as `https://login.example.com`
    error: tenants/acme.toml:13: `api.origins.3`: is no origin; leave its path out
    error: tenants/acme.toml:13: `api.origins.4`: must be https; http is for names of this machine only, such as localhost
    error: tenants/acme.toml:13: `api.origins.5`: is no address such as `https://login.example.com`
    error: tenants/acme.toml:13: `api.origins.6`: must not name a user
    "##);
}
