//! Passes everything that is not ours to the host's upstream, streaming both ways.
//!
//! It holds no body and sees no tenant: a request, a `Target` and the client's address go in, the answer or the
//! reason why there is none comes out. Redirects are passed back, never followed. What a request means to a provider
//! whose doors are ours to answer is read in [`intercept`]; who answers it then, the dispatcher decides. Injection of
//! links finds its place here, between `Target` and the client.

mod body;
mod cookies;
mod headers;
pub mod intercept;
mod target;
mod trail;
mod tunnel;

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use body::{Body, BodyError};
pub use target::{BadTarget, Target};

use body::{Activity, Idle, Upload};

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
        Self {
            connect: Duration::from_secs(2),
            idle: Duration::from_secs(30),
            tunnel_idle: Duration::from_mins(5),
            idle_connections: 64,
            keep: Duration::from_mins(1),
        }
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
    /// The path is closed by configuration: 404.
    #[error("the path is closed")]
    Closed,
    /// The path, or a header that is ours to write, can be read in more than one way: 400.
    #[error("the path can be read in more than one way")]
    Ambiguous,
    /// The client stopped in the middle of its body: 408.
    #[error("the client stopped sending")]
    Stalled,
    /// The request has come through here before: the upstream leads back to us. 502.
    #[error("the upstream leads back here")]
    Circular,
}

/// The way to all upstreams. Clones share connections.
#[derive(Clone, Debug)]
pub struct Proxy {
    client: Client<HttpConnector, Upload>,
    settings: Arc<Settings>,
    tracker: TaskTracker,
    stop: CancellationToken,
    hop: Arc<trail::Hop>,
}

impl Proxy {
    /// Makes the client. Tunnels run on `tracker` and are closed at `stop`: they would never end by themselves.
    #[must_use]
    pub fn new(settings: &Settings, tracker: TaskTracker, stop: CancellationToken) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(settings.connect));
        connector.set_nodelay(true);
        // `set_host` stays off: the client's Host is kept, and the server has seen to it that there is one
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(settings.keep)
            .pool_max_idle_per_host(settings.idle_connections)
            .set_host(false)
            .build(connector);
        Self { client, settings: Arc::new(settings.clone()), tracker, stop, hop: Arc::new(trail::Hop::random()) }
    }

    /// Passes one request on and gives the answer back as soon as its head is there.
    pub async fn pass(
        &self,
        mut request: Request<Incoming>,
        target: &Target,
        client: IpAddr,
    ) -> Result<Response<Body>, Error> {
        let uri = target.uri(request.uri())?;
        let trail = self.hop.follow(request.headers())?;
        let near = tunnel::is_asked_for(&request).then(|| hyper::upgrade::on(&mut request));
        let (mut parts, body) = request.into_parts();
        headers::towards_upstream(&mut parts.headers, target, client, near.is_some());
        trail::leave(&mut parts.headers, trail);
        parts.uri = uri;
        parts.version = http::Version::HTTP_11;
        parts.extensions.clear();
        let activity = Activity::of(&body);
        let upload = Upload::new(body, activity.clone(), self.settings.idle);

        let began = Instant::now();
        let answered = self.send(Request::from_parts(parts, upload), activity).await;
        crate::metrics::upstream_answered(began.elapsed());
        let (mut response, patience) = answered?;

        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let far = hyper::upgrade::on(&mut response);
            let near = near.filter(|_| tunnel::is_granted(response.headers())).ok_or(Error::Unreachable)?;
            self.tracker.spawn(tunnel::run(near, far, self.settings.tunnel_idle, self.stop.clone()));
            headers::towards_client(response.headers_mut());
            headers::grant_upgrade(response.headers_mut());
            response.extensions_mut().clear();
            return Ok(response.map(|_| Body::empty()));
        }
        headers::towards_client(response.headers_mut());
        response.extensions_mut().clear();
        Ok(response.map(|body| Body::new(Idle::new(body, patience, self.settings.idle))))
    }

    /// Waits for the answer's head: as long as the body on its way up moves, and then `idle`.
    async fn send(
        &self,
        request: Request<Upload>,
        activity: Option<Arc<Activity>>,
    ) -> Result<(Response<Incoming>, body::Patience), Error> {
        let idle = self.settings.idle;
        let mut sent = pin!(self.client.request(request));
        let mut patience = Box::pin(tokio::time::sleep(idle));
        loop {
            tokio::select! {
                biased;
                answer = sent.as_mut() => {
                    return answer.map(|response| (response, patience)).map_err(|error| why(&error));
                }
                () = patience.as_mut() => {
                    let Some(activity) = &activity else { return Err(Error::TimedOut) };
                    let until = activity.latest() + idle;
                    if activity.waits_for_the_client() {
                        // `Upload` has the same patience, and ends the request by itself
                        patience.as_mut().reset(tokio::time::Instant::now() + idle);
                    } else if until <= tokio::time::Instant::now() {
                        return Err(Error::TimedOut);
                    } else {
                        patience.as_mut().reset(until);
                    }
                }
            }
        }
    }
}

/// What kind of failure it was. The text of the error is dropped: it may repeat what a peer said.
fn why(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<body::Stalled>().is_some() {
            return Error::Stalled;
        }
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut) {
            return Error::TimedOut;
        }
        cause = error.source();
    }
    Error::Unreachable
}
