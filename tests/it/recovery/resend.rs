//! Asking for the message once more.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{TestApp, link_of};

#[tokio::test]
async fn a_further_message_comes_after_the_cool_down_and_both_links_live() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (id, first) = app.alices_link(&browser).await;

    let too_soon = browser.post(&format!("/recovery/{id}/resend"), &[]).await;
    let nothing = app.deliver().await;
    app.wait(Duration::from_mins(1));
    let in_time = browser.post(&format!("/recovery/{id}/resend"), &[]).await;
    app.deliver().await;
    let second = link_of(&app.one_mail());

    assert_eq!(too_soon.status, StatusCode::SEE_OTHER);
    assert_eq!(nothing, 0);
    assert_eq!(in_time.status, StatusCode::SEE_OTHER);
    assert_ne!(first, second);
    for link in [first, second] {
        assert_eq!(app.browser("acme").get(&link).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn the_page_tells_when_the_next_message_can_be_asked_for() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "nobody").await;
    app.wait(Duration::from_secs(18));

    let page = browser.get(&format!("/recovery/{id}")).await;
    app.wait(Duration::from_mins(40));
    let late = browser.get(&format!("/recovery/{id}")).await;

    assert!(page.body.contains(r#"data-cooldown="42""#), "{}", page.body);
    assert!(!late.body.contains("data-cooldown"), "no message can be asked for any more");
    app.deliver().await;
}

#[tokio::test]
async fn a_method_that_the_tenant_does_not_offer_is_refused() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "nobody").await;

    for method in ["sms_otp", "email_otp", "", "carrier_pigeon"] {
        let answer = browser.post(&format!("/recovery/{id}/method"), &[("method", method)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{method}");
    }
    app.deliver().await;
}
