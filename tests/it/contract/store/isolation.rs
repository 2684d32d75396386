//! No tenant reaches another one's rows, whatever it names.

use regain::audit::Event;
use regain::domain::recovery::LEASE;
use regain::store::Error;
use regain::store::rows::{Attempt, Completion, Outcome};

use super::again::late_change;
use super::{START, Subject, account, delivered, enter, line, row};

pub(crate) async fn one_tenant_never_sees_anothers_rows(subject: &Subject) {
    let (acme, globex) = (subject.acme(), subject.globex());
    let (mine, issue) = delivered(&acme, "alice", START).await;
    let attempt = enter(&acme, &mine, &issue, "alice", START).await;
    let held = row(&acme, mine.id).await;
    let audit = || line(Event::RecoveryFailed, START);

    assert!(globex.recovery(mine.id).await.expect("an answer").is_none());
    assert!(globex.attempt(attempt.id).await.expect("an answer").is_none());
    assert!(matches!(globex.save(&held, vec![]).await, Err(Error::Conflict)));
    globex.refuse(None, attempt.id, &account("alice"), audit()).await.expect("nothing of its own");
    globex.unknown(attempt.id, audit()).await.expect("nothing of its own");
    globex.leave_open(&attempt, None, START).await.expect("nothing of its own");
    assert!(!globex.changed_again(late_change(&attempt, START), vec![]).await.expect("nothing of its own"));
    let early = Attempt { began_at: START - LEASE, ..attempt.clone() };
    assert_eq!(acme.later_attempts(&early).await.expect("an answer").len(), 1);
    assert!(globex.later_attempts(&early).await.expect("an answer").is_empty());
    let foreign = Completion {
        recovery: None,
        id: mine.id,
        attempt: attempt.id,
        account: account("alice"),
        before: START,
        credential_at: None,
        look_again: Some(START),
        now: START,
    };
    globex.complete(foreign, vec![]).await.expect("nothing of its own");

    assert_eq!(row(&acme, mine.id).await, held);
    assert_eq!(acme.attempt(attempt.id).await.expect("an answer").expect("it").outcome, Outcome::Pending);
    assert_eq!(acme.open_end_sessions().await.expect("a count"), 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox WHERE status = 'held' AND tenant = 'acme'").await, 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox WHERE purpose IN ('look_again', 'changed_again')").await, 0);
    assert_eq!(subject.count("SELECT COUNT(*) FROM changing WHERE tenant = 'acme'").await, 1);
    let unknown = globex.unknown_attempts(&account("alice"), START, START + LEASE).await.expect("an answer");
    assert!(unknown.is_empty());
    let events = globex.audit(100).await.expect("the audit");
    assert!(events.iter().all(|line| line.event == "recovery.failed"));
}
