//! Passes everything that is not ours to the host's upstream, streaming both ways.
use std::net::IpAddr;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

/// Time limits and pool sizes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a connect may take.
    pub connect: Duration,
    /// How long a body, or the wait for an answer, may stand still.
    pub idle: Duration,
    /// How long a tunnel may stand still.
    pub tunnel_idle: Duration,
    /// How many idle connections are kept for an upstream.
    pub idle_connections: usize,
    /// How long an idle connection is kept.
    pub keep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            connect: 2 * second,
            idle: 30 * second,
            tunnel_idle: 300 * second,
            idle_connections: 64,
            keep: 60 * second,
        }
    }
}

/// Where a host's requests go, and how its public address reads. Made once per tenant or shared host.
#[derive(Clone, Debug)]
pub struct Target;

/// Why a target cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address that can be passed to")]
pub struct BadTarget;

impl Target {
    /// Takes the upstream's address, the public one, and the paths that are closed.
    pub fn new(_upstream: &Url, _public_url: &Url, _close: &[String]) -> Result<Self, BadTarget> {
        todo!()
    }
}

/// Why nothing was passed. It carries no word of a peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The upstream does not take connections, or broke off before it answered: 502.
    #[error("the upstream cannot be reached")]
    Unreachable,
    /// The upstream gave no answer in time: 504.
    #[error("the upstream did not answer in time")]
    TimedOut,
    /// The path is on the upstream's `close` list: 404.
    #[error("the path is closed")]
    Closed,
    /// The path can be read in more than one way: 400.
    #[error("the path can be read in more than one way")]
    Ambiguous,
    /// The request's address is too long: 414.
    #[error("the request's address is too long")]
    TooLong,
    /// The client stopped in the middle of its body: 408.
    #[error("the client stopped sending")]
    Stalled,
}

/// The body of what comes back.
#[derive(Debug)]
pub struct Body;

/// The way to all upstreams. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Proxy;

impl Proxy {
    /// Makes the client. Tunnels run on `tracker` and end at `stop`.
    #[must_use]
    pub fn new(_settings: &Settings, _tracker: TaskTracker, _stop: CancellationToken) -> Self {
        Self
    }

    /// Passes one request on and gives the answer back as soon as its head is there.
    #[expect(clippy::unused_async, reason = "skeleton")]
    pub async fn pass(
        &self,
        _request: Request<Incoming>,
        _target: &Target,
        _client: IpAddr,
    ) -> Result<Response<Body>, Error> {
        todo!()
    }
}
