//! The outbox: fair, in one hand at a time, and back again when a hand lets go.

use std::collections::HashSet;
use std::time::Duration;

use regain::audit::Event;
use regain::domain::Timestamp;
use regain::domain::id::{MessageId, TenantId};
use regain::domain::recovery::LEASE;
use regain::store::rows::{Claim, Fate, Lane, Queue, Settlement};
use sea_orm::ConnectionTrait;

use super::{SECOND, START, Subject, delivered, enter, insert, line, tenant};

fn settlement(message: MessageId, fate: Fate) -> Settlement {
    Settlement { message, fate, last_error: None, audit: vec![] }
}

pub(crate) async fn claims_go_round_the_tenants_oldest_first(subject: &Subject) {
    for second in 0..20 {
        insert(&subject.acme(), START + SECOND * second).await;
    }
    insert(&subject.globex(), START + SECOND * 30).await;
    insert(&subject.globex(), START + SECOND * 31).await;
    let now = START + SECOND * 60;
    let tenants = [tenant("acme"), tenant("globex")];
    let claim =
        Claim { lane: Lane::Messages, now, lease_until: now + LEASE, tenants: &tenants, per_tenant: 4, most: 5 };

    let mut turns = Vec::new();
    for _ in 0..2 {
        let claimed = subject.store.claim(claim).await.expect("a claim");
        let told: Vec<(String, i64)> = claimed
            .iter()
            .map(|message| (message.tenant.to_string(), (message.created_at - START).whole_seconds()))
            .collect();
        turns.push(told);
    }

    let told = |list: &[(&str, i64)]| list.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect::<Vec<_>>();
    assert_eq!(turns[0], told(&[("acme", 0), ("globex", 30), ("acme", 1), ("globex", 31), ("acme", 2)]));
    assert_eq!(turns[1], told(&[("acme", 3), ("acme", 4), ("acme", 5), ("acme", 6)]));
}

pub(crate) async fn what_a_next_hop_tells_reaches_messages_of_its_tenant_alone(subject: &Subject) {
    insert(&subject.acme(), START).await;
    let message = subject.claim(START).await.remove(0).id;
    subject.store.settle(&[settlement(message, Fate::Sent)], START).await.expect("a settlement");
    let noted = "SELECT count(*) FROM outbox WHERE last_error = 'channel_blocked'";

    subject.globex().note_end(message, Some("channel_blocked")).await.expect("a store");
    let by_another = subject.count(noted).await;
    subject.acme().note_end(message, Some("channel_blocked")).await.expect("a store");

    assert_eq!((by_another, subject.count(noted).await), (0, 1));
}

pub(crate) async fn no_row_is_in_two_hands(subject: &Subject) {
    for _ in 0..40 {
        insert(&subject.acme(), START).await;
        insert(&subject.globex(), START).await;
    }
    let tenants = [tenant("acme"), tenant("globex")];

    let workers = (0..8).map(|_| async {
        let mut mine: Vec<MessageId> = Vec::new();
        loop {
            let claim = Claim {
                lane: Lane::Messages,
                now: START,
                lease_until: START + LEASE,
                tenants: &tenants,
                per_tenant: 3,
                most: 5,
            };
            let claimed = subject.store.claim(claim).await.expect("a claim");
            if claimed.is_empty() {
                return mine;
            }
            mine.extend(claimed.iter().map(|message| message.id));
        }
    });
    let hands = futures_util::future::join_all(workers).await.concat();

    // Rows that nobody got because all were quick at the same time are there for the next look.
    let rest = subject.claim(START).await;
    let all: HashSet<MessageId> = hands.iter().copied().chain(rest.iter().map(|message| message.id)).collect();
    assert_eq!(hands.len() + rest.len(), 80);
    assert_eq!(all.len(), 80);
}

pub(crate) async fn a_claim_whose_lease_is_over_can_be_taken_over(subject: &Subject) {
    insert(&subject.acme(), START).await;
    let first = subject.claim(START).await;

    let within = subject.claim(START + LEASE - SECOND).await;
    let after = subject.claim(START + LEASE).await;

    assert!(within.is_empty());
    assert_eq!(after[0].id, first[0].id);
    assert_eq!((first[0].tries, after[0].tries), (0, 1));
    assert_eq!((first[0].is_interrupted, after[0].is_interrupted), (false, true), "nobody said what became of it");
}

pub(crate) async fn a_message_to_be_tried_again_comes_back_at_its_time(subject: &Subject) {
    insert(&subject.acme(), START).await;
    let claimed = subject.claim(START).await;
    let at = START + Duration::from_mins(2);
    let retry = Settlement {
        last_error: Some("timeout".to_owned()),
        audit: vec![line(Event::MessageFailed, START + SECOND)],
        ..settlement(claimed[0].id, Fate::Retry { at })
    };

    subject.store.settle(&[retry], START).await.expect("a settlement");

    assert!(subject.claim(at - SECOND).await.is_empty());
    let again = subject.claim(at).await;
    assert!(again.iter().all(|message| !message.is_interrupted), "a failure that is known is no interruption");
    assert_eq!((again[0].id, again[0].tries), (claimed[0].id, 1));
    let told = subject.acme().audit(1).await.expect("the audit");
    assert_eq!(told[0].event, "recovery.message_failed");
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox WHERE last_error = 'timeout'").await, 1);
}

pub(crate) async fn a_settled_message_stays_settled(subject: &Subject) {
    for _ in 0..3 {
        insert(&subject.acme(), START).await;
    }
    let claimed = subject.claim(START).await;
    let fates = [Fate::Sent, Fate::Dropped, Fate::Abandoned];
    let settlements: Vec<Settlement> =
        claimed.iter().zip(fates).map(|(message, fate)| settlement(message.id, fate)).collect();

    subject.store.settle(&settlements, START).await.expect("a settlement");
    let slow: Vec<Settlement> =
        claimed.iter().map(|message| settlement(message.id, Fate::Retry { at: START })).collect();
    subject.store.settle(&slow, START).await.expect("no failure");
    subject.store.settle(&[], START).await.expect("nothing to do");

    assert!(subject.claim(START + LEASE).await.is_empty());
    for status in ["sent", "dropped", "abandoned"] {
        let question = format!("SELECT COUNT(*) FROM outbox WHERE status = '{status}' AND settled_at IS NOT NULL");
        assert_eq!(subject.count(&question).await, 1);
    }
}

pub(crate) async fn purposes_of_a_newer_version_are_left_alone(subject: &Subject) {
    for _ in 0..3 {
        insert(&subject.acme(), START).await;
    }
    for purpose in ["look_away", "sing_a_song"] {
        let text = format!(
            "UPDATE outbox SET purpose = '{purpose}', issue = NULL WHERE id = \
             (SELECT id FROM outbox WHERE purpose = 'recovery' ORDER BY id LIMIT 1)"
        );
        subject.raw.execute_unprepared(&text).await.expect("a newer version's row");
    }

    let claimed = subject.claim(START + LEASE).await;

    assert_eq!(claimed.len(), 1);
    assert_eq!(subject.count("SELECT COUNT(*) FROM outbox WHERE lease_until IS NULL").await, 2);
    let next = subject.store.next_due(Lane::Messages, &[tenant("acme")]).await.expect("an answer");
    assert_eq!(next, Some(START + LEASE + LEASE));
}

pub(crate) async fn tenants_that_are_not_asked_for_pause(subject: &Subject) {
    insert(&subject.acme(), START).await;
    insert(&subject.globex(), START).await;
    let claim_for = async |tenants: &[TenantId]| {
        let claim =
            Claim { lane: Lane::Messages, now: START, lease_until: START + LEASE, tenants, per_tenant: 9, most: 9 };
        subject.store.claim(claim).await.expect("a claim")
    };

    let nobody = claim_for(&[]).await;
    let one = claim_for(&[tenant("globex")]).await;

    assert!(nobody.is_empty());
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].tenant, tenant("globex"));
    assert_eq!(subject.store.next_due(Lane::Messages, &[]).await.expect("an answer"), None);
    assert_eq!(subject.store.next_due(Lane::Messages, &[tenant("acme")]).await.expect("an answer"), Some(START));
}

pub(crate) async fn the_queue_is_counted_and_its_next_turn_known(subject: &Subject) {
    let store = subject.acme();
    let empty = subject.store.queue(START).await.expect("a count");
    let (recovery, issue) = delivered(&store, "alice", START).await;
    enter(&store, &recovery, &issue, "alice", START).await;

    let queue = subject.store.queue(START + SECOND * 5).await.expect("a count");
    subject.claim(START).await;
    let next: Option<Timestamp> = subject.store.next_due(Lane::Messages, &[tenant("acme")]).await.expect("an answer");

    assert_eq!(empty, Queue { depth: 0, oldest_age: None, sessions_pending: 0 });
    assert_eq!(queue, Queue { depth: 2, oldest_age: Some(SECOND * 5), sessions_pending: 1 });
    assert_eq!(next, Some(START + LEASE));
}

pub(crate) async fn new_messages_ring(subject: &Subject) {
    let rung = subject.store.changed().notified();

    insert(&subject.acme(), START).await;

    rung.await;
}
