//! DA: what text messages cost, and whom they may not reach.

use std::time::Duration;

use regain::channel::{Cause, Error};

use super::delivery::pumped;
use crate::support::app::{NEW, TestApp, twice};
use crate::support::flaky_channel::Reply;

#[tokio::test]
async fn da_03_whoever_counted_one_days_budget_does_not_know_the_next_ones() {
    let app = TestApp::with_lines(
        "methods = [\"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\nsms_otp.daily_budget = 8\n",
    )
    .await;
    // What is drawn hangs on the key: with this one the days differ.
    let app = app.restarted_with("1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").await;
    pumped(&app, 9);
    let mut days = Vec::new();
    for _ in 0..6 {
        for index in 0..9 {
            app.start_by(&app.browser("acme"), &format!("pump{index}"), "sms_otp").await;
        }
        app.deliver().await;
        days.push(app.new_texts().len());
        app.new_mails();
        app.wait(Duration::from_hours(24));
    }

    assert!(days.iter().all(|texts| (6..=8).contains(texts)), "{days:?}");
    assert!(days.iter().any(|texts| *texts != days[0]), "{days:?}");
}

/// Three texts to alice that end like this, and how many texts and mails the fourth request brings.
async fn after_three_texts_that(reply: Reply) -> (usize, usize) {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    for _ in 0..3 {
        app.start_by(&app.browser("acme"), "alice", "sms_otp").await;
        app.text_gateway([reply]);
        app.deliver().await;
        app.new_texts();
        app.wait(Duration::from_mins(11));
    }
    app.start_by(&app.browser("acme"), "alice", "sms_otp").await;
    app.deliver().await;
    (app.new_texts().len(), app.new_mails().len())
}

#[tokio::test]
async fn da_03_a_text_that_may_have_arrived_has_spent_its_quota() {
    let unknown = Reply::DeliveredUnheard(Error::Unknown(Cause::Timeout));

    assert_eq!(after_three_texts_that(unknown).await, (0, 1));
}

#[tokio::test]
async fn da_03_a_text_that_was_refused_has_spent_nothing() {
    let blocked = Reply::Refused(Error::Permanent(Cause::Blocked));

    assert_eq!(after_three_texts_that(blocked).await, (1, 0));
}

#[tokio::test]
async fn da_12_no_notice_goes_to_a_number_that_no_code_may_go_to() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let abroad = app.number("+79161234567");
    app.people("acme").change(&app.alice("acme"), |alice| alice.phones.push((abroad, true)));
    let (browser, page) = app.at_the_form().await;

    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.deliver().await;

    assert_eq!(app.one_text().to.as_str(), "+12025550123");
    app.one_mail();
}

#[tokio::test]
async fn da_12_a_notice_by_text_whose_process_died_is_not_sent_blindly_once_more() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let (browser, page) = app.at_the_form().await;
    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.text_gateway([Reply::Hangs]);
    let dies = async {
        while app.text_gateway_has() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = app.deliver() => panic!("a gateway that hangs"),
        dies = tokio::time::timeout(Duration::from_secs(5), dies) => dies.expect("a notice that is handed over"),
    }

    app.wait(Duration::from_mins(3));
    app.deliver().await;

    assert!(app.new_texts().is_empty());
    assert!(!app.new_mails().is_empty(), "the notice by mail may come twice");
}
