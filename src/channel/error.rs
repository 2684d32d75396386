//! Why a message was not taken, in our own classes: whether it helps to try again, and whether another way may reach the
//! person. The peer's words and its own codes are not in it: they may repeat the address, and they change.

use std::time::Duration;

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Trying again may help.
    #[error("not taken for now: {0}")]
    Transient(Cause),
    /// Trying again cannot help.
    #[error("refused: {0}")]
    Permanent(Cause),
    /// Nobody will be reached until the operator mends the configuration.
    #[error("misconfigured: {0}")]
    Misconfigured(Cause),
    /// Whether it was taken is not known. Whoever tries again may send a second message.
    #[error("not known whether it was taken: {0}")]
    Unknown(Cause),
}

impl Error {
    /// Whether trying again may help, and can do no harm.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            // An operator mends a configuration while the message still lives.
            Self::Transient(_) | Self::Misconfigured(_) => true,
            Self::Permanent(_) | Self::Unknown(_) => false,
        }
    }

    /// Whether the person cannot be reached in this way at all, so that the message may go by mail instead. A blocked
    /// message may not: who blocks text messages to a country, or sees them pumped, shall not be answered by mails.
    #[must_use]
    pub fn may_go_by_mail(&self) -> bool {
        match self {
            Self::Permanent(Cause::Recipient | Cause::OptedOut) => true,
            Self::Permanent(_) | Self::Transient(_) | Self::Misconfigured(_) | Self::Unknown(_) => false,
        }
    }

    /// How long the next hop wants to be left alone, where it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient(Cause::SlowDown(wait)) => *wait,
            Self::Transient(_) | Self::Permanent(_) | Self::Misconfigured(_) | Self::Unknown(_) => None,
        }
    }

    /// Its class as rows, labels and audit keep it.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Transient(_) => "channel_transient",
            Self::Permanent(Cause::Recipient) => "channel_recipient",
            Self::Permanent(Cause::OptedOut) => "channel_opted_out",
            Self::Permanent(Cause::Blocked) => "channel_blocked",
            Self::Permanent(_) => "channel_permanent",
            Self::Misconfigured(_) => "channel_misconfigured",
            Self::Unknown(_) => "channel_unknown",
        }
    }
}

/// Our own class of what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// No answer within the time limit.
    #[error("no answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("no connection")]
    Connect,
    /// TLS could not be agreed on, or the certificate was refused.
    #[error("no secure connection")]
    Tls,
    /// The peer does not take our credentials.
    #[error("credentials refused")]
    Credentials,
    /// An answer with this status.
    #[error("status {0}")]
    Status(u16),
    /// An answer that is not the documented one.
    #[error("an answer of another form")]
    Answer,
    /// The peer takes no more for now; it may say for how long.
    #[error("too many messages for now")]
    SlowDown(Option<Duration>),
    /// The message could not be put into the channel's form.
    #[error("the message does not fit the channel")]
    Form,
    /// Our own process died, or gave up, between handing it over and hearing of it.
    #[error("interrupted")]
    Interrupted,
    /// The address is of another kind than the channel's.
    #[error("an address of another kind")]
    Address,
    /// The peer does not let us send as whom we say we are.
    #[error("the sender is refused")]
    Sender,
    /// The recipient cannot be reached by this channel: no such number, a landline.
    #[error("the recipient cannot be reached by this channel")]
    Recipient,
    /// The recipient has asked the peer for no more messages.
    #[error("the recipient has opted out")]
    OptedOut,
    /// The peer or a carrier blocks such messages: a country, a filter, a protection against fraud.
    #[error("blocked on the way")]
    Blocked,
    /// It was taken and has not arrived, for no reason that we have a class for.
    #[error("not delivered")]
    Undelivered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_person_who_cannot_be_reached_by_text_may_be_reached_by_mail() {
        for cause in [Cause::Recipient, Cause::OptedOut] {
            assert!(Error::Permanent(cause).may_go_by_mail());
        }
        for cause in [Cause::Blocked, Cause::Status(400), Cause::Form] {
            assert!(!Error::Permanent(cause).may_go_by_mail());
        }
        for error in [Error::Transient, Error::Misconfigured, Error::Unknown] {
            assert!(!error(Cause::Recipient).may_go_by_mail());
        }
    }

    #[test]
    fn an_unknown_outcome_is_never_tried_again() {
        assert!(!Error::Unknown(Cause::Timeout).is_transient());
    }

    #[test]
    fn every_class_has_a_name_of_its_own() {
        let errors = [
            Error::Transient(Cause::Timeout),
            Error::Permanent(Cause::Status(400)),
            Error::Permanent(Cause::Recipient),
            Error::Permanent(Cause::OptedOut),
            Error::Permanent(Cause::Blocked),
            Error::Misconfigured(Cause::Sender),
            Error::Unknown(Cause::Timeout),
        ];

        let names: std::collections::BTreeSet<&str> = errors.iter().map(Error::class).collect();

        assert_eq!(names.len(), errors.len());
    }
}
