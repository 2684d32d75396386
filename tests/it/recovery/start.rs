//! Asking for a recovery.

use std::time::Duration;

use http::StatusCode;
use regain::domain::phone::PhoneNumber;

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

/// A tenant that asks for telephone numbers, as they are typed in the United States.
async fn asking_for_numbers() -> TestApp {
    let keys = "identifier = \"phone\"\nphone_region = \"US\"\n";
    let app = TestApp::builder().tenant("acme", keys).build().await;
    let number = PhoneNumber::held("+1 202 555 0142").expect("a number");
    app.people("acme").change(&app.alice("acme"), |alice| alice.phones = vec![(number, true)]);
    app
}

#[tokio::test]
async fn a_telephone_number_means_its_account_however_it_is_typed() {
    let app = asking_for_numbers().await;

    for typed in ["(202) 555-0142", "+12025550142", "011 1 202.555.0142", "٢٠٢٥٥٥٠١٤٢"] {
        let browser = app.browser("acme");
        let id = app.start(&browser, typed).await;
        app.deliver().await;

        assert_eq!(app.one_mail().to.as_str(), "alice@example.org", "{typed}");
        let page = browser.get(&format!("/recovery/{id}")).await;
        assert!(page.body.contains("+12025550142"), "{}", page.body);
        app.wait(Duration::from_mins(20));
    }
}

#[tokio::test]
async fn a_number_that_is_not_known_to_be_theirs_means_nobody_and_looks_alike() {
    let app = asking_for_numbers().await;
    let alice = app.alice("acme");

    let known = app.browser("acme").post("/recovery/", &[("identifier", "2025550142")]).await;
    app.deliver().await;
    drop(app.one_mail());
    app.people("acme").change(&alice, |alice| alice.phones[0].1 = false);
    let unverified = app.browser("acme").post("/recovery/", &[("identifier", "2025550142")]).await;
    let nobody = app.browser("acme").post("/recovery/", &[("identifier", "2025550199")]).await;
    app.deliver().await;

    assert_eq!([known.status, unverified.status, nobody.status], [StatusCode::SEE_OTHER; 3]);
    assert_eq!([&known.body, &unverified.body], [&nobody.body; 2]);
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn what_can_be_no_telephone_number_is_said_at_once() {
    let app = asking_for_numbers().await;
    let browser = app.browser("acme");

    for (typed, told) in [
        ("", "Enter your phone number"),
        ("alice@example.org", "Enter your whole phone number, like +44"),
        ("555-0142", "Enter your whole phone number, like +44"),
    ] {
        let answer = browser.post("/recovery/", &[("identifier", typed)]).await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(told), "{typed}: {}", answer.body);
    }
    assert_eq!(app.deliver().await, 0);
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
