//! What is kept for how long, the audit, and the keys that the store has seen.

use std::time::Duration;

use regain::audit::Event;
use regain::domain::recovery::LEASE;
use regain::store::rows::{Fate, Keys, Settlement};

use super::{SECOND, START, Subject, account, delivered, enter, line, row};

const DAY: Duration = Duration::from_hours(24);

pub(crate) async fn an_expired_recovery_is_purged_with_all_that_hangs_on_it(subject: &Subject) {
    let store = subject.acme();
    let (old, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &old, &issue, "alice", START).await;
    let audit = line(Event::PasswordRefused, START);
    store.refuse(None, attempt.id, &account("alice"), audit).await.expect("a refusal");
    let (young, _) = delivered(&store, "bob", START + DAY).await;

    let early = subject.store.purge(old.expires_at).await.expect("a purge");
    let purged = subject.store.purge(old.expires_at + SECOND).await.expect("a purge");

    assert_eq!((early, purged), (0, 1));
    assert!(store.recovery(old.id).await.expect("an answer").is_none());
    assert_eq!(row(&store, young.id).await, young);
    for table in ["recovery", "issue", "delivery", "outbox"] {
        assert_eq!(subject.count(&format!("SELECT COUNT(*) FROM {table}")).await, 1, "{table}");
    }
    assert_eq!(subject.count("SELECT COUNT(*) FROM attempt").await, 0);
    assert!(subject.count("SELECT COUNT(*) FROM audit").await > 1);
}

pub(crate) async fn a_recovery_with_an_open_end_of_sessions_is_never_purged(subject: &Subject) {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;
    store.unknown(attempt.id, line(Event::RecoveryFailed, START)).await.expect("no refusal");
    let long_after = START + DAY * 365;

    let open = subject.store.purge(long_after).await.expect("a purge");
    let settlements: Vec<Settlement> = subject
        .claim(START + LEASE)
        .await
        .iter()
        .map(|message| Settlement { message: message.id, fate: Fate::Sent, last_error: None, audit: vec![] })
        .collect();
    subject.store.settle(&settlements, START + LEASE).await.expect("a settlement");
    let settled = subject.store.purge(long_after).await.expect("a purge");

    assert_eq!((open, settled), (0, 1));
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox").await, 0);
    assert_eq!(subject.count("SELECT COUNT(*) FROM changing").await, 0);
}

pub(crate) async fn old_lines_of_the_audit_are_purged(subject: &Subject) {
    let lines = [START, START + DAY, START + DAY * 2].map(|at| line(Event::LimitReached, at));
    subject.acme().record(lines.to_vec()).await.expect("three lines");

    let purged = subject.store.purge_audit(START + DAY).await.expect("a purge");

    assert_eq!(purged, 1);
    assert_eq!(subject.acme().audit(10).await.expect("the audit").len(), 2);
}

pub(crate) async fn the_audit_reads_back_the_newest_last(subject: &Subject) {
    let source = regain::audit::Source {
        ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("Browser".to_owned()),
        request_id: Some("r-1".to_owned()),
    };
    let first = line(Event::LimitReached, START);
    let second = regain::audit::record(Event::CodeFailed, START + SECOND)
        .outcome("wrong")
        .reason("expired")
        .account(&account("alice"))
        .method(regain::domain::method::Method::SmsOtp)
        .by_person(&source, regain::audit::IpSetting::Full);
    subject.acme().record(vec![second, first]).await.expect("two lines");

    let lines = subject.acme().audit(10).await.expect("the audit");
    let last = subject.acme().audit(1).await.expect("the audit");

    assert_eq!(lines.iter().map(|line| line.time).collect::<Vec<_>>(), [START, START + SECOND]);
    assert_eq!(last[0], lines[1]);
    let line = &lines[1];
    assert_eq!((line.event.as_str(), line.outcome.as_str()), ("recovery.code_failed", "wrong"));
    assert_eq!((line.reason.as_deref(), line.account.as_ref()), (Some("expired"), Some(&account("alice"))));
    assert_eq!((line.actor.as_str(), line.method.as_deref()), ("person", Some("sms_otp")));
    assert_eq!((line.source_ip.as_deref(), line.user_agent.as_deref()), (Some("192.0.2.7"), Some("Browser")));
    assert_eq!((line.request_id.as_deref(), line.recovery), (Some("r-1"), None));
}

pub(crate) async fn keys_are_remembered_and_foreign_ones_noticed(subject: &Subject) {
    let store = &subject.store;
    assert!(store.is_empty().await.expect("an answer"));
    let check = async |keys: &[(u8, [u8; 32])]| store.check_keys(keys, &[]).await.expect("an answer");

    assert_eq!(check(&[(1, [1; 32])]).await, Keys::First);
    assert!(!store.is_empty().await.expect("an answer"));
    assert_eq!(check(&[(1, [1; 32])]).await, Keys::Known);
    assert_eq!(check(&[(1, [9; 32])]).await, Keys::Mismatch { id: 1 });
    assert_eq!(check(&[(7, [7; 32])]).await, Keys::Missing { ids: vec![1] });
    assert_eq!(check(&[(2, [2; 32]), (1, [1; 32])]).await, Keys::Known);
    assert_eq!(check(&[(2, [2; 32])]).await, Keys::Known);
    assert_eq!(check(&[(2, [3; 32])]).await, Keys::Mismatch { id: 2 });
    assert_eq!(check(&[(7, [7; 32])]).await, Keys::Missing { ids: vec![1, 2] });
    let given_up = store.check_keys(&[(7, [7; 32])], &[1, 2]).await.expect("an answer");
    assert_eq!(given_up, Keys::Known, "an operator may say that keys are lost");
}

pub(crate) async fn the_database_has_a_clock(subject: &Subject) {
    subject.store.ping().await.expect("a sign of life");

    let first = subject.store.now().await.expect("the time");
    let second = subject.store.now().await.expect("the time");

    assert!(first > START - DAY * 365 && second >= first);
}
