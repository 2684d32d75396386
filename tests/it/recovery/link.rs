//! Opening the link of a message.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{NEW, TestApp, twice};

#[tokio::test]
async fn a_link_works_in_any_browser() {
    let app = TestApp::new().await;
    let (id, link) = app.alices_link(&app.browser("acme")).await;
    let other = app.browser("acme");
    app.wait(Duration::from_mins(1));

    let opened = other.get(&link).await;
    let set = other.post(&format!("{}/password", opened.location()), &twice(NEW)).await;

    assert_eq!(set.location(), format!("/recovery/{id}"));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn whatever_leads_nowhere_leads_to_one_friendly_page() {
    let app = TestApp::new().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    let token = link.split_once("token=").expect("a token").1.to_owned();
    let mut changed = token.clone().into_bytes();
    changed[65] = if changed[65] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("ASCII");
    let unknown = app.browser("acme").get("/recovery/link?token=nothing").await;

    for query in [changed, "A".repeat(70), String::new(), format!("{token}&token={token}")] {
        let answer = app.browser("acme").get(&format!("/recovery/link?token={query}")).await;

        assert_eq!(answer.status, StatusCode::GONE);
        assert_eq!(answer.shape(""), unknown.shape(""));
    }
    assert!(unknown.body.contains("This link or code no longer works"), "{}", unknown.body);
    assert!(unknown.body.contains("href=\"/recovery/\""), "{}", unknown.body);
}

#[tokio::test]
async fn the_answer_to_a_link_sends_its_address_to_nobody() {
    let app = TestApp::new().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;

    let opened = app.browser("acme").get(&link).await;

    assert_eq!(opened.headers["referrer-policy"], "no-referrer");
    assert_eq!(opened.headers["cache-control"], "no-store");
    assert!(!opened.location().contains("token"));
    let cookie = opened.headers["set-cookie"].to_str().expect("a cookie");
    assert!(cookie.starts_with("__Host-regain-"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[tokio::test]
async fn at_most_five_cookies_live_and_the_oldest_goes() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let mut ids = Vec::new();
    for number in 0..7 {
        app.wait(Duration::from_secs(1));
        ids.push(app.start(&browser, &format!("nobody{number}")).await);
    }

    let kept: Vec<String> = browser.cookies.borrow().keys().cloned().collect();

    assert_eq!(kept.len(), 5);
    assert!(!kept.iter().any(|name| name.ends_with(&ids[0][..8]) || name.ends_with(&ids[1][..8])));
    app.deliver().await;
}

#[tokio::test]
async fn an_expired_link_is_over_and_so_is_its_page() {
    let app = TestApp::new().await;
    let (id, link) = app.alices_link(&app.browser("acme")).await;
    let browser = app.browser("acme");
    let opened = browser.get(&link).await;
    app.wait(Duration::from_mins(20));

    let again = browser.get(&link).await;
    let page = browser.get(opened.location()).await;
    let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    assert_eq!(again.status, StatusCode::GONE);
    assert_eq!(page.status, StatusCode::GONE);
    assert_eq!(set.status, StatusCode::GONE);
}
