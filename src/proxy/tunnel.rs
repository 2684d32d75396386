//! WebSocket: asked for by the client, granted by the upstream, and only then bytes cross (PX-03).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{self, HeaderMap};
use http::{Method, Request, Version};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio_util::sync::CancellationToken;

use super::body::Activity;
use super::headers::has_option;

/// Whether the request asks for a WebSocket. Any other upgrade is stripped, and the request passes as a plain one.
pub(super) fn is_asked_for<B: Body>(request: &Request<B>) -> bool {
    request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && has_option(request.headers(), "upgrade")
        && names_websocket(request.headers())
}

/// Whether the upstream's 101 is for a WebSocket.
pub(super) fn is_granted(headers: &HeaderMap) -> bool {
    has_option(headers, "upgrade") && names_websocket(headers)
}

fn names_websocket(headers: &HeaderMap) -> bool {
    let mut protocols = headers.get_all(header::UPGRADE).iter();
    let (only, None) = (protocols.next(), protocols.next()) else { return false };
    only.is_some_and(|protocol| protocol.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket"))
}

/// Copies both ways until one side ends, nothing crosses for `limit`, or it is time to stop.
pub(super) async fn run(near: OnUpgrade, far: OnUpgrade, limit: Duration, stop: CancellationToken) {
    let upgraded = async { tokio::try_join!(near, far) };
    let Some(Ok((near, far))) = stop.run_until_cancelled(upgraded).await else { return };
    let activity = Activity::new();
    let mut near = Noted { stream: TokioIo::new(near), activity: activity.clone() };
    let mut far = Noted { stream: TokioIo::new(far), activity: activity.clone() };
    tokio::select! {
        // whoever ended it, both sides are closed when they are dropped
        _ = copy_bidirectional(&mut near, &mut far) => {}
        () = stillness(&activity, limit) => {}
        () = stop.cancelled() => {}
    }
}

/// Ends when nothing has moved for `limit`.
async fn stillness(activity: &Activity, limit: Duration) {
    loop {
        let until = activity.latest() + limit;
        if until <= tokio::time::Instant::now() {
            return;
        }
        tokio::time::sleep_until(until).await;
    }
}

/// A stream that notes when something came.
struct Noted<T> {
    stream: T,
    activity: Arc<Activity>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Noted<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let read = Pin::new(&mut me.stream).poll_read(cx, buf);
        if read.is_ready() {
            me.activity.note();
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Noted<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
