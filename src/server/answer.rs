//! The body of an answer on its way out: it tells the connection when it has ended.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use super::deadline::Phase;

/// What the service answered, or nothing where the head was refused.
#[derive(Debug)]
pub(super) struct Answer<B> {
    body: Option<B>,
    phase: Phase,
}

impl<B> Answer<B> {
    pub(super) fn new(body: Option<B>, phase: Phase) -> Self {
        Self { body, phase }
    }
}

/// hyper drops a body as soon as it has taken its last frame.
impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        self.phase.idle();
    }
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match &mut self.get_mut().body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}
