//! What of HTTP holds for every call.

use http::header::{ALLOW, CONTENT_TYPE, COOKIE, VARY};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::support::api::{Api, BASE};
use crate::support::app::TestApp;

const CALLS: [&str; 5] = [
    "/recoveries",
    "/recoveries/mBqYHyvkTWuOKzJ3h0xDxA/resend",
    "/recoveries/mBqYHyvkTWuOKzJ3h0xDxA/verify",
    "/recoveries/mBqYHyvkTWuOKzJ3h0xDxA/cancel",
    "/password",
];

#[tokio::test]
async fn another_method_is_told_what_the_address_takes() {
    let app = TestApp::new().await;
    let api = app.api("acme");
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        for path in CALLS {
            let answer = api.send(api.browser.request(method, &format!("{BASE}{path}"))).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.headers[ALLOW], "POST, OPTIONS", "{method} {path}");
        }
    }

    let post = api.post("/methods", &json!({})).await;
    let head = api.send(api.browser.request("HEAD", &format!("{BASE}/methods"))).await;
    let options = api.send(api.browser.request("OPTIONS", &format!("{BASE}/methods"))).await;

    assert_eq!(
        (post.status, &post.headers[ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD, OPTIONS".parse().unwrap())
    );
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(
        (options.status, &options.headers[ALLOW]),
        (StatusCode::NO_CONTENT, &"GET, HEAD, OPTIONS".parse().unwrap())
    );
}

#[tokio::test]
async fn an_answer_is_json_whatever_the_client_accepts() {
    let app = TestApp::new().await;
    let api = app.api("acme");
    for accept in ["text/html,application/xhtml+xml", "*/*", "text/plain", "application/json", ""] {
        let mut asked = api.browser.request("GET", &format!("{BASE}/methods"));
        let mut wrong = api.call("/password", r#"{"token":"x","password":"y"}"#);
        let mut nowhere = api.browser.request("GET", &format!("{BASE}/nothing"));
        for request in [&mut asked, &mut wrong, &mut nowhere] {
            request.headers_mut().insert("accept", HeaderValue::from_static(accept));
        }

        assert_eq!(api.send(asked).await.headers[CONTENT_TYPE], "application/json", "{accept}");
        assert_eq!(api.send(wrong).await.problem(), (410, "recovery-over".into()), "{accept}");
        assert_eq!(api.send(nowhere).await.problem(), (404, "not-found".into()), "{accept}");
    }
}

#[tokio::test]
async fn no_address_below_the_api_is_a_page() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    for path in [
        "/recovery/api",
        "/recovery/api/",
        "/recovery/api/v1",
        "/recovery/api/v1/",
        "/recovery/api/v2/methods",
        "/recovery/api/v1/methods/",
        "/recovery/api/v1/recoveries/",
        "/recovery/api/v1/recoveries/x",
    ] {
        let answer = browser.get(path).await;

        assert_eq!(answer.problem(), (404, "not-found".into()), "{path}");
    }
    // Only whole segments are the API's.
    assert!(browser.get("/recovery/apiary").await.body.starts_with("<!"), "a page");
}

#[tokio::test]
async fn no_answer_is_kept_and_each_says_that_it_depends_on_the_origin() {
    let app = TestApp::new().await;
    let api = app.api("acme");

    let answers = [api.get("/methods").await, api.post("/password", &json!({ "token": "", "password": "" })).await];

    for answer in answers {
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers[VARY], "Origin");
    }
}

#[tokio::test]
async fn the_cookie_of_the_pages_is_not_read() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (id, link) = app.alices_link(&browser).await;
    browser.get(&link).await;
    let cookie = browser.request("GET", "/").headers()[COOKIE].clone();
    let api = app.api("acme");

    let mut call = api.call(&format!("/recoveries/{id}/cancel"), r#"{"token":""}"#);
    call.headers_mut().insert(COOKIE, cookie);
    let answer = api.send(call).await;

    assert_eq!(answer.problem(), (410, "recovery-over".into()));
}

#[tokio::test]
async fn the_api_lies_on_the_public_host_alone() {
    let file =
        |file: String| file.replace("hosts = [\"acme.rec.test\"]", "hosts = [\"acme.rec.test\", \"old.rec.test\"]");
    let app = TestApp::builder().file("acme", file).build().await;
    let api = Api::new(app.browser_at("old.rec.test"));

    let asked = api.get("/methods").await;
    let posted = api.post("/recoveries", &json!({ "identifier": "alice@example.org" })).await;

    assert_eq!(asked.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(asked.location(), "https://acme.rec.test/recovery/api/v1/methods");
    assert_eq!(posted.problem(), (403, "forgery".into()));
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn bodies_addresses_and_headers_are_held_to_the_limits_of_forms() {
    let app = TestApp::new().await;
    let api = app.api("acme");
    let long = format!(r#"{{"identifier":"{}"}}"#, "a".repeat(16 * 1024));
    let mut headers = api.call("/recoveries", "{}");
    headers.headers_mut().insert("x-long", HeaderValue::from_str(&"a".repeat(17_000)).expect("a value"));

    let body = api.send(api.call("/recoveries", &long)).await;
    let address = api.send(api.call(&format!("/recoveries?{}", "a".repeat(5000)), "{}")).await;
    let headers = api.send(headers).await;

    assert_eq!(body.problem(), (413, "too-large".into()));
    assert_eq!(address.problem(), (414, "too-large".into()));
    assert_eq!(headers.problem(), (431, "too-large".into()));
}

#[tokio::test]
async fn a_client_that_does_too_much_is_told_when_to_come_back() {
    let app = TestApp::new().await;
    let api = app.api("acme");
    for _ in 0..10 {
        api.start("nobody").await;
    }

    let refused = api.post("/recoveries", &json!({ "identifier": "alice@example.org" })).await;
    let elsewhere = app.api("acme").post("/recoveries", &json!({ "identifier": "nobody" })).await;

    assert_eq!(refused.problem(), (429, "slow-down".into()));
    let wait: u64 = refused.headers["retry-after"].to_str().expect("digits").parse().expect("seconds");
    assert!((1..=3600).contains(&wait), "{wait}");
    assert_eq!(elsewhere.status, StatusCode::ACCEPTED);
    app.deliver().await;
}
