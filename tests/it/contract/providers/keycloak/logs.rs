//! PL-01: nothing of a person and no secret reaches a log, also not from the crates beneath us and at every level.

use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use regain::domain::password::NewPassword;
use regain::identity::Change;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::stand::{SECRET, Stand, alice, granted, noon};
use crate::contract::identity::typed;
use crate::support::scripted::json;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A clock that is far off is an operator's to mend, and not news at every call.
#[tokio::test]
async fn a_wrong_clock_is_logged_once_and_again_when_it_is_right() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    let _guard = tracing_subscriber::registry().with(LevelFilter::INFO).with(lines).set_default();
    let calls = AtomicI64::new(0);
    let stand = Stand::new(move |line, _| {
        let is_wrong = calls.fetch_add(i64::from(line == "POST token"), Ordering::Relaxed) < 3;
        (line == "POST token").then(|| granted(noon() + if is_wrong { 60 } else { 0 }, 0))
    });

    for _ in 0..6 {
        stand.provider.check().await.expect_err("there is no such sentinel");
    }

    let written = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    let levels: Vec<&str> = written.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(levels, ["WARN", "INFO"], "{written}");
}

#[tokio::test]
async fn pl_01_no_identifier_token_secret_or_password_is_logged_at_any_level() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    let _guard = tracing_subscriber::registry().with(LevelFilter::TRACE).with(lines).set_default();
    let refusing = |line: &str, _: &_| {
        let refusal = r#"{"error":"invalidPasswordX","error_description":"canary-of-the-refusal"}"#;
        line.starts_with("PUT").then(|| json(400, refusal))
    };
    for stand in
        [Stand::new(|_, _| None), Stand::new(refusing), Stand::new(|_, _| Some("HTTP/1.1 200 X\r\nhalf".into()))]
    {
        let provider = &stand.provider;

        drop(provider.find(&typed("canary-of-a-name@example.org")).await);
        drop(provider.find(&typed("canary-of-a-name")).await);
        drop(provider.set_password(&alice(), &NewPassword::new("canary-of-a-password"), Change::default()).await);
        drop(provider.end_sessions(&alice(), time::UtcDateTime::UNIX_EPOCH).await);
        drop(provider.diagnose().await);
        assert!(!format!("{provider:?}").contains(SECRET));
    }

    let written = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    assert!(written.contains("TRACE") && written.contains("reqwest"), "nothing was heard: {written}");
    let canary = written.lines().find(|line| line.contains("canary"));
    assert_eq!(canary, None);
}
