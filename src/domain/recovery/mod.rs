//! One attempt of a person to get back in, as a state machine without I/O.
//!
//! ```text
//!              start                password posted with a proof          provider accepted
//! (nothing) ─────────▶ Open ──────────────────────────────▶ Changing ─────────────────────▶ Completed
//!                       │ ▲                                   │
//!                       │ └───────────────────────────────────┘ refused · lease over (decided on load)
//!                       ├─ wrong code: codes_left − 1, in every state; at 0 codes are closed, the link lives on
//!                       ├─ "not me" by a holder of the link: codes, resends and reset tokens are dead
//!                       └─ another recovery of the account completed ─▶ Closed (only a proof sees it)
//! ```
//!
//! Expired is no state: it is `now >= expires_at`. The row authorises nobody; a token in hand does. Transitions take
//! the old value and the time, and give the new value or the reason why not; the caller saves before it speaks.

#[cfg(test)]
mod tests;
mod transitions;

use std::time::Duration;

use super::Timestamp;
use super::id::{AttemptId, RecoveryId};
use super::token::Purpose;

/// How long after the start new messages can be asked for. A recovery ends this and its longest life after its start,
/// so that no life is ever cut.
pub const ISSUE_WINDOW: Duration = Duration::from_mins(40);
/// Least time between two issues of one recovery.
pub const COOL_DOWN: Duration = Duration::from_mins(1);
/// Least time that must be left of a secret's life for its message to be sent; of a short life, half of it.
pub const LEAST_LIFE: Duration = Duration::from_mins(3);
/// How long a reset token lives, from the right code on.
pub const RESET_LIFE: Duration = Duration::from_mins(10);
/// How long an attempt holds the account before others may take over.
pub const LEASE: Duration = Duration::from_secs(30);
/// How many passwords a recovery may take to the provider.
pub const PASSWORDS: u8 = 5;

/// What a tenant's configuration says at the start. It is stored on the recovery, so that a change of the
/// configuration breaks nobody who is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a link lives, from its issue on.
    pub link_life: Duration,
    /// How long a code lives, from its issue on.
    pub code_life: Duration,
    /// How many wrong codes are told to be wrong.
    pub attempts: u8,
    /// Digits of the first issue's code; none where it is a link alone.
    pub digits: u8,
}

/// A token that was found genuine: the right to set one password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Link or reset.
    pub kind: ProofKind,
    /// The issue that it comes from.
    pub issue: u8,
}

/// The two kinds of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// The token of a message's link.
    Link,
    /// The token that a right code gave.
    Reset,
}

impl ProofKind {
    /// The kind of proof that a token of this purpose is, if it is one.
    #[must_use]
    pub fn of(purpose: Purpose) -> Option<Self> {
        match purpose {
            Purpose::Link => Some(Self::Link),
            Purpose::Reset => Some(Self::Reset),
            Purpose::Starter | Purpose::Pickup => None,
        }
    }
}

/// Where a recovery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for a proof and a password.
    Open,
    /// A password is on its way to the provider.
    Changing {
        /// The attempt that holds it.
        attempt: AttemptId,
        /// The proof it was entered with.
        proof: Proof,
        /// When others may take over.
        lease_until: Timestamp,
    },
    /// A password was set with this recovery.
    Completed {
        /// The proof that did it, and sees "done".
        by: Proof,
        /// When.
        at: Timestamp,
    },
    /// Another recovery of the account completed, or the passwords are used up.
    Closed {
        /// When.
        at: Timestamp,
    },
}

/// When and by what the codes were closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodesClosed {
    /// When; a reset token's life counts from here.
    pub at: Timestamp,
    /// The issue whose code was right; none where "not me" closed them.
    pub issue: Option<u8>,
}

/// One recovery as it stands in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Its name in addresses; proves nothing.
    pub id: RecoveryId,
    /// Raised at every save; what compare-and-swap goes by.
    pub version: i64,
    /// The key all its secrets hang on.
    pub key_id: u8,
    /// When the person asked.
    pub started_at: Timestamp,
    /// When nothing of it lives any more.
    pub expires_at: Timestamp,
    /// The configuration it was started under.
    pub terms: Terms,
    /// Wrong codes that are still told to be wrong.
    pub codes_left: u8,
    /// Set once the right code was typed, or the holder of the link said "not me".
    pub codes_closed: Option<CodesClosed>,
    /// When the holder of a proof said "I did not ask for this".
    pub cancelled_at: Option<Timestamp>,
    /// Passwords that may still be taken to the provider.
    pub passwords_left: u8,
    /// Where it stands.
    pub state: State,
}

/// What a code check says. Spoken only after it has been saved (invariant 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The code was right; a reset token of that issue may be given to this client.
    Right {
        /// The issue.
        issue: u8,
    },
    /// The code was wrong, expired, used, or the account is unknown: one answer.
    Wrong {
        /// Further tries; after the last one none.
        left: u8,
    },
    /// No more codes can be tried, and this one was not looked at.
    Closed,
}

/// How a recovery looks to the holder of a genuine token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A password may be set.
    Live,
    /// This proof has set the password.
    Done {
        /// When.
        at: Timestamp,
    },
    /// Used, closed, expired.
    Over,
}

/// Why a password could not be taken to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The proof does not count any more.
    Over,
    /// Another attempt holds the recovery.
    Busy,
}

/// Why no further message was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoIssue {
    /// The last one is less than [`COOL_DOWN`] old.
    TooSoon {
        /// When the next can be asked for.
        again_at: Timestamp,
    },
    /// [`ISSUE_WINDOW`] has passed.
    WindowOver,
}
