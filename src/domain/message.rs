//! What leaves the house for a person, and what the worker has to do.

use super::Timestamp;
use super::id::AttemptId;

/// The kinds of messages; each is a folder of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A link to choose a new password.
    RecoveryLink,
    /// A code, with a link beside it where the tenant says so.
    RecoveryCode,
    /// The notice that a password was changed, or may have been.
    PasswordChanged,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::RecoveryLink, Self::RecoveryCode, Self::PasswordChanged];

    /// The name of the folder.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecoveryLink => "recovery_link",
            Self::RecoveryCode => "recovery_code",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// What a row of the outbox is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Look the account up and send the person what this issue of the recovery carries.
    Recovery {
        /// The issue's number.
        issue: u8,
    },
    /// Tell one address that the password was changed.
    Changed {
        /// The attempt that changed it.
        attempt: AttemptId,
    },
    /// Tell one address that the password may have been changed.
    MaybeChanged {
        /// The attempt whose outcome stayed unknown.
        attempt: AttemptId,
    },
    /// End the sessions of the account that an attempt was made on (invariant 7).
    EndSessions {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Look whether a login that was under way, or a link of the provider's own, has outlived the change.
    LookAgain {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Tell one address that another hand has changed the password after us.
    ChangedAgain {
        /// The attempt of ours that it came after.
        attempt: AttemptId,
        /// When, as the provider tells. It stands in the row, so that a notice that comes twice says the same.
        changed_at: Timestamp,
    },
}
