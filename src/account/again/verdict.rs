//! Whose hand changed a credential. Pure: it is decided from the attempt, from what else of ours has touched the
//! account since, and from the moment that the provider tells.

use crate::domain::Timestamp;
use crate::store::rows::{Attempt, Outcome};

/// What a look has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A later change of ours was accepted. It is looked at by a row of its own, for longer than this one would.
    Superseded,
    /// Nothing that is not accounted for; or, the provider does not tell.
    NothingNew,
    /// Something, but since a change of ours began that is still running, until then at the latest.
    UnderWay(Timestamp),
    /// The credential was changed inside the attempt, whose outcome nobody knew: it was we.
    OursAfterAll(Timestamp),
    /// Another hand has changed it. After an attempt whose outcome nobody knows this cannot be told from a provider
    /// that applied our password late; it is taken for the worse.
    AnotherHand(Timestamp),
}

/// Decides about `attempt`. `later` are the attempts on the account that began after it, read after `changed_at` was:
/// each of ours stands in the store before the provider is called.
pub(super) fn verdict(attempt: &Attempt, later: &[Attempt], changed_at: Option<Timestamp>, now: Timestamp) -> Verdict {
    if later.iter().any(|other| other.outcome == Outcome::Accepted) {
        return Verdict::Superseded;
    }
    // What is accounted for is kept to the millisecond; a provider may tell it finer.
    let Some(changed_at) = changed_at.map(Timestamp::truncate_to_millisecond) else {
        return Verdict::NothingNew;
    };
    if changed_at <= accounted_for(attempt) {
        return Verdict::NothingNew;
    }
    if attempt.outcome != Outcome::Accepted && changed_at <= attempt.lease_until {
        return Verdict::OursAfterAll(changed_at);
    }
    // From its beginning on, a later attempt answers for what happens: while it runs nobody can tell, and where its
    // outcome stays unknown, it has a row of its own.
    let mut answering = later.iter().filter(|other| changed_at >= other.began_at).peekable();
    if answering.peek().is_none() {
        return Verdict::AnotherHand(changed_at);
    }
    let running = answering.filter(|other| other.outcome == Outcome::Pending && other.lease_until > now);
    running.map(|other| other.lease_until).max().map_or(Verdict::NothingNew, Verdict::UnderWay)
}

/// Up to when changes of the credential are known to be ours, or have been told.
fn accounted_for(attempt: &Attempt) -> Timestamp {
    // Without an end a change of the very millisecond in which the attempt began would not be ours.
    let own = attempt.before.unwrap_or(attempt.began_at - std::time::Duration::from_millis(1));
    attempt.credential_at.map_or(own, |told| told.max(own))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::id::{AccountId, AttemptId, RecoveryId};
    use crate::domain::recovery::{LEASE, Proof, ProofKind};

    const START: Timestamp = time::macros::utc_datetime!(2026-11-20 12:00);
    const LATER: Timestamp = time::macros::utc_datetime!(2026-11-20 13:00);

    fn attempt(began_at: Timestamp, outcome: Outcome) -> Attempt {
        Attempt {
            id: AttemptId::random(),
            recovery: RecoveryId::random(),
            account: AccountId::new("alice"),
            proof: Proof { kind: ProofKind::Link, issue: 1 },
            began_at,
            lease_until: began_at + LEASE,
            outcome,
            before: (outcome == Outcome::Accepted).then(|| began_at + SECOND),
            credential_at: None,
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_was_set_by_us_is_nothing_new_and_what_came_after_is_another_hand() {
        let ours = attempt(START, Outcome::Accepted);
        let found = |changed_at| verdict(&ours, &[], changed_at, LATER);

        assert_eq!(found(None), Verdict::NothingNew);
        assert_eq!(found(Some(START)), Verdict::NothingNew);
        assert_eq!(found(Some(START + SECOND)), Verdict::NothingNew);
        let after = START + SECOND + Duration::from_millis(1);
        assert_eq!(found(Some(after)), Verdict::AnotherHand(after));
    }

    #[test]
    fn what_the_provider_told_after_the_change_is_ours_whatever_its_clock_shows() {
        let ahead = Duration::from_mins(10);
        let ours = Attempt { credential_at: Some(START + ahead), ..attempt(START, Outcome::Accepted) };

        assert_eq!(verdict(&ours, &[], Some(START + ahead), LATER), Verdict::NothingNew);
        let after = START + ahead + SECOND;
        assert_eq!(verdict(&ours, &[], Some(after), LATER), Verdict::AnotherHand(after));
    }

    #[test]
    fn a_moment_finer_than_a_millisecond_is_found_once() {
        let told = START + Duration::from_mins(3);
        let ours = Attempt { credential_at: Some(told), ..attempt(START, Outcome::Accepted) };

        let again = verdict(&ours, &[], Some(told + Duration::from_micros(700)), LATER);

        assert_eq!(again, Verdict::NothingNew);
    }

    #[test]
    fn a_later_change_of_ours_is_looked_at_by_its_own_row() {
        let ours = attempt(START, Outcome::Accepted);
        let second = attempt(START + Duration::from_mins(10), Outcome::Accepted);

        let found = verdict(&ours, std::slice::from_ref(&second), second.before, LATER);

        assert_eq!(found, Verdict::Superseded);
    }

    #[test]
    fn a_change_of_ours_that_is_running_is_waited_for() {
        let ours = attempt(START, Outcome::Accepted);
        let running = attempt(LATER - SECOND, Outcome::Pending);

        let found = verdict(&ours, std::slice::from_ref(&running), Some(LATER), LATER);
        let nothing = verdict(&ours, std::slice::from_ref(&running), ours.before, LATER);
        let before = running.began_at - SECOND;
        let earlier = verdict(&ours, std::slice::from_ref(&running), Some(before), LATER);

        assert_eq!(found, Verdict::UnderWay(running.lease_until));
        assert_eq!(nothing, Verdict::NothingNew);
        assert_eq!(earlier, Verdict::AnotherHand(before), "what stood before it began was not it");
    }

    #[test]
    fn a_later_attempt_of_unknown_outcome_answers_for_what_comes_after_its_beginning() {
        let ours = attempt(START, Outcome::Accepted);
        for outcome in [Outcome::Unknown, Outcome::Pending] {
            let doubtful = attempt(START + Duration::from_mins(10), outcome);
            let found = |changed_at| verdict(&ours, std::slice::from_ref(&doubtful), Some(changed_at), LATER);

            assert_eq!(found(doubtful.began_at), Verdict::NothingNew);
            assert_eq!(found(doubtful.lease_until + SECOND), Verdict::NothingNew);
            let before = doubtful.began_at - SECOND;
            assert_eq!(found(before), Verdict::AnotherHand(before));
        }
    }

    #[test]
    fn an_unknown_outcome_was_ours_inside_the_attempt_and_cannot_be_told_after_it() {
        for outcome in [Outcome::Unknown, Outcome::Pending] {
            let doubtful = attempt(START, outcome);
            let found = |changed_at| verdict(&doubtful, &[], Some(changed_at), LATER);

            assert_eq!(found(START - SECOND), Verdict::NothingNew);
            assert_eq!(found(START), Verdict::OursAfterAll(START));
            assert_eq!(found(doubtful.lease_until), Verdict::OursAfterAll(doubtful.lease_until));
            let after = doubtful.lease_until + SECOND;
            assert_eq!(found(after), Verdict::AnotherHand(after));
        }
    }
}
