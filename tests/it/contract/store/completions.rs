//! A completion closes what else could change the account, and makes sure that the sessions end.

use regain::audit::Event;
use regain::domain::Timestamp;
use regain::domain::message::Purpose;
use regain::domain::recovery::{LEASE, Recovery, State};
use regain::store::Error;
use regain::store::rows::{Attempt, Completion, Entered, Fate, Outcome, Settlement};

use super::{LINK, SECOND, START, Subject, account, delivered, enter, entry, line, row};

/// What completes the recovery as its row stands.
pub(super) fn completion(row: Recovery, attempt: &Attempt, now: Timestamp) -> Completion {
    let (id, account) = (row.id, attempt.account.clone());
    Completion {
        recovery: row.accepted(LINK, now),
        id,
        attempt: attempt.id,
        account,
        before: now,
        credential_at: None,
        look_again: None,
        now,
    }
}

pub(crate) async fn a_completion_closes_the_accounts_other_recoveries_and_no_others(subject: &Subject) {
    let (acme, globex) = (subject.acme(), subject.globex());
    let (mine, issue) = delivered(&acme, "alice", START).await;
    let (same, _) = delivered(&acme, "alice", START).await;
    let (ended, _) = delivered(&acme, "alice", START).await;
    acme.save(&Recovery { state: State::Completed { by: LINK, at: START }, ..ended.clone() }, vec![])
        .await
        .expect("it");
    let (bobs, _) = delivered(&acme, "bob", START).await;
    let (namesake, _) = delivered(&globex, "alice", START).await;
    let attempt = enter(&acme, &mine, &issue, "alice", START).await;
    let now = START + SECOND;

    let completion = completion(row(&acme, mine.id).await, &attempt, now);
    acme.complete(completion, vec![line(Event::PasswordChanged, now)]).await.expect("a completion");

    assert_eq!(row(&acme, mine.id).await.state, State::Completed { by: LINK, at: now });
    let closed = row(&acme, same.id).await;
    assert_eq!((closed.state, closed.version), (State::Closed { at: now }, 1));
    assert_eq!(row(&acme, ended.id).await.state, State::Completed { by: LINK, at: START });
    assert_eq!(row(&acme, bobs.id).await, bobs);
    assert_eq!(row(&globex, namesake.id).await, namesake);
}

pub(crate) async fn a_completion_lets_the_notices_go_and_leaves_the_end_of_sessions_to_its_task_for_a_while(
    subject: &Subject,
) {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    assert_eq!(subject.claim(START).await.len(), 1);
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;
    let now = START + SECOND;
    assert!(subject.claim(now).await.is_empty());

    let completion = completion(row(&store, recovery.id).await, &attempt, now);
    store.complete(completion, vec![]).await.expect("a completion");

    let purposes =
        async |at| -> Vec<Purpose> { subject.claim(at).await.iter().map(|message| message.purpose).collect() };
    assert_eq!(purposes(now).await, [Purpose::Changed { attempt: attempt.id }]);
    assert_eq!(purposes(now + 15 * SECOND).await, [Purpose::EndSessions { attempt: attempt.id }]);
    let attempt = store.attempt(attempt.id).await.expect("an answer").expect("an attempt");
    assert_eq!((attempt.outcome, attempt.before), (Outcome::Accepted, Some(now)));
    assert_eq!(subject.count("SELECT COUNT(*) FROM changing").await, 0);
}

pub(crate) async fn a_completion_whose_end_of_sessions_is_in_a_workers_hand_writes_another(subject: &Subject) {
    let store = subject.acme();
    let (recovery, issue) = delivered(&store, "alice", START).await;
    let attempt = enter(&store, &recovery, &issue, "alice", START).await;
    let ends = Purpose::EndSessions { attempt: attempt.id };
    let late = START + LEASE;
    let claimed = subject.claim(late).await;
    let in_hand = claimed.iter().find(|message| message.purpose == ends).expect("the end of sessions");

    let completion = completion(row(&store, recovery.id).await, &attempt, late + SECOND);
    store.complete(completion, vec![]).await.expect("a completion");
    let done = Settlement { message: in_hand.id, fate: Fate::Sent, last_error: None, audit: vec![] };
    subject.store.settle(&[done], late + SECOND).await.expect("a settlement");

    let again = subject.claim(late + SECOND).await;
    assert_eq!(again.iter().filter(|message| message.purpose == ends).count(), 1);
    assert_eq!(store.open_end_sessions().await.expect("a count"), 1);
}

pub(crate) async fn a_completion_of_an_attempt_releases_only_its_own_hold(subject: &Subject) {
    let store = subject.acme();
    let (first, first_issue) = delivered(&store, "alice", START).await;
    let (second, second_issue) = delivered(&store, "alice", START).await;
    let (third, third_issue) = delivered(&store, "alice", START).await;
    let late = enter(&store, &first, &first_issue, "alice", START).await;
    let now = START + LEASE;
    enter(&store, &second, &second_issue, "alice", now).await;

    let completion = completion(row(&store, first.id).await, &late, now);
    store.complete(completion, vec![]).await.expect("a late completion");

    let busy = store.enter(entry(&third, &third_issue, "alice", now)).await;
    assert_eq!(busy.expect("an answer"), Entered::Busy);
    assert_eq!(store.attempt(late.id).await.expect("an answer").expect("it").account, account("alice"));
}

pub(crate) async fn attempts_of_many_on_one_account_settle_whatever_their_order(subject: &Subject) {
    let mut begun = Vec::new();
    for _ in 0..8 {
        begun.push(delivered(&subject.acme(), "alice", START).await);
    }

    // Each comes when the lease before it is over, and all at the same moment: takeovers, completions and closings
    // meet in every order.
    let tasks = (0_u32..).zip(begun.clone()).map(|(turn, (recovery, issue))| {
        let store = subject.acme();
        async move {
            let now = START + LEASE * turn;
            let entry = entry(&recovery, &issue, "alice", now);
            let attempt = entry.attempt.clone();
            match store.enter(entry).await {
                Ok(Entered::Held) => {}
                Ok(Entered::Busy) | Err(Error::Conflict) => return 0,
                Err(error) => panic!("{error}"),
            }
            loop {
                let completion = completion(row(&store, recovery.id).await, &attempt, now);
                match store.complete(completion, vec![]).await {
                    Ok(()) => return 1,
                    Err(Error::Conflict) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    });
    let completed: i64 = futures_util::future::join_all(tasks).await.iter().sum();

    assert!(completed >= 1);
    let ended = subject.count("SELECT COUNT(*) FROM recovery WHERE state = 'completed'").await;
    assert_eq!(ended, completed);
    assert_eq!(subject.count("SELECT COUNT(*) FROM recovery WHERE state IN ('open', 'changing')").await, 0);
    assert_eq!(subject.acme().open_end_sessions().await.expect("a count"), completed.unsigned_abs());
}
