//! The public door: listeners, deadlines and drain. It takes a `tower::Service` and knows no route.
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use ipnet::IpNet;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::problem::Problems;

/// `[server]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address to listen on.
    pub listen: String,
}

/// `[management]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Management {
    /// The address to listen on.
    pub listen: String,
}

/// What a listener needs, known to be right.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The key that `listen` came from, for the remedy in an error.
    pub key: &'static str,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// How long requests and tasks may go on after the stop.
    pub drain: Duration,
}

impl Config {
    /// Checks `[server]`.
    pub fn build(self, _problems: &mut Problems) -> Option<Settings> {
        todo!()
    }
}

impl Management {
    /// Checks `[management]`.
    pub fn build(self, _problems: &mut Problems) -> Option<Settings> {
        todo!()
    }
}

/// Why an address cannot be listened on, with the remedy.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}")]
pub struct BindError {
    /// The address.
    pub addr: SocketAddr,
    /// The key to change.
    pub key: &'static str,
    source: std::io::Error,
}

/// A bound listener.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Binds the address.
    #[expect(clippy::unused_async, reason = "skeleton")]
    pub async fn bind(_settings: &Settings) -> Result<Self, BindError> {
        todo!()
    }

    /// The address that was bound, with the port that the system chose where it was 0.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        todo!()
    }

    /// Serves until `stop`, then drains: returns when every connection is closed or `drain` is over.
    #[expect(clippy::unused_async, reason = "skeleton")]
    pub async fn serve<S, B>(self, _service: S, _stop: CancellationToken, _tracker: TaskTracker)
    where
        S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        todo!()
    }
}

/// The socket's other end, in every request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The client's address after trusted hops, in every request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// A request's name in logs and answers, in every request's extensions.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The rightmost hop that is not trusted.
#[must_use]
pub fn client_ip(_peer: IpAddr, _headers: &HeaderMap, _trusted: &[IpNet]) -> IpAddr {
    todo!()
}
