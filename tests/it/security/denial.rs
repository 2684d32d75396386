//! DS: nothing that a client sends costs much.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{TestApp, twice};
use crate::support::fake_identity::Op;

#[tokio::test]
async fn ds_01_a_long_password_is_refused_before_anything_is_spent_on_it() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    let address = format!("{}/password", browser.get(&link).await.location());
    let marks = "\u{301}".repeat(4 * 1024 / 2);
    let emoji = "🦀".repeat(257);

    let huge = browser.post(&address, &twice(&"a".repeat(1 << 20))).await;
    let combining = browser.post(&address, &[("new_password", &marks), ("confirm_password", "x")]).await;
    let crabs = browser.post(&address, &[("new_password", &emoji), ("confirm_password", "x")]).await;

    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    for long in [combining, crabs] {
        assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(long.body.contains("256 characters or fewer"), "{}", long.body);
    }
    assert_eq!(app.people("acme").calls(Op::Account), 0);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn ds_01_two_hundred_and_fifty_six_emoji_are_a_password() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    let address = format!("{}/password", browser.get(&link).await.location());
    let password: String = "🦀🐚🌊🪸🐠🦑🐙🦐".chars().cycle().take(256).collect();

    let set = browser.post(&address, &twice(&password)).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn requests_beyond_our_measures_are_refused() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let mut many = browser.request("GET", "/recovery/");
    for number in 0..70 {
        let name: http::HeaderName = format!("x-{number}").parse().unwrap();
        many.headers_mut().insert(name, "1".parse().unwrap());
    }
    let mut long = browser.request("GET", "/recovery/");
    long.headers_mut().insert("x-long", "x".repeat(17 * 1024).parse().unwrap());

    let address = browser.get(&format!("/recovery/?login_hint={}", "x".repeat(5000))).await;
    let many = browser.send(many).await;
    let long = browser.send(long).await;

    assert_eq!(address.status, StatusCode::URI_TOO_LONG);
    assert_eq!(many.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(long.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn each_deed_of_a_client_is_limited_and_none_uses_up_another() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    let page = browser.get(&link).await.location().to_owned();
    let links = browser.request("GET", &link);
    let passwords = browser.form(&format!("{page}/password"), &twice("short"));
    let resends = browser.form(&format!("{page}/resend"), &[]);
    let cancels = browser.form(&format!("{page}/cancel"), &[]);

    // One link was opened already.
    for (request, allowed) in [(links, 29), (passwords, 30), (resends, 30), (cancels, 30)] {
        let address = request.uri().clone();
        let (head, body) = request.into_parts();
        let body = http_body_util::BodyExt::collect(body).await.expect("a body").to_bytes();
        for number in 1..=allowed + 1 {
            let again = http::Request::from_parts(head.clone(), axum::body::Body::from(body.clone()));
            let answer = browser.send(again).await;
            let is_held_back = answer.status == StatusCode::TOO_MANY_REQUESTS;
            assert_eq!(is_held_back, number > allowed, "{number} of {address}: {}", answer.status);
        }
    }
    app.deliver().await;
    app.new_mails();
}
