//! One connection, from its first byte to its last.
//!
//! Here TLS will be spoken, and ALPN will choose between hyper's two builders; a plain connection is HTTP/1.1.

use std::convert::Infallible;
use std::pin::pin;

use http::header::{ALLOW, CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::answer::Answer;
use super::client::{Client, Hops, Peer};
use super::deadline::{Phase, Watched};
use super::request_id::{RequestId, X_REQUEST_ID};
use super::{Limits, Settings, head};

/// What every connection of a listener shares.
#[derive(Clone, Debug)]
pub(super) struct Door {
    builder: http1::Builder,
    limits: Limits,
    hops: Hops,
    stop: CancellationToken,
    cut: CancellationToken,
}

impl Door {
    pub(super) fn new(settings: &Settings, stop: CancellationToken, cut: CancellationToken) -> Self {
        let limits = settings.limits;
        let request_line = "CONNECT  HTTP/1.1\r\n".len();
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_header_size(limits.uri.saturating_add(limits.headers).saturating_add(request_line));
        Self { builder, limits, hops: Hops::new(settings.trusted_proxies.clone()), stop, cut }
    }

    /// Answers the connection's requests with `service` until either side has enough.
    pub(super) async fn serve<S, B>(self, stream: TcpStream, peer: Peer, service: S)
    where
        S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: http_body::Body + Unpin + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // answers are written whole; waiting for more would only delay them
        let _ = stream.set_nodelay(true);
        let phase = Phase::quiet();
        let watched = Watched::new(stream, phase.clone(), self.limits.head, self.limits.write);
        let (limits, hops) = (self.limits, self.hops);
        let answer = hyper::service::service_fn(move |request| {
            phase.busy();
            answer(request, peer, service.clone(), limits, hops.clone(), phase.clone())
        });
        let connection = self.builder.serve_connection(TokioIo::new(watched), answer).with_upgrades();
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return note(ended),
            () = self.stop.cancelled() => {}
        }
        // hyper closes a connection that idles or on which nothing was said yet, and lets a request finish
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection => note(ended),
            () = self.cut.cancelled() => {}
        }
    }
}

/// Clients hang up all the time: that is no news. No word of the error's is logged but its kind.
fn note(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(
            timed_out = error.is_timeout(),
            malformed = error.is_parse(),
            "a connection ended before its time"
        );
    }
}

async fn answer<S, B>(
    mut request: Request<Incoming>,
    peer: Peer,
    service: S,
    limits: Limits,
    hops: Hops,
    phase: Phase,
) -> Result<Response<Answer<B>>, Infallible>
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
{
    if let Err(status) = head::check(&mut request, &limits) {
        return Ok(refusal(status, phase));
    }
    let given = if hops.trusts(peer.0) { RequestId::given(request.headers()) } else { None };
    let id = given.unwrap_or_else(RequestId::random);
    let client = Client(hops.client(peer.0, request.headers()));
    let name = id.header();
    request.headers_mut().insert(X_REQUEST_ID, name.clone());
    let extensions = request.extensions_mut();
    extensions.insert(peer);
    extensions.insert(client);
    extensions.insert(id);

    let mut response = service.oneshot(request).await?;

    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        phase.tunnel();
    }
    response.headers_mut().insert(X_REQUEST_ID, name);
    Ok(response.map(|body| Answer::new(Some(body), phase)))
}

/// A bare status, and the end of the connection: what follows on it cannot be trusted to be a request.
fn refusal<B>(status: StatusCode, phase: Phase) -> Response<Answer<B>> {
    let mut response = Response::new(Answer::new(None, phase));
    *response.status_mut() = status;
    if status == StatusCode::METHOD_NOT_ALLOWED {
        // RFC 9110 §15.5.6: a 405 says what is allowed. Nothing takes CONNECT or TRACE here.
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
