//! One way to ask somebody over HTTP for a look: the program's own clients, capped, no redirect followed, and a word
//! for why there was no answer.

use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

use crate::outward::{self, Clients};

/// What came back.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Silent {
    #[error("no connection")]
    NoConnection,
    #[error("no answer in time")]
    TooLate,
    #[error("no answer that is HTTP")]
    NoAnswer,
}

impl Heard {
    /// Where a redirect leads, as written.
    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok())
    }
}

/// Asks once. A body that is cut short counts as far as it came in whole, which is not at all.
pub(super) async fn ask(clients: &Clients, method: Method, url: Url, headers: HeaderMap) -> Result<Heard, Silent> {
    let client = clients.trusting(None).map_err(|_| Silent::NoConnection)?;
    let answer = client.request(method, url).headers(headers).send().await.map_err(|error| {
        if error.is_timeout() {
            Silent::TooLate
        } else if error.is_connect() {
            Silent::NoConnection
        } else {
            Silent::NoAnswer
        }
    })?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = outward::body(answer).await.unwrap_or_default();
    Ok(Heard { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
