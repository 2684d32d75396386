//! Bodies under way: frames are handed on as they come, and a body that stands still too long ends in an error.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

/// One timer for a whole exchange: it waits for the head first, then for each frame.
pub(super) type Patience = Pin<Box<Sleep>>;

/// A body that fails when nothing has come for `limit`.
#[derive(Debug)]
pub(super) struct Idle {
    body: Incoming,
    patience: Patience,
    limit: Duration,
    waits: bool,
}

impl Idle {
    pub(super) fn new(body: Incoming, patience: Patience, limit: Duration) -> Self {
        Self { body, patience, limit, waits: false }
    }

    /// The next frame; `Err(None)` when the patience is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Option<hyper::Error>>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.waits = false;
                Poll::Ready(frame.map(|frame| frame.map_err(Some)))
            }
            Poll::Pending => {
                if !self.waits {
                    self.waits = true;
                    self.patience.as_mut().reset(Instant::now() + self.limit);
                }
                ready!(self.patience.as_mut().poll(cx));
                Poll::Ready(Some(Err(None)))
            }
        }
    }
}

/// Why an answer ended before its end. It carries no word of the upstream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The upstream broke off.
    #[error("the upstream broke off")]
    BrokenOff,
    /// The upstream fell silent.
    #[error("the upstream fell silent")]
    Silent,
}

/// The body of what comes back.
#[derive(Debug)]
pub struct Body(Option<Idle>);

impl Body {
    pub(super) fn new(body: Idle) -> Self {
        Self(Some(body))
    }

    pub(super) fn empty() -> Self {
        Self(None)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(idle) = &mut self.get_mut().0 else { return Poll::Ready(None) };
        let frame = ready!(idle.poll(cx));
        let told = |why: Option<hyper::Error>| if why.is_some() { BodyError::BrokenOff } else { BodyError::Silent };
        Poll::Ready(frame.map(|frame| frame.map_err(told)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|idle| idle.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or(SizeHint::with_exact(0), |idle| idle.body.size_hint())
    }
}

/// When a body on its way up last moved, and on whom it waits.
#[derive(Debug)]
pub(super) struct Activity {
    began: Instant,
    latest_ms: AtomicU64,
    waits_for_the_client: AtomicBool,
}

impl Activity {
    /// Begins to watch `body`, where there is one.
    pub(super) fn of(body: &Incoming) -> Option<Arc<Self>> {
        (!body.is_end_stream()).then(Self::new)
    }

    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            latest_ms: AtomicU64::new(0),
            waits_for_the_client: AtomicBool::new(false),
        })
    }

    pub(super) fn note(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.latest_ms.store(elapsed, Ordering::Relaxed);
    }

    pub(super) fn latest(&self) -> Instant {
        self.began + Duration::from_millis(self.latest_ms.load(Ordering::Relaxed))
    }

    pub(super) fn waits_for_the_client(&self) -> bool {
        self.waits_for_the_client.load(Ordering::Relaxed)
    }
}

/// The client stopped in the middle of its body.
#[derive(Debug, thiserror::Error)]
#[error("the client stopped sending")]
pub(super) struct Stalled;

/// The body of what goes up. Trailers end here: an upstream may take them for headers that we have removed.
#[derive(Debug)]
pub(super) struct Upload(Option<(Idle, Arc<Activity>)>);

impl Upload {
    pub(super) fn new(body: Incoming, activity: Option<Arc<Activity>>, limit: Duration) -> Self {
        Self(activity.map(|activity| (Idle::new(body, Box::pin(tokio::time::sleep(limit)), limit), activity)))
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some((idle, activity)) = &mut self.get_mut().0 else { return Poll::Ready(None) };
        loop {
            let polled = idle.poll(cx);
            activity.waits_for_the_client.store(polled.is_pending(), Ordering::Relaxed);
            let Some(frame) = ready!(polled) else { return Poll::Ready(None) };
            activity.note();
            match frame {
                Ok(frame) if frame.is_trailers() => {}
                Ok(frame) => return Poll::Ready(Some(Ok(frame))),
                Err(Some(error)) => return Poll::Ready(Some(Err(error.into()))),
                Err(None) => return Poll::Ready(Some(Err(Stalled.into()))),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|(idle, _)| idle.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or(SizeHint::with_exact(0), |(idle, _)| idle.body.size_hint())
    }
}
