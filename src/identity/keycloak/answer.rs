//! What the realm answers, and what a status means. Its own words stay here: an error carries our class and the number.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::identity::{Cause, Error};
use crate::outward;

/// A whole answer.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    body: Bytes,
}

/// The words of a refusal: three forms of error are known, and any mix of them or nothing may come.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    /// A key such as `invalidPasswordHistoryMessage`, or a sentence.
    pub(super) error: String,
    /// A sentence beside the key.
    pub(super) error_description: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Nothing was asked: no connection, no token, no time.
    NotAsked(Error),
    /// It was asked, and the answer did not come, or only half of it.
    Lost(Cause),
}

impl Answer {
    pub(super) fn new(status: u16, body: Bytes) -> Self {
        Self { status, body }
    }

    /// The body as the documented one.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What a refusal says.
    pub(super) fn words(&self) -> Words {
        self.json().unwrap_or_default()
    }

    /// Whether it says that there is no such account, which an unknown realm or a wrong path does not.
    pub(super) fn is_no_account(&self) -> bool {
        self.status == 404 && self.words().error == "User not found"
    }

    /// What was read.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        match self.status {
            200 => self.json().ok_or(Error::Unavailable(Cause::Answer)),
            _ => Err(self.refused()),
        }
    }

    /// What any answer means that is not the documented one. Nothing was changed by it, or it may be asked again.
    pub(super) fn refused(&self) -> Error {
        let status = Cause::Status(self.status);
        match self.status {
            // A page where an answer was to be: something else stands there for now.
            200..=299 => Error::Unavailable(Cause::Answer),
            400 | 403 => Error::Denied(status),
            404 if self.is_no_account() => Error::Denied(Cause::NoAccount),
            408 | 429 | 500..=599 => Error::Unavailable(status),
            _ => Error::Misconfigured(status),
        }
    }
}

impl NoAnswer {
    /// What it means where the call would have changed something that may not be changed twice unknowingly.
    pub(super) fn of_a_change(self) -> Error {
        match self {
            Self::NotAsked(error) => error,
            Self::Lost(cause) => Error::UnknownOutcome(cause),
        }
    }
}

/// What it means for a call that only reads, or that may be repeated freely.
impl From<NoAnswer> for Error {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::NotAsked(error) => error,
            NoAnswer::Lost(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            let cause = if outward::is_of_tls(&error) { Cause::Tls } else { Cause::Connect };
            Self::NotAsked(Error::Unavailable(cause))
        } else if error.is_timeout() {
            Self::Lost(Cause::Timeout)
        } else {
            Self::Lost(Cause::Answer)
        }
    }
}
