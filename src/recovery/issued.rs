//! What whoever asked for a message is told of it. It goes by time alone, known account or not (invariant 9).

use crate::domain::Timestamp;
use crate::domain::issue::Issue;
use crate::domain::method::Method;
use crate::domain::recovery::Recovery;

/// The last message that was asked for. Whether there is anybody to send it to, nobody here knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// How it is to reach the person.
    pub method: Method,
    /// When nothing of the recovery lives any more.
    pub expires_at: Timestamp,
    /// When the next can be asked for; `None` where none can be any more.
    pub resend_at: Option<Timestamp>,
}

impl Issued {
    pub(super) fn of(recovery: &Recovery, last: &Issue) -> Self {
        Self { method: last.method, expires_at: recovery.expires_at, resend_at: recovery.resend_at(last) }
    }
}
