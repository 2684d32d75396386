//! The transitions: each takes the old value and the time, and gives the new value or the reason why not.

use std::time::Duration;

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

    /// When the next message after `last` can be asked for; `None` where the window will be over by then.
    #[must_use]
    pub fn resend_at(&self, last: &Issue) -> Option<Timestamp> {
        let again_at = last.at + COOL_DOWN;
        (again_at < self.started_at + ISSUE_WINDOW).then_some(again_at)
    }

    /// Whether a message of this recovery may still be sent: nothing has ended it, and enough of its life is left.
    #[must_use]
    pub fn may_deliver(&self, issue: &Issue, now: Timestamp) -> bool {
        let ended = match self.state {
            State::Open | State::Changing { .. } => self.cancelled_at.is_some(),
            State::Completed { .. } | State::Closed { .. } => true,
        };
        !ended && self.is_useful(issue, now)
    }

    /// Whether a message that goes out at `now` leaves its reader the time to use its secret: [`LEAST_LIFE`], or half
    /// of a life that is shorter than two of those, else a tenant with the shortest lives would send nothing at all.
    #[must_use]
    pub fn is_useful(&self, issue: &Issue, now: Timestamp) -> bool {
        now + LEAST_LIFE.min(self.secret_life(issue) / 2) <= self.secret_expires_at(issue)
    }

    /// When the secret that an issue's message is about dies: its link's life for a link, its code's for a code.
    #[must_use]
    pub fn secret_expires_at(&self, issue: &Issue) -> Timestamp {
        issue.at + self.secret_life(issue)
    }

    fn secret_life(&self, issue: &Issue) -> Duration {
        match issue.method {
            Method::EmailLink => self.terms.link_life,
            Method::EmailOtp | Method::SmsOtp => self.terms.code_life,
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
                (Self { codes_left: left, ..self }, Verdict::Wrong { left })
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
