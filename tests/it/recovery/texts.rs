//! What becomes of a code by text message: it arrives, goes by mail instead, or nobody knows.

use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};
use regain::domain::address::EmailAddress;
use tracing::Level;

use crate::support::app::{NEW, TestApp, code_of, link_of, twice, typed};
use crate::support::flaky_channel::Reply;
use crate::support::heard::Heard;

#[tokio::test]
async fn a_text_message_carries_its_code_first_and_its_host_last() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    app.start_by(&browser, "alice@example.org", "sms_otp").await;
    app.deliver().await;

    let text = app.one_text();

    let code = code_of(&text);
    assert_eq!(code.len(), 6);
    assert!(text.text.body.starts_with(&code), "{}", text.text.body);
    assert!(text.text.body.ends_with(&format!("\n@acme.rec.test #{code}")), "{}", text.text.body);
    assert!(!text.text.body.contains("http"), "no link in a text message");
}

#[tokio::test]
async fn a_text_message_is_of_use_to_its_gateway_as_long_as_its_code_lives() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    app.start_by(&app.browser("acme"), "alice@example.org", "sms_otp").await;
    app.wait(Duration::from_mins(2));

    app.deliver().await;

    assert_eq!(app.one_text().text.valid_for, Duration::from_mins(8));
}

#[tokio::test]
async fn a_text_message_that_cannot_reach_its_number_goes_by_mail() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    for cause in [Cause::Recipient, Cause::OptedOut] {
        let browser = app.browser("acme");
        let id = app.start_by(&browser, "alice@example.org", "sms_otp").await;
        app.text_gateway([Reply::Refused(Error::Permanent(cause))]);
        app.deliver().await;
        let mail = app.one_mail();

        let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;

        assert_eq!(right.status, StatusCode::SEE_OTHER);
        assert_eq!(app.browser("acme").get(&link_of(&mail)).await.status, StatusCode::SEE_OTHER);
        app.wait(Duration::from_mins(30));
    }
}

#[tokio::test]
async fn with_text_messages_alone_no_mail_carries_a_way_in_and_no_page_speaks_of_links() {
    let app = TestApp::with_lines("methods = [\"sms_otp\"]\nsms_only = true\nsms_otp.countries = [\"US\"]\n").await;
    let browser = app.browser("acme");
    app.start(&browser, "alice@example.org").await;
    app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
    app.deliver().await;
    assert!(app.new_mails().is_empty(), "nothing takes the place of a text");
    app.wait(Duration::from_mins(30));

    let id = app.start(&browser, "alice@example.org").await;
    app.deliver().await;
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&app.one_text()))).await;
    let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;
    let over = app.browser("acme").get("/recovery/link?token=none").await;

    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert!(app.people("acme").sign_in("alice", NEW));
    assert!(over.body.contains("A code works for 10 minutes."), "{}", over.body);
    assert!(!over.body.contains("A link works"), "{}", over.body);
}

#[tokio::test]
async fn a_text_message_of_unknown_fate_is_not_sent_again() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    app.start_by(&browser, "alice@example.org", "sms_otp").await;
    app.text_gateway([Reply::DeliveredUnheard(Error::Unknown(Cause::Timeout))]);
    app.deliver().await;
    let first = app.new_texts();

    app.wait(Duration::from_mins(5));
    app.deliver().await;

    assert_eq!(first.len(), 1);
    assert!(app.new_texts().is_empty());
    assert!(app.new_mails().is_empty());
    let failed = app.audit("acme").await.into_iter().any(|line| line.reason.as_deref() == Some("channel_unknown"));
    assert!(failed);
}

#[tokio::test]
async fn a_text_message_whose_process_died_is_not_sent_blindly_once_more() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    app.start_by(&app.browser("acme"), "alice@example.org", "sms_otp").await;
    app.text_gateway([Reply::Hangs]);
    let dies = async {
        while app.text_gateway_has() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = app.deliver() => panic!("a gateway that hangs"),
        dies = tokio::time::timeout(Duration::from_secs(5), dies) => dies.expect("a message that is handed over"),
    }

    app.wait(Duration::from_mins(3));
    app.deliver().await;

    assert!(app.new_texts().is_empty() && app.new_mails().is_empty());
    let failed = app.audit("acme").await.into_iter().any(|line| line.reason.as_deref() == Some("channel_unknown"));
    assert!(failed, "an operator can see it");
}

#[tokio::test]
async fn a_mail_in_place_of_a_text_waits_for_the_accounts_cool_down() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    app.start_by(&app.browser("acme"), "alice@example.org", "email_link").await;
    app.deliver().await;
    app.one_mail();
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice@example.org", "sms_otp").await;
    app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
    app.deliver().await;
    assert!(app.new_mails().is_empty(), "less than a minute after the last");

    app.wait(Duration::from_mins(1));
    app.deliver().await;

    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&app.one_mail()))).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn tl_13_a_mail_in_place_of_a_text_dies_with_the_address_that_it_went_to() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    app.start_by(&app.browser("acme"), "alice@example.org", "sms_otp").await;
    app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
    app.deliver().await;
    let link = link_of(&app.one_mail());
    let (alice, moved) = (app.alice("acme"), EmailAddress::parse("moved@example.org").expect("an address"));
    app.people("acme").change(&alice, |person| person.emails = vec![(moved, true)]);

    let thief = app.browser("acme");
    let page = thief.get(&link).await.location().to_owned();
    let set = thief.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::GONE);
}

#[tokio::test]
async fn an_alarm_is_what_the_operator_can_mend_and_not_one_persons_refusal() {
    let (heard, _listens) = Heard::listen(Level::INFO);
    let lines = "methods = [\"sms_otp\"]\nsms_only = true\nsms_otp.countries = [\"US\"]\n";
    let app = TestApp::with_lines(lines).await;

    app.start(&app.browser("acme"), "alice@example.org").await;
    app.text_gateway([Reply::Refused(Error::Permanent(Cause::OptedOut))]);
    app.deliver().await;
    let refused = heard.text();
    app.wait(Duration::from_mins(30));
    app.start(&app.browser("acme"), "alice@example.org").await;
    app.text_gateway([Reply::Refused(Error::Misconfigured(Cause::Status(404)))]);
    app.deliver().await;
    let mistaken = heard.text()[refused.len()..].to_owned();

    assert!(refused.contains("message abandoned") && refused.contains("channel_opted_out"), "{refused}");
    assert!(!refused.contains("ERROR") && !refused.contains("goes by mail"), "{refused}");
    for told in ["ERROR", "channel_misconfigured", "status 404", "mend the configuration"] {
        assert!(mistaken.contains(told), "{told}: {mistaken}");
    }
}
