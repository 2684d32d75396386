//! What the state machine promises: each rule by itself, and whatever happens in whatever order.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, RecoveryId};
use crate::domain::issue::Issue;
use crate::domain::method::Method;

const TERMS: Terms =
    Terms { link_life: Duration::from_mins(20), code_life: Duration::from_mins(10), attempts: 5, digits: 8 };
const START: Timestamp = Timestamp::UNIX_EPOCH;
const LINK: Proof = Proof { kind: ProofKind::Link, issue: 1 };
const RESET: Proof = Proof { kind: ProofKind::Reset, issue: 1 };

fn begun() -> (Recovery, Issue) {
    Recovery::start(RecoveryId::random(), 1, Method::EmailLink, TERMS, START)
}

#[test]
fn a_link_lives_its_minutes_and_no_longer() {
    let (recovery, issue) = begun();
    let last = START + Duration::from_millis(20 * 60 * 1000 - 1);

    assert_eq!(recovery.standing(LINK, &issue, last), Standing::Live);
    assert_eq!(recovery.standing(LINK, &issue, START + TERMS.link_life), Standing::Over);
}

#[test]
fn a_second_attempt_is_busy_until_the_lease_is_over() {
    let (recovery, issue) = begun();
    let held = recovery.enter(LINK, &issue, AttemptId::random(), START).expect("an open recovery");

    let soon = held.clone().enter(LINK, &issue, AttemptId::random(), START + LEASE / 2);
    let later = held.enter(LINK, &issue, AttemptId::random(), START + LEASE);

    assert_eq!(soon, Err(Refusal::Busy));
    assert!(later.is_ok());
}

#[test]
fn a_refusal_gives_the_proof_back_five_times() {
    let (mut recovery, issue) = begun();
    for left in (0..PASSWORDS).rev() {
        let attempt = AttemptId::random();
        let held = recovery.enter(LINK, &issue, attempt, START).expect("a live proof");
        recovery = held.refused(attempt, START).expect("the holder's refusal");
        assert_eq!(recovery.passwords_left, left);
    }

    assert_eq!(recovery.standing(LINK, &issue, START), Standing::Over);
}

#[test]
fn done_is_for_the_proof_that_did_it() {
    let (recovery, issue) = begun();
    let completed = recovery.accepted(LINK, START).expect("the first acceptance");

    assert_eq!(completed.standing(LINK, &issue, START), Standing::Done { at: START });
    assert_eq!(completed.standing(RESET, &issue, START), Standing::Over);
    assert_eq!(completed.clone().accepted(RESET, START), None);
    assert_eq!(completed.enter(LINK, &issue, AttemptId::random(), START), Err(Refusal::Over));
}

#[test]
fn not_me_kills_codes_and_reset_tokens_and_leaves_the_link() {
    let (recovery, issue) = begun();
    let (proven, verdict) = recovery.guess(Some(1), START);
    assert_eq!(verdict, Verdict::Right { issue: 1 });
    assert_eq!(proven.standing(RESET, &issue, START), Standing::Live);

    let cancelled = proven.cancel(START);

    assert_eq!(cancelled.standing(RESET, &issue, START), Standing::Over);
    assert_eq!(cancelled.standing(LINK, &issue, START), Standing::Live);
    assert!(!cancelled.may_deliver(&issue, START));
}

#[test]
fn a_message_is_sent_while_there_is_time_to_use_it() {
    let (recovery, issue) = begun();
    let minutes = |minutes| START + Duration::from_mins(minutes);

    assert!(recovery.may_deliver(&issue, minutes(17)));
    assert!(!recovery.may_deliver(&issue, minutes(17) + Duration::from_millis(1)));
}

/// Lives of a minute are allowed, and once nothing that lives shorter than [`LEAST_LIFE`] was ever sent.
#[test]
fn a_message_of_a_short_life_is_sent_during_its_first_half() {
    let terms = Terms { link_life: Duration::from_mins(1), code_life: Duration::from_mins(2), ..TERMS };
    for (method, half) in [(Method::EmailLink, 30), (Method::EmailOtp, 60), (Method::SmsOtp, 60)] {
        let (recovery, issue) = Recovery::start(RecoveryId::random(), 1, method, terms, START);
        let half = START + Duration::from_secs(half);

        assert!(recovery.may_deliver(&issue, half), "{method:?}");
        assert!(!recovery.may_deliver(&issue, half + Duration::from_millis(1)), "{method:?}");
    }
}

#[test]
fn after_not_me_a_right_code_is_a_wrong_one() {
    let (recovery, _) = begun();

    let (_, verdict) = recovery.cancel(START).guess(Some(1), START);

    assert_eq!(verdict, Verdict::Wrong { left: 4 });
}

#[test]
fn a_reset_token_stands_for_the_message_whose_code_was_right_and_for_no_other() {
    let (recovery, first) = begun();
    let second = recovery.reissue(&first, Method::EmailOtp, 8, START + COOL_DOWN).expect("an issue");
    let now = second.at;

    let (recovery, _) = recovery.guess(Some(2), now);

    assert_eq!(recovery.standing(RESET, &first, now), Standing::Over);
    assert_eq!(recovery.standing(Proof { issue: 2, ..RESET }, &second, now), Standing::Live);
}

#[test]
fn the_code_of_a_recovery_that_has_ended_is_a_wrong_one() {
    let (recovery, _) = begun();
    let completed = recovery.clone().accepted(LINK, START).expect("the first acceptance");
    let closed = recovery.close(START);

    for ended in [completed, closed] {
        let (after, verdict) = ended.guess(Some(1), START);

        assert_eq!(verdict, Verdict::Wrong { left: 4 });
        assert_eq!(after.codes_closed, None);
    }
}

#[test]
fn a_right_code_closes_the_codes() {
    let (recovery, _) = begun();
    let (recovery, first) = recovery.guess(Some(1), START);
    let (recovery, second) = recovery.guess(Some(1), START);

    assert_eq!(first, Verdict::Right { issue: 1 });
    assert_eq!(second, Verdict::Wrong { left: 4 });
    assert_eq!(recovery.codes_left, 4);
}

#[test]
fn issues_go_by_time_alone() {
    let (recovery, issue) = begun();
    let closed = recovery.clone().close(START);

    for recovery in [recovery, closed] {
        let at = |seconds| recovery.reissue(&issue, Method::EmailLink, 8, START + Duration::from_secs(seconds));
        assert_eq!(at(59), Err(NoIssue::TooSoon { again_at: START + COOL_DOWN }));
        assert_eq!(at(60).map(|issue| issue.number), Ok(2));
        assert_eq!(at(40 * 60), Err(NoIssue::WindowOver));
    }
}

#[test]
fn no_life_is_cut_by_the_end_of_the_recovery() {
    let (recovery, issue) = begun();
    let last_moment = START + ISSUE_WINDOW - Duration::from_millis(1);
    let last = recovery.reissue(&issue, Method::EmailLink, 8, last_moment).expect("an issue");

    assert!(last.at + TERMS.link_life <= recovery.expires_at);
}

#[derive(Clone, Debug)]
enum Act {
    Guess(Option<u8>),
    Enter(bool),
    Refuse,
    Accept,
    Cancel,
    Close,
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        prop_oneof![Just(None), Just(Some(1))].prop_map(Act::Guess),
        any::<bool>().prop_map(Act::Enter),
        Just(Act::Refuse),
        Just(Act::Accept),
        Just(Act::Cancel),
        Just(Act::Close),
        (0..900_u16).prop_map(Act::Wait),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_machine_keeps_its_promises(acts in proptest::collection::vec(act(), 0..60)) {
        let (mut recovery, issue) = begun();
        let mut now = START;
        let mut verdicts = 0_u8;
        let mut rights = 0_u8;
        let mut completions = 0_u8;
        let mut entered: Option<(AttemptId, Proof)> = None;
        for act in acts {
            match act {
                Act::Guess(right) => {
                    let (next, verdict) = recovery.guess(right, now);
                    recovery = next;
                    match verdict {
                        Verdict::Right { .. } => rights += 1,
                        Verdict::Wrong { .. } => verdicts += 1,
                        Verdict::Closed => prop_assert_eq!(recovery.codes_left, 0),
                    }
                }
                Act::Enter(by_link) => {
                    let proof = if by_link { LINK } else { RESET };
                    let attempt = AttemptId::random();
                    let was = recovery.standing(proof, &issue, now);
                    if let Ok(next) = recovery.clone().enter(proof, &issue, attempt, now) {
                        // No path to `Changing` without a living proof.
                        prop_assert_eq!(was, Standing::Live);
                        recovery = next;
                        entered = Some((attempt, proof));
                    }
                }
                Act::Refuse => {
                    if let Some((attempt, _)) = entered
                        && let Some(next) = recovery.clone().refused(attempt, now)
                    {
                        recovery = next;
                    }
                }
                Act::Accept => {
                    if let Some((_, proof)) = entered
                        && let Some(next) = recovery.clone().accepted(proof, now)
                    {
                        recovery = next;
                        completions += 1;
                    }
                }
                Act::Cancel => recovery = recovery.cancel(now),
                Act::Close => recovery = recovery.close(now),
                Act::Wait(seconds) => now += Duration::from_secs(u64::from(seconds)),
            }
            prop_assert!(verdicts <= TERMS.attempts, "more wrong verdicts than attempts");
            prop_assert!(rights <= 1, "a right code counts once");
            prop_assert!(completions <= 1, "one Completed");
            if completions == 1 {
                prop_assert!(matches!(recovery.state, State::Completed { .. }), "nothing leaves Completed");
            }
            if recovery.is_expired(now) {
                prop_assert!(!matches!(recovery.standing(LINK, &issue, now), Standing::Live));
            }
        }
    }
}
