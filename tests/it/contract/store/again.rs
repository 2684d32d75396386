//! Looks after a change, and the changes by another hand that they find.

use std::time::Duration;

use regain::audit::Event;
use regain::domain::Timestamp;
use regain::domain::id::MessageId;
use regain::domain::message::Purpose;
use regain::domain::recovery::LEASE;
use regain::domain::seal::Sealed;
use regain::store::rows::{Attempt, Completion, Fate, Lane, LateChange, Outcome, Settlement};

use super::completions::completion;
use super::{SECOND, START, Subject, account, delivered, enter, line, row, tenant};

/// When a look is due in these cases.
const LOOK: Timestamp = time::macros::utc_datetime!(2026-03-01 12:01);
const OPEN_LOOKS: &str = "SELECT COUNT(*) FROM outbox WHERE purpose = 'look_again' AND status = 'due'";

/// What is written of a change by another hand.
pub(super) fn late_change(attempt: &Attempt, changed_at: Timestamp) -> LateChange {
    let notices = vec![(MessageId::new(LOOK), Sealed::from_bytes(b"sealed address".to_vec()))];
    LateChange { attempt: attempt.id, recovery: attempt.recovery, changed_at, notices, now: LOOK }
}

/// An attempt on alice's account that has completed, and is to be looked at again.
async fn completed(subject: &Subject) -> Attempt {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;
    let completion = completion(row(&store, recovery.id).await, &attempt, START);
    let completion = Completion { look_again: Some(LOOK), ..completion };
    store.complete(completion, vec![]).await.expect("a completion");
    store.attempt(attempt.id).await.expect("an answer").expect("an attempt")
}

pub(crate) async fn a_look_again_is_written_once_however_often_an_attempt_completes(subject: &Subject) {
    let store = subject.acme();
    let attempt = completed(subject).await;
    let known = START + SECOND;

    for credential_at in [Some(known), Some(START), None] {
        let again = completion(row(&store, attempt.recovery).await, &attempt, START + SECOND);
        let again = Completion { look_again: Some(LOOK + SECOND), credential_at, ..again };
        store.complete(again, vec![]).await.expect("a completion");
    }

    assert_eq!(subject.count(OPEN_LOOKS).await, 1);
    let looks = subject.claim_of(Lane::Ends, LOOK).await;
    assert_eq!(looks.iter().filter(|it| it.purpose == Purpose::LookAgain { attempt: attempt.id }).count(), 1);
    let kept = store.attempt(attempt.id).await.expect("an answer").expect("an attempt");
    assert_eq!((attempt.credential_at, kept.credential_at), (None, Some(known)));
}

pub(crate) async fn an_attempt_that_stays_open_is_looked_at_again_as_well(subject: &Subject) {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;

    for _ in 0..2 {
        store.leave_open(&attempt, Some(LOOK), START + LEASE).await.expect("no refusal");
    }
    let late = Completion { look_again: Some(LOOK), ..completion(row(&store, recovery.id).await, &attempt, LOOK) };
    store.complete(late, vec![]).await.expect("a late completion");

    assert_eq!(subject.count(OPEN_LOOKS).await, 1);
}

pub(crate) async fn a_look_again_comes_with_the_ends_of_sessions_and_is_none(subject: &Subject) {
    let store = subject.acme();
    let attempt = completed(subject).await;
    let settle = async |messages: Vec<regain::store::rows::Message>| {
        let sent = |id| Settlement { message: id, fate: Fate::Sent, last_error: None, audit: vec![] };
        let settlements: Vec<Settlement> = messages.iter().map(|message| sent(message.id)).collect();
        subject.store.settle(&settlements, LOOK).await.expect("a settlement");
    };
    settle(subject.claim_of(Lane::Messages, LOOK - SECOND).await).await;
    settle(subject.claim_of(Lane::Ends, LOOK - SECOND).await).await;

    let queue = subject.store.queue(START).await.expect("a count");
    let next = subject.store.next_due(Lane::Ends, &[tenant("acme")]).await.expect("an answer");
    let messages = subject.claim_of(Lane::Messages, LOOK).await;
    let looks = subject.claim_of(Lane::Ends, LOOK).await;

    assert_eq!((queue.depth, queue.sessions_pending), (0, 0));
    assert_eq!(store.open_end_sessions().await.expect("a count"), 0);
    assert!(!store.has_open_end_sessions(attempt.recovery).await.expect("an answer"));
    assert_eq!(next, Some(LOOK));
    assert!(messages.is_empty());
    assert_eq!(looks.iter().map(|it| it.purpose).collect::<Vec<_>>(), [Purpose::LookAgain { attempt: attempt.id }]);
}

pub(crate) async fn of_many_that_tell_the_same_change_one_does(subject: &Subject) {
    let attempt = completed(subject).await;
    let telling = (0..8).map(|_| {
        let (store, change) = (subject.acme(), late_change(&attempt, LOOK));
        async move { store.changed_again(change, vec![line(Event::LookedAgain, LOOK)]).await.expect("an answer") }
    });

    let told = futures_util::future::join_all(telling).await;

    assert_eq!(told.iter().filter(|told| **told).count(), 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox WHERE purpose = 'changed_again'").await, 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM audit WHERE event = 'recovery.looked_again'").await, 1);
}

pub(crate) async fn a_later_change_is_told_again_and_an_earlier_one_is_not(subject: &Subject) {
    let store = subject.acme();
    let attempt = completed(subject).await;
    let tell = async |changed_at| store.changed_again(late_change(&attempt, changed_at), vec![]).await.expect("it");

    let told = [tell(LOOK).await, tell(LOOK - SECOND).await, tell(LOOK + SECOND).await];

    assert_eq!(told, [true, false, true]);
    let kept = store.attempt(attempt.id).await.expect("an answer").expect("an attempt");
    assert_eq!((kept.credential_at, kept.outcome), (Some(LOOK + SECOND), Outcome::Accepted));
}

pub(crate) async fn a_notice_of_a_late_change_says_when_it_was(subject: &Subject) {
    let attempt = completed(subject).await;
    subject.claim_of(Lane::Messages, LOOK - SECOND).await;
    let changed_at = LOOK - SECOND * 7;

    subject.acme().changed_again(late_change(&attempt, changed_at), vec![]).await.expect("an answer");

    let claimed = subject.claim_of(Lane::Messages, LOOK).await;
    let purposes: Vec<Purpose> = claimed.iter().map(|message| message.purpose).collect();
    assert!(purposes.contains(&Purpose::ChangedAgain { attempt: attempt.id, changed_at }), "{purposes:?}");
}

pub(crate) async fn later_attempts_on_the_account_are_told_but_refused_ones(subject: &Subject) {
    let store = subject.acme();
    let first = completed(subject).await;
    let mut later = Vec::new();
    for turn in 1..4_u32 {
        let at = START + LEASE * turn;
        let (recovery, issue) = delivered(&store, "alice", at).await;
        later.push(enter(&store, &recovery, &issue, "alice", at).await);
    }
    let (bobs, issue) = delivered(&store, "bob", START + LEASE).await;
    enter(&store, &bobs, &issue, "bob", START + LEASE).await;
    store.refuse(None, later[1].id, &account("alice"), line(Event::PasswordRefused, LOOK)).await.expect("a refusal");

    let told = store.later_attempts(&first).await.expect("an answer");

    assert_eq!(told, [later[0].clone(), later[2].clone()]);
}

pub(crate) async fn a_recovery_that_is_to_be_looked_at_again_is_not_purged(subject: &Subject) {
    completed(subject).await;
    let long_after = START + Duration::from_hours(24 * 365);
    let settle_all_but_looks = "UPDATE outbox SET status = 'sent' WHERE purpose <> 'look_again'";
    sea_orm::ConnectionTrait::execute_unprepared(&subject.raw, settle_all_but_looks).await.expect("settled rows");

    let open = subject.store.purge(long_after).await.expect("a purge");
    let looks = subject.claim_of(Lane::Ends, LOOK).await;
    let last = Settlement { message: looks[0].id, fate: Fate::Sent, last_error: None, audit: vec![] };
    subject.store.settle(&[last], LOOK).await.expect("a settlement");
    let settled = subject.store.purge(long_after).await.expect("a purge");

    assert_eq!((open, settled), (0, 1));
}
