//! Why the shared limits cannot be asked, in our own words: nothing that the server says is repeated.

use redis::{ErrorKind, RedisError};

/// The class of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Nobody answers at the address, or the connection broke.
    #[error("no connection")]
    Gone,
    /// It did not answer in time.
    #[error("no answer in time")]
    Slow,
    /// It failed a moment ago, and was not asked again.
    #[error("it has just failed")]
    Resting,
    /// It does not know the user or the password.
    #[error("user or password is refused")]
    Denied,
    /// The user may not do what is needed.
    #[error("the user may not run scripts on `regain:limit:*`")]
    Forbidden,
    /// It is a replica that takes no writes.
    #[error("it is a replica and takes no writes")]
    ReadOnly,
    /// It is full.
    #[error("its memory is used up")]
    Full,
    /// It refused for another reason.
    #[error("it refuses the script")]
    Refused,
}

impl Unreachable {
    pub(super) fn of(error: &RedisError) -> Self {
        if error.is_timeout() {
            return Self::Slow;
        }
        if error.kind() == ErrorKind::AuthenticationFailed {
            return Self::Denied;
        }
        match error.code() {
            Some("NOAUTH" | "WRONGPASS") => Self::Denied,
            Some("NOPERM") => Self::Forbidden,
            Some("READONLY") => Self::ReadOnly,
            Some("OOM") => Self::Full,
            Some(_) => Self::Refused,
            None => Self::Gone,
        }
    }
}
