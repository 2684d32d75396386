//! A recovery begins by one insert and moves by compare-and-swap.

use regain::audit::Event;
use regain::domain::id::{AttemptId, MessageId, RecoveryId};
use regain::domain::message::Purpose;
use regain::domain::method::Method;
use regain::domain::recovery::{COOL_DOWN, CodesClosed, LEASE, Proof, ProofKind, Recovery, State};
use regain::store::Error;
use regain::store::rows::Delivery;

use super::{SECOND, START, Subject, begun, delivery, insert, line, row};

pub(crate) async fn a_recovery_reads_back_as_it_was_begun(subject: &Subject) {
    let new = begun(START);
    let (recovery, issue, request) = (new.recovery.clone(), new.issue.clone(), new.request.clone());
    let message = new.message;

    subject.acme().insert_recovery(new, line(Event::RecoveryRequested, START)).await.expect("a recovery");

    let loaded = subject.acme().recovery(recovery.id).await.expect("an answer").expect("a recovery");
    assert_eq!((loaded.recovery, loaded.issues, loaded.request), (recovery.clone(), vec![issue], request));
    assert!(loaded.deliveries.is_empty());
    let claimed = subject.claim(START).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id, claimed[0].recovery), (message, recovery.id));
    assert_eq!((claimed[0].purpose, claimed[0].tries), (Purpose::Recovery { issue: 1 }, 0));
    let nobody = subject.acme().recovery(RecoveryId::random()).await.expect("an answer");
    assert!(nobody.is_none());
}

pub(crate) async fn every_state_reads_back_as_it_was_saved(subject: &Subject) {
    let (first, _) = insert(&subject.acme(), START).await;
    let reset = Proof { kind: ProofKind::Reset, issue: 2 };
    let states = [
        State::Changing { attempt: AttemptId::random(), proof: reset, lease_until: START + LEASE },
        State::Completed { by: reset, at: START + SECOND },
        State::Closed { at: START + SECOND },
        State::Open,
    ];

    for (version, state) in (0..).zip(states) {
        let moved = Recovery {
            version,
            codes_left: 3,
            codes_closed: Some(CodesClosed { at: START + SECOND, issue: Some(2) }),
            cancelled_at: Some(START),
            passwords_left: 4,
            state,
            ..first.clone()
        };
        subject.acme().save(&moved, vec![]).await.expect("a save");

        assert_eq!(row(&subject.acme(), first.id).await, Recovery { version: version + 1, ..moved });
    }
}

pub(crate) async fn of_many_that_save_the_same_version_exactly_one_wins(subject: &Subject) {
    let (recovery, _) = insert(&subject.acme(), START).await;

    let saves = (1..=12).map(|codes_left| {
        let (store, moved) = (subject.acme(), Recovery { codes_left, ..recovery.clone() });
        async move { (codes_left, store.save(&moved, vec![line(Event::CodeFailed, START)]).await) }
    });
    let answers = futures_util::future::join_all(saves).await;

    let winners: Vec<u8> = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(left, _)| *left).collect();
    assert_eq!(winners.len(), 1);
    assert!(answers.iter().all(|(_, answer)| matches!(answer, Ok(()) | Err(Error::Conflict))));
    let row = row(&subject.acme(), recovery.id).await;
    assert_eq!((row.version, row.codes_left), (1, winners[0]));
    assert_eq!(subject.count("SELECT COUNT(*) FROM audit WHERE event = 'recovery.code_failed'").await, 1);
}

pub(crate) async fn a_conflict_writes_nothing_else_either(subject: &Subject) {
    let (recovery, issue) = insert(&subject.acme(), START).await;
    let stale = Recovery { version: 7, ..recovery.clone() };
    let next = stale.reissue(&issue, Method::EmailOtp, 8, START + COOL_DOWN).expect("an issue");
    let audit = line(Event::CodeFailed, START);

    let saved = subject.acme().save(&stale, vec![audit.clone()]).await;
    let issued = subject.acme().save_issue(&stale, &next, MessageId::new(START), audit).await;

    assert!(matches!((saved, issued), (Err(Error::Conflict), Err(Error::Conflict))));
    assert_eq!(subject.count("SELECT COUNT(*) FROM audit").await, 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM issue").await, 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox").await, 1);
}

pub(crate) async fn a_further_issue_comes_with_its_message(subject: &Subject) {
    let (recovery, issue) = insert(&subject.acme(), START).await;
    let now = START + COOL_DOWN;
    let next = recovery.reissue(&issue, Method::EmailOtp, 8, now).expect("an issue");

    let audit = line(Event::RecoveryRequested, now);
    subject.acme().save_issue(&recovery, &next, MessageId::new(now), audit).await.expect("an issue");

    let loaded = subject.acme().recovery(recovery.id).await.expect("an answer").expect("a recovery");
    assert_eq!(loaded.issues, [issue, next]);
    assert_eq!(loaded.recovery.version, 1);
    let purposes: Vec<Purpose> = subject.claim(now).await.iter().map(|message| message.purpose).collect();
    assert_eq!(purposes, [Purpose::Recovery { issue: 1 }, Purpose::Recovery { issue: 2 }]);
}

pub(crate) async fn a_delivery_keeps_what_was_written_first(subject: &Subject) {
    let (recovery, _) = insert(&subject.acme(), START).await;
    let first = delivery("alice", START);

    subject.acme().save_delivery(recovery.id, &first).await.expect("a delivery");
    let nobody = Delivery { issue: 1, at: START + SECOND, account: None, digits: 0, refuse_at: None };
    subject.acme().save_delivery(recovery.id, &nobody).await.expect("no refusal");

    let loaded = subject.acme().recovery(recovery.id).await.expect("an answer").expect("a recovery");
    assert_eq!(loaded.deliveries, [first]);
    assert_eq!(loaded.recovery.version, 0);
}

pub(crate) async fn a_failed_job_does_not_hurt_its_neighbours(subject: &Subject) {
    let (taken, _) = insert(&subject.acme(), START).await;
    let audit = || line(Event::RecoveryRequested, START);

    let jobs = (0..60).map(|number| {
        let (store, taken) = (subject.acme(), taken.clone());
        async move {
            match number % 3 {
                0 => store.insert_recovery(begun(START), audit()).await,
                1 => {
                    let twice = begun(START);
                    let twice = regain::store::rows::NewRecovery { recovery: taken, ..twice };
                    store.insert_recovery(twice, audit()).await
                }
                _ => store.save(&Recovery { version: 99, ..taken }, vec![audit()]).await,
            }
        }
    });
    let answers = futures_util::future::join_all(jobs).await;

    for (number, answer) in answers.iter().enumerate() {
        match number % 3 {
            0 => assert!(answer.is_ok(), "{answer:?}"),
            1 => assert!(matches!(answer, Err(Error::Exists)), "{answer:?}"),
            _ => assert!(matches!(answer, Err(Error::Conflict)), "{answer:?}"),
        }
    }
    assert_eq!(subject.count("SELECT COUNT(*) FROM recovery").await, 21);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox").await, 21);
    assert_eq!(subject.count("SELECT COUNT(*) FROM audit").await, 21);
}

pub(crate) async fn what_a_caller_no_longer_waits_for_is_done_all_the_same(subject: &Subject) {
    let new = begun(START);
    let id = new.recovery.id;
    let store = subject.acme();
    let mut asked = Box::pin(store.insert_recovery(new, line(Event::RecoveryRequested, START)));

    let answer = futures_util::poll!(asked.as_mut());
    drop(asked);

    // On PostgreSQL nothing is promised of a statement that was never sent.
    if subject.store.kind() == regain::store::Kind::Sqlite {
        assert!(answer.is_pending());
        insert(&store, START).await;
        assert!(store.recovery(id).await.expect("an answer").is_some());
    }
}
