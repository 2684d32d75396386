//! The method that a browser chose last, which is remembered.

use std::time::Duration;

use crate::support::app::TestApp;

const CHOSEN: &str = "value=\"sms_otp\" checked";

#[tokio::test]
async fn a_choice_outlives_the_cookies_of_many_recoveries() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    app.start_by(&browser, "nobody@example.org", "sms_otp").await;
    for _ in 0..7 {
        app.wait(Duration::from_secs(1));
        app.start(&browser, "nobody@example.org").await;
    }

    let start = browser.get("/recovery/").await;
    let recoveries = browser.cookies.borrow().keys().filter(|name| !name.ends_with("method")).count();

    assert!(start.body.contains(CHOSEN), "{}", start.body);
    assert_eq!(recoveries, 5, "and takes none of their places");
    app.deliver().await;
}

#[tokio::test]
async fn a_choice_that_is_offered_no_more_is_forgotten() {
    let app = TestApp::with_methods(&["email_link", "email_otp", "sms_otp"]).await;
    let browser = app.browser("acme");
    app.start_by(&browser, "nobody@example.org", "sms_otp").await;
    let before = browser.get("/recovery/").await;
    app.reload(|file| file.replace(", \"sms_otp\"]", "]"));

    let start = browser.get("/recovery/").await;

    assert!(before.body.contains(CHOSEN), "{}", before.body);
    assert!(start.body.contains("value=\"email_link\" checked"), "{}", start.body);
    app.deliver().await;
}
