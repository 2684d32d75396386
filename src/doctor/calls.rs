//! One way to ask somebody over HTTP for a look: the program's own clients, capped, no redirect followed, and a word
//! for why there was no answer.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};
use tokio::net::TcpStream;
use url::Url;

use crate::outward::{self, Clients, Roots};

/// Longest time for a connection that is only looked for.
const CONNECT: Duration = Duration::from_secs(2);

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
    #[error("no trust in its certificate")]
    NoTrust,
}

impl Heard {
    /// Whether it refuses because it was asked in the clear, in Keycloak's words.
    pub(super) fn demands_https(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.body.contains("HTTPS required")
    }

    /// Where a redirect leads, as written.
    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok())
    }
}

/// Asks once, by the system's roots. A body that is cut short counts as far as it came in whole, which is not at all.
pub(super) async fn ask(clients: &Clients, method: Method, url: Url, headers: HeaderMap) -> Result<Heard, Silent> {
    ask_trusting(None, clients, method, url, headers).await
}

/// The same, with roots besides the system's.
pub(super) async fn ask_trusting(
    roots: Option<&Roots>,
    clients: &Clients,
    method: Method,
    url: Url,
    headers: HeaderMap,
) -> Result<Heard, Silent> {
    let client = clients.trusting(roots).map_err(|_| Silent::NoConnection)?;
    let answer = client.request(method, url).headers(headers).send().await.map_err(|error| {
        if error.is_timeout() {
            Silent::TooLate
        } else if outward::is_of_tls(&error) {
            Silent::NoTrust
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

/// Whether somebody takes a connection there, whatever may become of it.
pub(super) async fn takes_connections(url: &Url) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect((host, port))).await;
    matches!(connected, Ok(Ok(_)))
}
