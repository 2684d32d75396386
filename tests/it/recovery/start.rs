//! Asking for a recovery.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::TestApp;

#[tokio::test]
async fn what_can_be_no_identifier_is_said_at_once() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let long = "a".repeat(300);
    for (typed, told) in [
        ("", "Enter your email address or username"),
        ("   ", "Enter your email address or username"),
        (long.as_str(), "254 characters or fewer"),
    ] {
        let answer = browser.post("/recovery/", &[("identifier", typed)]).await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(told), "{typed}: {}", answer.body);
        assert!(answer.body.contains("<title>Error: "), "{}", answer.body);
    }
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn a_hint_fills_the_field_and_sends_nothing() {
    let app = TestApp::new().await;

    let page = app.browser("acme").get("/recovery/?login_hint=%22%3E%3Cb%3Ebob").await;

    assert!(page.body.contains("value=\"&quot;&gt;&lt;b&gt;bob\""), "{}", page.body);
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn a_username_means_its_account_and_the_mail_goes_to_the_verified_address() {
    let app = TestApp::new().await;

    app.start(&app.browser("acme"), "ALICE").await;
    app.deliver().await;

    assert_eq!(app.one_mail().to.as_str(), "alice@example.org");
}

#[tokio::test]
async fn the_client_that_asks_too_often_is_asked_to_wait() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    for number in 0..10 {
        app.start(&browser, &format!("nobody{number}")).await;
    }

    let answer = browser.post("/recovery/", &[("identifier", "nobody")]).await;
    let other = app.browser("acme").post("/recovery/", &[("identifier", "nobody")]).await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(answer.body.contains("then try again"), "{}", answer.body);
    assert_eq!(other.status, StatusCode::SEE_OTHER, "another client is not held back");
    app.deliver().await;
}

#[tokio::test]
async fn only_the_browser_that_typed_it_is_shown_it_again() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "no<b>body").await;

    let own = browser.get(&format!("/recovery/{id}")).await;
    let other = app.browser("acme").get(&format!("/recovery/{id}")).await;

    assert!(own.body.contains("no&lt;b&gt;body"), "{}", own.body);
    assert!(!other.body.contains("body&") && !other.body.contains("no&lt;"), "{}", other.body);
    app.deliver().await;
}

#[tokio::test]
async fn a_page_speaks_the_language_that_was_asked_for() {
    let app = TestApp::builder().tenant("acme", "[brand]\nlocales = [\"en\", \"de\", \"ar\"]\n").build().await;
    let browser = app.browser("acme");

    let english = browser.get("/recovery/").await;
    let german = browser.get("/recovery/?lang=de").await;
    let arabic = browser.get("/recovery/?lang=ar").await;

    assert_eq!(english.headers["content-language"], "en");
    assert_eq!(german.headers["content-language"], "de");
    assert!(arabic.body.contains(r#"<html lang="ar" dir="rtl">"#), "{}", arabic.body);
}

#[tokio::test]
async fn a_mail_tells_the_life_that_its_recovery_was_started_with() {
    let app = TestApp::new().await;
    app.start(&app.browser("acme"), "alice@example.org").await;
    app.reload(|file| format!("{file}[recovery.email_link]\nttl = \"10m\"\n"));

    let app = app.restarted().await;
    app.deliver().await;

    let text = app.one_mail().mail.text;
    assert!(text.contains("20 minutes") && !text.contains("10 minutes"), "{text}");
}

#[tokio::test]
async fn an_expired_recovery_is_gone_for_everybody() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "nobody").await;
    let page = format!("/recovery/{id}");
    app.wait(Duration::from_secs(60 * 60 - 1));
    let before = browser.get(&page).await;
    app.wait(Duration::from_secs(1));

    let own = browser.get(&page).await;
    let strangers = app.browser("acme").get(&page).await;
    let resend = browser.post(&format!("{page}/resend"), &[]).await;

    assert_eq!(before.status, StatusCode::OK);
    for answer in [own, strangers, resend] {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
    }
    app.deliver().await;
}
