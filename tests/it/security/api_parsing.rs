//! IN, WB and XT for the JSON API: one parser, no member too many, and no page of anybody else.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::support::api::Api;
use crate::support::app::{NEW, OLD, TestApp, link_of};
use crate::support::browser::Answer;
use crate::support::fake_identity::{Op, Person};

/// Starts a recovery with a body written by hand.
async fn start(api: &Api, body: &str) -> Answer {
    api.send(api.call("/recoveries", body)).await
}

#[tokio::test]
async fn in_01_there_is_never_a_second_recipient_by_json() {
    let app = TestApp::new().await;
    app.people("acme").add(Person::new("mallory", "mallory@evil.test", OLD));
    for body in [
        r#"{"identifier":["alice@example.org","mallory@evil.test"]}"#,
        r#"{"identifier":["alice@example.org"]}"#,
        r#"["alice@example.org"]"#,
        r#"["alice@example.org",null,null,null]"#,
        r#"{"identifier":{"$ne":1}}"#,
        r#"{"identifier":{"email":"alice@example.org"}}"#,
        r#"{"identifier":1}"#,
        r#"{"identifier":true}"#,
        r#"{"identifier":null}"#,
        r#"{"identifier[]":"alice@example.org"}"#,
        r#"{"identifier":"alice@example.org","identifier":"mallory@evil.test"}"#,
        r#"{"identifier":"alice@example.org","\u0069dentifier":"mallory@evil.test"}"#,
        r#"{"identifier":"alice@example.org\u0000mallory@evil.test"}"#,
        r#"{"identifier":"alice@example.org\nmallory@evil.test"}"#,
        r#"{"identifier":"alice@example.org","method":["email_link"]}"#,
    ] {
        let answer = start(&app.api("acme"), body).await;
        assert_eq!(answer.problem(), (422, "unprocessable".into()), "{body}");
    }
    for typed in [
        "alice@example.org,mallory@evil.test",
        "alice@example.org mallory@evil.test",
        "alice@example.org;mallory@evil.test",
        "alice@example.org|mallory@evil.test",
        "alice@example.org%0amallory@evil.test",
        "[\"alice@example.org\",\"mallory@evil.test\"]",
    ] {
        app.api("acme").start(typed).await;
    }

    app.deliver().await;

    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn in_02_no_member_decides_what_the_program_decides() {
    let app = TestApp::new().await;
    let (id, link) = app.alices_link(&app.browser("acme")).await;
    let token = link.split_once("token=").expect("a token").1;
    let calls = [
        ("/recoveries".to_owned(), json!({ "identifier": "alice@example.org" })),
        (format!("/recoveries/{id}/resend"), json!({})),
        (format!("/recoveries/{id}/verify"), json!({ "code": "12345678" })),
        (format!("/recoveries/{id}/cancel"), json!({ "token": token })),
        ("/password".to_owned(), json!({ "token": token, "password": NEW })),
    ];
    for (path, body) in calls {
        for member in [
            "phone",
            "email",
            "to",
            "user_id",
            "base_url",
            "template",
            "expires_in",
            "is_admin",
            "redirect_uri",
            "confirm_password",
            "__proto__",
            "",
            "Identifier",
        ] {
            let mut body = body.clone();
            body[member] = json!("mallory@evil.test");

            let answer = app.api("acme").post(&path, &body).await;

            assert_eq!(answer.problem(), (422, "unprocessable".into()), "{path} {member}");
        }
    }
    assert_eq!(app.deliver().await, 0);
    assert_eq!(app.people("acme").calls(Op::Account), 0);
}

#[tokio::test]
async fn in_03_only_json_is_read_and_only_in_one_way() {
    let app = TestApp::new().await;
    let api = app.api("acme");
    let good = r#"{"identifier":"alice@example.org"}"#;
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-7",
        "application/json, text/plain",
        "application/jsonx",
        "application/vnd.api+json",
        "",
    ] {
        let mut call = api.call("/recoveries", good);
        call.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        assert_eq!(api.send(call).await.problem(), (415, "media-type".into()), "{media_type}");
    }
    let mut untyped = api.call("/recoveries", good);
    untyped.headers_mut().remove(CONTENT_TYPE);
    let mut packed = api.call("/recoveries", good);
    packed.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
    for call in [untyped, packed] {
        assert_eq!(api.send(call).await.problem(), (415, "media-type".into()));
    }
    let deep = ["[".repeat(10_000), r#"{"a":"#.repeat(3_000), format!("{}1{}", "[".repeat(8_000), "]".repeat(8_000))];
    let nested = format!(r#"{{"identifier":{}}}"#, deep[2]);
    let bad = [
        "",
        "identifier=alice@example.org",
        "\u{feff}{\"identifier\":\"alice@example.org\"}",
        r#"{"identifier":"alice@example.org"}{}"#,
        r#"{"identifier":"alice@example.org",}"#,
        r#"{"identifier":"\ud800"}"#,
        r"{'identifier':'alice@example.org'}",
        r#"{"identifier":"alice@example.org","method":{"a":1,"a":2}}"#,
        &nested,
    ];
    for body in bad.into_iter().chain(deep.iter().map(String::as_str)) {
        let answer = start(&api, body).await;
        assert_eq!(answer.problem(), (422, "unprocessable".into()), "{}", &body[..body.len().min(80)]);
        assert!(!answer.body.contains("alice"), "nothing that was sent is repeated: {}", answer.body);
    }
    assert_eq!(app.deliver().await, 0);

    let mut upper = api.call("/recoveries", good);
    upper.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("Application/JSON;charset=UTF-8"));
    assert_eq!(api.send(upper).await.status, StatusCode::ACCEPTED);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn wb_01_no_other_site_calls_the_api() {
    let app = TestApp::new().await;
    let (id, link) = app.alices_link(&app.browser("acme")).await;
    let token = link.split_once("token=").expect("a token").1;
    let calls = [
        ("/recoveries".to_owned(), json!({ "identifier": "alice@example.org" })),
        (format!("/recoveries/{id}/resend"), json!({})),
        (format!("/recoveries/{id}/verify"), json!({ "code": "12345678" })),
        (format!("/recoveries/{id}/cancel"), json!({ "token": token })),
        ("/password".to_owned(), json!({ "token": token, "password": NEW })),
    ];
    let forged: [&[(&str, &str)]; 5] = [
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        &[("origin", "https://acme.rec.test.evil.test")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://acme.rec.test"), ("origin", "https://evil.test")],
    ];
    for (path, body) in calls {
        let api = app.api("acme");
        for headers in forged {
            let mut call = api.call(&path, &body.to_string());
            for (name, value) in headers {
                call.headers_mut().append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(api.send(call).await.problem(), (403, "forgery".into()), "{path} {headers:?}");
        }
        // What a form of another site can send without a preflight.
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let mut call = api.call(&path, &body.to_string());
            call.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            assert_eq!(api.send(call).await.problem(), (415, "media-type".into()), "{path} {media_type}");
        }
    }
    assert_eq!(app.deliver().await, 0);
    assert_eq!(app.people("acme").calls(Op::Account), 0);
}

#[tokio::test]
async fn xt_03_the_tenant_is_that_of_host_and_path_whatever_the_json_says() {
    let app = TestApp::new().await;
    let api = app.api("acme");
    let mut call = api.call("/recoveries?tenant=globex", &json!({ "identifier": "alice@example.org" }).to_string());
    for name in ["x-tenant", "x-tenant-id", "x-forwarded-host"] {
        call.headers_mut().insert(name, HeaderValue::from_static("globex.rec.test"));
    }

    let answer = api.send(call).await;
    let in_the_body = api.post("/recoveries", &json!({ "identifier": "alice@example.org", "tenant": "globex" })).await;
    app.deliver().await;

    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(in_the_body.problem(), (422, "unprocessable".into()));
    assert_eq!(app.one_mail().from_name, "ACME");
    assert_eq!(app.people("globex").calls(Op::Find), 0);
}

#[tokio::test]
async fn px_08_a_link_to_the_tenants_own_page_comes_from_its_file_alone() {
    let file = |file: String| format!("{file}link_url = \"https://app.acme.test/reset\"\n");
    let app = TestApp::builder().file("acme", file).build().await;
    let api = app.api("acme");
    let mut call = api.call("/recoveries", &json!({ "identifier": "alice@example.org" }).to_string());
    for name in ["x-forwarded-host", "x-original-host", "referer", "forwarded"] {
        call.headers_mut().insert(name, HeaderValue::from_static("https://evil.test/"));
    }

    api.send(call).await;
    app.deliver().await;
    let delivered = app.one_mail();

    assert!(link_of(&delivered).starts_with("https://app.acme.test/reset?token="), "{}", delivered.mail.text);
    assert!(delivered.mail.html.contains("https://app.acme.test/reset?token="), "{}", delivered.mail.html);
    assert!(!delivered.mail.html.contains("evil.test"));
}
