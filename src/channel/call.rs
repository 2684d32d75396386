//! Calls of text channels to their next hop, by the program's own clients: one place for the time limit, for what an
//! answer is, and for the question that everything hangs on — whether anything can have been done when no answer came.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::{Cause, Error};
use crate::domain::problem::Problems;
use crate::outward::{self, Clients, Cut, Roots};

/// Longest time for one call, everything included: shorter than whoever waits for it does, so that what is known is told.
pub(super) const LIMIT: Duration = Duration::from_secs(9);
/// Longest that a peer's wish to be left alone is honoured; the message is dead long before.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Somebody whom we call.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) url: Url,
    roots: Option<Roots>,
    clients: Clients,
    client: OnceLock<reqwest::Client>,
    /// Until when it wants to be left alone.
    closed_until: Mutex<Option<Instant>>,
    /// Longest time for one call.
    pub(super) limit: Duration,
}

/// An answer, its body as far as it came whole.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// How long it asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// The body, or why there is none.
    pub(super) body: Result<Bytes, Cut>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// Nothing was asked.
    NotAsked(Error),
    /// It was asked, or may have been, and no answer came.
    Lost(Cause),
}

impl Peer {
    pub(super) fn new(url: Url, roots: Option<Roots>, clients: Clients) -> Self {
        Self { url, roots, clients, client: OnceLock::new(), closed_until: Mutex::default(), limit: LIMIT }
    }

    /// The address below the peer's own that these segments name.
    pub(super) fn address(&self, segments: &[&str]) -> Url {
        let mut address = self.url.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        address
    }

    /// The client, made at the first call.
    pub(super) fn client(&self) -> Result<&reqwest::Client, NoAnswer> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = self.clients.trusting(self.roots.as_ref());
        let made = made.map_err(|_| NoAnswer::NotAsked(Error::Misconfigured(Cause::Tls)))?;
        Ok(self.client.get_or_init(|| made))
    }

    /// Sends one request, once: what fails is not tried again here. While the peer wants to be left alone nothing is
    /// asked: its limit is the account's, and a second message would meet it as the first did.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        if let Some(left) = self.left_alone_for() {
            return Err(NoAnswer::NotAsked(Error::Transient(Cause::SlowDown(Some(left)))));
        }
        let until = Instant::now() + self.limit;
        let answer = request.timeout(self.limit).send().await?;
        let status = answer.status().as_u16();
        // Twilio and RFC 9110 know seconds; a date is for caches, and nobody who throttles sends one.
        let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        if let (429 | 503, Some(wait)) = (status, retry_after) {
            let mut closed_until = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            *closed_until = Some(Instant::now() + wait);
        }
        let left = until.saturating_duration_since(Instant::now());
        let body = tokio::time::timeout(left, outward::body(answer)).await.unwrap_or(Err(Cut::Broken));
        Ok(Answer { status, retry_after, body })
    }

    fn left_alone_for(&self) -> Option<Duration> {
        let until = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

impl Answer {
    /// The body as the documented one; `None` where it is another, or did not come whole.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.body.as_ref().ok()?).ok()
    }
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        if error.is_builder() {
            Self::NotAsked(Error::Permanent(Cause::Form))
        } else if error.is_connect() {
            // Connecting is over before the first byte of a request is written.
            let error = match outward::is_of_tls(&error) {
                true => Error::Misconfigured(Cause::Tls),
                false => Error::Transient(Cause::Connect),
            };
            Self::NotAsked(error)
        } else if error.is_timeout() {
            Self::Lost(Cause::Timeout)
        } else {
            Self::Lost(Cause::Connect)
        }
    }
}

/// What it means for a call that only reads.
impl From<NoAnswer> for Error {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::NotAsked(error) => error,
            NoAnswer::Lost(cause) => Self::Transient(cause),
        }
    }
}

/// Roots besides the system's, where a file of them is named.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether the file could be read, the inner one whether there is one"
)]
pub(super) fn roots(file: Option<&Path>, problems: &mut Problems) -> Option<Option<Roots>> {
    match file.map(Roots::read).transpose() {
        Ok(roots) => Some(roots),
        Err(message) => {
            problems.error("ca_file", message).help("a file of PEM certificates is expected");
            None
        }
    }
}
