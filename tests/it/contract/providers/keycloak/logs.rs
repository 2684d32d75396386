//! PL-01: nothing of a person and no secret reaches a log, at any level. What the crates beneath us say is heard in
//! `process`, where the program runs whole.

use std::sync::atomic::{AtomicI64, Ordering};

use regain::domain::password::NewPassword;
use regain::identity::Change;
use tracing::Level;

use super::stand::{SECRET, Stand, alice, granted, noon};
use crate::contract::identity::typed;
use crate::support::heard::Heard;
use crate::support::scripted::json;

/// A clock that is far off is an operator's to mend, and not news at every call.
#[tokio::test]
async fn a_wrong_clock_is_logged_once_and_again_when_it_is_right() {
    let (heard, _guard) = Heard::listen(Level::INFO);
    let calls = AtomicI64::new(0);
    let stand = Stand::new(move |line, _| {
        let is_wrong = calls.fetch_add(i64::from(line == "POST token"), Ordering::Relaxed) < 3;
        (line == "POST token").then(|| granted(noon() + if is_wrong { 60 } else { 0 }, 0))
    });

    for _ in 0..6 {
        stand.provider.check().await.expect_err("there is no such sentinel");
    }

    let written = heard.text();
    let levels: Vec<&str> = written.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(levels, ["WARN", "INFO"], "{written}");
}

#[tokio::test]
async fn pl_01_no_identifier_token_secret_or_password_is_logged_at_any_level() {
    let (heard, _guard) = Heard::listen(Level::TRACE);
    let refusing = |line: &str, _: &_| {
        let refusal = r#"{"error":"invalidPasswordX","error_description":"canary-of-the-refusal"}"#;
        line.starts_with("PUT").then(|| json(400, refusal))
    };
    let wrong_clock = |line: &str, _: &_| (line == "POST token").then(|| granted(noon() + 60, 300));
    let half = |_: &str, _: &_| Some("HTTP/1.1 200 X\r\nhalf".to_owned());
    for stand in [Stand::new(wrong_clock), Stand::new(refusing), Stand::new(half)] {
        let provider = &stand.provider;

        drop(provider.find(&typed("canary-of-a-name@example.org")).await);
        drop(provider.find(&typed("canary-of-a-name")).await);
        drop(provider.set_password(&alice(), &NewPassword::new("canary-of-a-password"), Change::default()).await);
        drop(provider.end_sessions(&alice(), time::UtcDateTime::UNIX_EPOCH).await);
        drop(provider.diagnose().await);
        assert!(!format!("{provider:?}").contains(SECRET));
    }

    let written = heard.text();
    assert!(written.contains("far apart"), "the search finds what is there: {written}");
    let canary = written.lines().find(|line| line.contains("canary"));
    assert_eq!(canary, None);
}
