//! Attempts are entered one at a time per account, and refused without a trace of theirs left.

use regain::audit::Event;
use regain::domain::message::Purpose;
use regain::domain::recovery::{LEASE, State};
use regain::domain::seal::Sealed;
use regain::store::Error;
use regain::store::rows::{Entered, Outcome};

use super::{SECOND, START, Subject, account, delivered, enter, entry, line, row};

pub(crate) async fn an_attempt_holds_its_account_until_its_lease_is_over(subject: &Subject) {
    let store = subject.acme();
    let (first, first_issue) = delivered(&store, "alice", START).await;
    let (second, second_issue) = delivered(&store, "alice", START).await;
    enter(&store, &first, &first_issue, "alice", START).await;

    let within = START + LEASE - SECOND;
    let early = store.enter(entry(&second, &second_issue, "alice", within)).await.expect("an answer");
    let after = START + LEASE;
    let late = store.enter(entry(&second, &second_issue, "alice", after)).await.expect("an answer");

    assert_eq!((early, late), (Entered::Busy, Entered::Held));
    assert_eq!(subject.count("SELECT COUNT(*) FROM changing").await, 1);
}

pub(crate) async fn of_many_that_enter_at_once_one_holds_the_account(subject: &Subject) {
    let mut entries = Vec::new();
    for _ in 0..8 {
        let (recovery, issue) = delivered(&subject.acme(), "alice", START).await;
        entries.push(entry(&recovery, &issue, "alice", START));
    }

    let entered = entries.into_iter().map(|entry| {
        let store = subject.acme();
        async move { store.enter(entry).await.expect("an answer") }
    });
    let answers = futures_util::future::join_all(entered).await;

    assert_eq!(answers.iter().filter(|answer| **answer == Entered::Held).count(), 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM attempt").await, 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM recovery WHERE state = 'changing'").await, 1);
}

pub(crate) async fn busy_writes_nothing(subject: &Subject) {
    let store = subject.acme();
    let (first, first_issue) = delivered(&store, "alice", START).await;
    let (second, second_issue) = delivered(&store, "alice", START).await;
    enter(&store, &first, &first_issue, "alice", START).await;
    let before = subject.count("SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM audit)").await;

    let busy = store.enter(entry(&second, &second_issue, "alice", START)).await;

    assert_eq!(busy.expect("an answer"), Entered::Busy);
    assert_eq!(row(&store, second.id).await, second);
    let after = subject.count("SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM audit)").await;
    assert_eq!(before, after);
}

pub(crate) async fn a_refusal_deletes_exactly_its_own_attempts_rows(subject: &Subject) {
    let store = subject.acme();
    let (first, first_issue) = delivered(&store, "alice", START).await;
    let (other, other_issue) = delivered(&store, "bob", START).await;
    let refused = enter(&store, &first, &first_issue, "alice", START).await;
    let kept = enter(&store, &other, &other_issue, "bob", START).await;
    let held = row(&store, first.id).await;
    let given_back = held.refused(refused.id, START + SECOND).expect("its own attempt");

    let audit = line(Event::PasswordRefused, START + SECOND);
    store.refuse(Some(&given_back), refused.id, &account("alice"), audit).await.expect("a refusal");

    assert_eq!(row(&store, first.id).await.state, State::Open);
    assert_eq!(store.attempt(refused.id).await.expect("an answer").expect("it").outcome, Outcome::Refused);
    let later = subject.claim(START + LEASE).await;
    let ends: Vec<Purpose> = later
        .iter()
        .map(|message| message.purpose)
        .filter(|purpose| *purpose != Purpose::Recovery { issue: 1 })
        .collect();
    assert_eq!(ends, [Purpose::EndSessions { attempt: kept.id }]);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox WHERE purpose = 'changed'").await, 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM changing").await, 1);
    let again = row(&store, first.id).await;
    enter(&store, &again, &first_issue, "alice", START + SECOND).await;
}

pub(crate) async fn a_refusal_after_an_unknown_outcome_deletes_nothing(subject: &Subject) {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;
    store.unknown(attempt.id, line(Event::RecoveryFailed, START)).await.expect("no refusal");

    let audit = line(Event::PasswordRefused, START);
    store.refuse(None, attempt.id, &account("alice"), audit).await.expect("no failure");

    assert_eq!(store.attempt(attempt.id).await.expect("an answer").expect("it").outcome, Outcome::Unknown);
    assert_eq!(store.open_end_sessions().await.expect("a count"), 1);
}

pub(crate) async fn attempts_of_unknown_outcome_are_told(subject: &Subject) {
    let store = subject.acme();
    let mut spans = Vec::new();
    for turn in 0..3_u32 {
        let at = START + LEASE * turn;
        let (recovery, issue) = delivered(&store, "alice", at).await;
        let attempt = enter(&store, &recovery, &issue, "alice", at).await;
        spans.push((attempt.began_at, attempt.lease_until));
        if turn == 0 {
            store.unknown(attempt.id, line(Event::RecoveryFailed, at)).await.expect("no refusal");
        }
    }
    let ask = |since, now| {
        let store = store.clone();
        async move { store.unknown_attempts(&account("alice"), since, now).await.expect("an answer") }
    };

    assert_eq!(ask(START, START + LEASE).await, spans[..1]);
    assert_eq!(ask(START, START + LEASE * 2).await, spans[..2]);
    assert_eq!(ask(START + SECOND, START + LEASE * 3).await, spans[1..]);
    assert!(store.unknown_attempts(&account("bob"), START, START + LEASE).await.expect("an answer").is_empty());
}

pub(crate) async fn notices_of_an_unknown_outcome_go_once(subject: &Subject) {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;
    assert_eq!(subject.claim(START).await.len(), 1);

    for _ in 0..2 {
        store.leave_open(&attempt, None, START + SECOND).await.expect("no refusal");
    }

    let claimed = subject.claim(START + SECOND).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].purpose, Purpose::MaybeChanged { attempt: attempt.id });
    assert_eq!(claimed[0].address.as_ref().map(Sealed::as_bytes), Some(b"sealed address".as_slice()));
    let stale = store.enter(entry(&recovery, &issue, "alice", START + LEASE)).await;
    assert!(matches!(stale, Err(Error::Conflict)));
}
