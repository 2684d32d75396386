//! The tenant's own servers, by their keys.

use http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::api::{Api, BASE};
use crate::support::app::TestApp;
use crate::support::browser::Answer;

/// A key, and its hash by `printf %s "$key" | sha256sum`.
const KEY: &str = "rb_7d8f3a1c5e9b2046a8c0d4f6e1b3957c";
const HASH: &str = "5eb86244e629b5b22e9170e1ea6d5b63391979e8cfa26fc32d5d6e9662c62d60";

async fn app() -> TestApp {
    let lines = format!("[api]\nbackends = [{{ name = \"shop\", key_hash = \"{HASH}\" }}]\n");
    TestApp::builder().tenant("acme", &lines).build().await
}

/// Starts a recovery with these headers.
async fn start(api: &Api, headers: &[(&'static str, &str)]) -> Answer {
    let mut call = api.call("/recoveries", &json!({ "identifier": "nobody" }).to_string());
    for (name, value) in headers {
        call.headers_mut().append(*name, value.parse().expect("a value"));
    }
    api.send(call).await
}

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

#[tokio::test]
async fn a_backend_names_the_person_whom_the_limits_are_about() {
    let app = app().await;
    let api = app.api("acme");
    let key = bearer(KEY);
    for person in 1..=15 {
        let ip = format!("203.0.113.{person}");
        let started = start(&api, &[("authorization", &key), ("regain-client-ip", &ip)]).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{person}: {}", started.body);
    }
    let mut one_person = Vec::new();
    for _ in 0..11 {
        one_person.push(start(&api, &[("authorization", &key), ("regain-client-ip", "2001:db8::7")]).await.status);
    }

    assert_eq!(one_person[..10], [StatusCode::ACCEPTED; 10]);
    assert_eq!(one_person[10], StatusCode::TOO_MANY_REQUESTS);
    let told: Vec<Option<String>> = app.audit("acme").await.into_iter().map(|line| line.source_ip).collect();
    assert!(told.contains(&Some("203.0.113.7".to_owned())), "{told:?}");
    assert!(!told.contains(&Some(api.browser.ip.to_string())), "{told:?}");
    app.deliver().await;
}

#[tokio::test]
async fn bf_05_without_a_key_nobodys_word_about_an_address_counts() {
    let app = app().await;
    let api = app.api("acme");
    let mut answers = Vec::new();
    for person in 1..=11 {
        answers.push(start(&api, &[("regain-client-ip", &format!("203.0.113.{person}"))]).await.status);
    }
    let nonsense = start(&app.api("acme"), &[("regain-client-ip", "nonsense")]).await;

    assert_eq!(answers[9..], [StatusCode::ACCEPTED, StatusCode::TOO_MANY_REQUESTS]);
    assert_eq!(nonsense.status, StatusCode::ACCEPTED);
    app.deliver().await;
}

#[tokio::test]
async fn a_backend_that_names_nobody_is_itself_the_client() {
    let app = app().await;
    let api = app.api("acme");

    start(&api, &[("authorization", &bearer(KEY))]).await;

    assert_eq!(app.audit("acme").await[0].source_ip, Some(api.browser.ip.to_string()));
    app.deliver().await;
}

#[tokio::test]
async fn each_backend_has_a_rate_of_its_own() {
    let other = "rb_another_key_of_another_server";
    let hash = "45479afe1781e5580eeef3516d672ebdf4a9b51e81b0651ca9653e79f92e069a";
    let lines = format!(
        "[api]\nbackends = [{{ name = \"shop\", key_hash = \"{HASH}\" }}, {{ name = \"app\", key_hash = \"{hash}\" }}]\n"
    );
    let limits = "[limits]\nbackend_calls_per_min = 3\n";
    let app = TestApp::builder().regain(limits).tenant("acme", &lines).build().await;
    let api = app.api("acme");
    let call = async |key: &str, person: u8| {
        let ip = format!("203.0.113.{person}");
        start(&api, &[("authorization", &bearer(key)), ("regain-client-ip", &ip)]).await
    };

    let mut of_shop = Vec::new();
    for person in 1..=4 {
        of_shop.push(call(KEY, person).await);
    }
    let of_app = call(other, 4).await;
    let of_nobody = start(&api, &[]).await;

    assert_eq!(of_shop[2].status, StatusCode::ACCEPTED);
    assert_eq!(of_shop[3].problem(), (429, "slow-down".into()));
    assert!(of_shop[3].headers.contains_key("retry-after"));
    assert_eq!((of_app.status, of_nobody.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    app.deliver().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let app = app().await;
    let api = app.api("acme");
    let key = bearer(KEY);
    for ip in ["", "nonsense", "203.0.113.7, 203.0.113.8", "203.0.113.7:80", "203.0.113.0/24", "203.0.113.007", "[::1]"]
    {
        let answer = start(&api, &[("authorization", &key), ("regain-client-ip", ip)]).await;
        assert_eq!(answer.problem(), (422, "unprocessable".into()), "{ip}");
    }

    let twice = [("authorization", key.as_str()), ("regain-client-ip", "192.0.2.1"), ("regain-client-ip", "192.0.2.2")];
    assert_eq!(start(&api, &twice).await.problem(), (422, "unprocessable".into()));
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn a_wrong_key_is_an_error_and_no_visitor() {
    let app = app().await;
    let api = app.api("acme");
    let longer = format!("{KEY}0");
    let upper = KEY.to_uppercase();
    for key in ["", "rb_", "x", HASH, &KEY[3..], &KEY[..KEY.len() - 1], &longer, &upper, "rb_7d8f3a1c rb_7d8f3a1c"] {
        let answer = start(&api, &[("authorization", &bearer(key)), ("regain-client-ip", "192.0.2.1")]).await;

        assert_eq!(answer.problem(), (401, "unauthorized".into()), "{key}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    let twice = start(&api, &[("authorization", &bearer(KEY)), ("authorization", &bearer(KEY))]).await;
    let of_acme = start(&app.api("globex"), &[("authorization", &bearer(KEY))]).await;
    let mut asked = api.browser.request("GET", &format!("{BASE}/methods"));
    asked.headers_mut().insert("authorization", "Bearer rb_wrong".parse().expect("a value"));
    let asked = api.send(asked).await;

    for answer in [twice, of_acme, asked] {
        assert_eq!(answer.problem(), (401, "unauthorized".into()));
    }
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn credentials_of_another_scheme_are_none_of_ours() {
    let app = app().await;
    let api = app.api("acme");

    let answer = start(&api, &[("authorization", "Basic dTpw"), ("regain-client-ip", "192.0.2.1")]).await;
    let any_case = start(&api, &[("authorization", &format!("bEARER {KEY}")), ("regain-client-ip", "192.0.2.1")]).await;

    assert_eq!((answer.status, any_case.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    let mut told: Vec<String> = app.audit("acme").await.into_iter().filter_map(|line| line.source_ip).collect();
    told.sort();
    assert_eq!(told, ["192.0.2.1".to_owned(), api.browser.ip.to_string()]);
    app.deliver().await;
}

#[tokio::test]
async fn a_key_opens_nothing_to_a_page_that_is_not_listed() {
    let app = app().await;
    let api = app.api("acme");

    let answer = start(&api, &[("authorization", &bearer(KEY)), ("origin", "https://evil.test")]).await;

    assert_eq!(answer.problem(), (403, "forgery".into()));
}

#[test]
fn a_wrong_backend_is_named_with_how_to_make_a_key() {
    let lines = format!(
        "[api]\nbackends = [{{ name = \"a b\", key_hash = \"rb_key\" }}, {{ name = \"shop\", key_hash = \"{HASH}\" }}, \
         {{ name = \"shop\", key_hash = \"{HASH}\" }}]\n"
    );

    assert_snapshot!(TestApp::problems_of("acme", &lines), @r##"
    error: tenants/acme.toml:13: `api.backends.0.key_hash`: is no SHA-256 in hexadecimal
      help: make a key and its hash: key=rb_$(openssl rand -hex 32); echo "$key"; printf %s "$key" | sha256sum
    error: tenants/acme.toml:13: `api.backends.0.name`: is no name such as `shop`
      help: use letters, digits and - _ ., at most 63
    error: tenants/acme.toml:13: `api.backends.2.key_hash`: is another backend's too
      help: give each backend a key of its own
    error: tenants/acme.toml:13: `api.backends.2.name`: "shop" stands here twice
    "##);
}
