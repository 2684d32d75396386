//! The transitions: each takes the old value and the time, and gives the new value or the reason why not.

use super::{
    COOL_DOWN, CodesClosed, ISSUE_WINDOW, LEASE, LEAST_LIFE, NoIssue, PASSWORDS, Proof, ProofKind, RESET_LIFE,
    Recovery, Refusal, Standing, State, Terms, Verdict,
};
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, RecoveryId};
use crate::domain::issue::Issue;
use crate::domain::method::Method;

impl Recovery {
    /// Begins a recovery and its first issue.
    #[must_use]
    pub fn start(id: RecoveryId, key_id: u8, method: Method, terms: Terms, now: Timestamp) -> (Self, Issue) {
        let longest_life = terms.link_life.max(terms.code_life);
        let recovery = Self {
            id,
            version: 0,
            key_id,
            started_at: now,
            expires_at: now + ISSUE_WINDOW + longest_life,
            terms,
            codes_left: terms.attempts,
            codes_closed: None,
            cancelled_at: None,
            passwords_left: PASSWORDS,
            state: State::Open,
        };
        (recovery, Issue { number: 1, at: now, method, digits: terms.digits })
    }

    /// The recovery as it is at `now`: an attempt whose lease is over holds nothing any more.
    #[must_use]
    pub fn as_of(self, now: Timestamp) -> Self {
        match self.state {
            State::Changing { lease_until, .. } if now >= lease_until => Self { state: State::Open, ..self },
            State::Changing { .. } | State::Open | State::Completed { .. } | State::Closed { .. } => self,
        }
    }

    /// Whether nothing of it lives any more.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Makes the next issue. It goes by time alone, so that nobody learns from it what has happened elsewhere
    /// (invariant 9).
    pub fn reissue(&self, last: &Issue, method: Method, digits: u8, now: Timestamp) -> Result<Issue, NoIssue> {
        let again_at = last.at + COOL_DOWN;
        if now < again_at {
            return Err(NoIssue::TooSoon { again_at });
        }
        let number = last.number.checked_add(1).ok_or(NoIssue::WindowOver)?;
        if now >= self.started_at + ISSUE_WINDOW {
            return Err(NoIssue::WindowOver);
        }
        Ok(Issue { number, at: now, method, digits })
    }

    /// Whether a message of this recovery may still be sent: nothing has ended it, and enough of its life is left.
    #[must_use]
    pub fn may_deliver(&self, issue: &Issue, now: Timestamp) -> bool {
        let ended = match self.state {
            State::Open | State::Changing { .. } => self.cancelled_at.is_some(),
            State::Completed { .. } | State::Closed { .. } => true,
        };
        !ended && now + LEAST_LIFE <= self.secret_expires_at(issue)
    }

    /// When the secret that an issue's message is about dies: its link's life for a link, its code's for a code.
    #[must_use]
    pub fn secret_expires_at(&self, issue: &Issue) -> Timestamp {
        match issue.method {
            Method::EmailLink => issue.at + self.terms.link_life,
            Method::EmailOtp | Method::SmsOtp => issue.at + self.terms.code_life,
        }
    }

    /// Whether the code of `issue` counts at `now`; that its delivery was committed is for the caller to know.
    #[must_use]
    pub fn is_code_alive(&self, issue: &Issue, now: Timestamp) -> bool {
        now < issue.at + self.terms.code_life && !self.is_expired(now)
    }

    /// Judges a typed code. `right` is the issue whose living, delivered code it is. A right code closes the codes;
    /// after that, and after "not me", every code is answered as a wrong one and counts down like one.
    #[must_use]
    pub fn guess(self, right: Option<u8>, now: Timestamp) -> (Self, Verdict) {
        if self.codes_left == 0 {
            return (self, Verdict::Closed);
        }
        match right {
            Some(issue) if self.codes_closed.is_none() && self.takes_codes() => {
                let codes_closed = Some(CodesClosed { at: now, issue: Some(issue) });
                (Self { codes_closed, ..self }, Verdict::Right { issue })
            }
            Some(_) | None => {
                let left = self.codes_left - 1;
                let verdict = if left == 0 { Verdict::Closed } else { Verdict::Wrong { left } };
                (Self { codes_left: left, ..self }, verdict)
            }
        }
    }

    /// A right code for a recovery that has ended is a wrong one.
    fn takes_codes(&self) -> bool {
        match self.state {
            State::Open | State::Changing { .. } => true,
            State::Completed { .. } | State::Closed { .. } => false,
        }
    }

    /// How the recovery looks to the holder of a genuine `proof`, whose issue is `issue`.
    #[must_use]
    pub fn standing(&self, proof: Proof, issue: &Issue, now: Timestamp) -> Standing {
        if self.is_expired(now) {
            return Standing::Over;
        }
        match self.state {
            State::Completed { by, at } if by == proof => Standing::Done { at },
            State::Completed { .. } | State::Closed { .. } => Standing::Over,
            State::Open | State::Changing { .. } if self.passwords_left == 0 && !self.is_held() => Standing::Over,
            State::Open | State::Changing { .. } => match proof.kind {
                ProofKind::Link if now < issue.at + self.terms.link_life => Standing::Live,
                ProofKind::Reset if self.is_reset_alive(proof.issue, now) => Standing::Live,
                ProofKind::Link | ProofKind::Reset => Standing::Over,
            },
        }
    }

    fn is_held(&self) -> bool {
        matches!(self.state, State::Changing { .. })
    }

    fn is_reset_alive(&self, issue: u8, now: Timestamp) -> bool {
        self.cancelled_at.is_none()
            && self.codes_closed.is_some_and(|closed| closed.issue == Some(issue) && now < closed.at + RESET_LIFE)
    }

    /// Takes the recovery for one attempt to set a password.
    pub fn enter(self, proof: Proof, issue: &Issue, attempt: AttemptId, now: Timestamp) -> Result<Self, Refusal> {
        let recovery = self.as_of(now);
        match recovery.standing(proof, issue, now) {
            Standing::Live => {}
            Standing::Done { .. } | Standing::Over => return Err(Refusal::Over),
        }
        if recovery.is_held() {
            return Err(Refusal::Busy);
        }
        let state = State::Changing { attempt, proof, lease_until: now + LEASE };
        Ok(Self { state, passwords_left: recovery.passwords_left - 1, ..recovery })
    }

    /// The provider took the password of `attempt`, which was entered with `proof`. Gives `None` where the recovery
    /// has completed already.
    #[must_use]
    pub fn accepted(self, proof: Proof, now: Timestamp) -> Option<Self> {
        match self.state {
            State::Open | State::Changing { .. } | State::Closed { .. } => {
                Some(Self { state: State::Completed { by: proof, at: now }, ..self })
            }
            State::Completed { .. } => None,
        }
    }

    /// The provider refused the password of `attempt`: the proof is given back. Gives `None` where the attempt does
    /// not hold the recovery any more and nothing is to be saved.
    #[must_use]
    pub fn refused(self, attempt: AttemptId, now: Timestamp) -> Option<Self> {
        match self.state {
            State::Changing { attempt: holder, .. } if holder == attempt => {
                let state = if self.passwords_left == 0 { State::Closed { at: now } } else { State::Open };
                Some(Self { state, ..self })
            }
            State::Changing { .. } | State::Open | State::Completed { .. } | State::Closed { .. } => None,
        }
    }

    /// The provider did not look at the password of `attempt`: nothing was spent. Gives `None` where the attempt does
    /// not hold the recovery any more.
    #[must_use]
    pub fn given_back(self, attempt: AttemptId) -> Option<Self> {
        match self.state {
            State::Changing { attempt: holder, .. } if holder == attempt => {
                let passwords_left = (self.passwords_left + 1).min(PASSWORDS);
                Some(Self { state: State::Open, passwords_left, ..self })
            }
            State::Changing { .. } | State::Open | State::Completed { .. } | State::Closed { .. } => None,
        }
    }

    /// The holder of a proof says "I did not ask for this": what somebody without the message could use is dead,
    /// the link lives out its minutes.
    #[must_use]
    pub fn cancel(self, now: Timestamp) -> Self {
        let codes_closed = self.codes_closed.or(Some(CodesClosed { at: now, issue: None }));
        Self { cancelled_at: self.cancelled_at.or(Some(now)), codes_closed, ..self }
    }

    /// Another recovery of the account completed.
    #[must_use]
    pub fn close(self, now: Timestamp) -> Self {
        match self.state {
            State::Open | State::Changing { .. } => Self { state: State::Closed { at: now }, ..self },
            State::Completed { .. } | State::Closed { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use std::time::Duration;

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
                prop_assert!(verdicts < TERMS.attempts, "more wrong verdicts than attempts");
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
}
