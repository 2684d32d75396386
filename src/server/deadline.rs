//! How long a connection may keep us waiting: a stream that ends in an error when its client is silent or slow.
//!
//! hyper's own timer begins when it polls for a head and rules idle keep-alive as well; it can only be as short as
//! the load balancer's idle timeout is long. This one is ours: the first byte, and from a head's first byte to its
//! last, and whatever we write and nobody takes. Bodies are measured by whoever reads them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

const QUIET: u8 = 0;
const HEAD: u8 = 1;
const BUSY: u8 = 2;
const IDLE: u8 = 3;
const TUNNEL: u8 = 4;

/// What a connection is doing, shared by its stream, its service and the bodies of its answers.
#[derive(Clone, Debug)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// Nothing has come yet.
    pub(super) fn quiet() -> Self {
        Self(Arc::new(AtomicU8::new(QUIET)))
    }

    /// A head is complete: a request is being answered.
    pub(super) fn busy(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    /// The answer has ended; the next byte begins a head. A tunnel stays one.
    pub(super) fn idle(&self) {
        let _ = self.0.compare_exchange(BUSY, IDLE, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The connection has become a tunnel: no head comes any more.
    pub(super) fn tunnel(&self) {
        self.0.store(TUNNEL, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream that fails with `TimedOut` when its client keeps us waiting.
#[derive(Debug)]
pub(super) struct Watched<T> {
    stream: T,
    phase: Phase,
    head: Duration,
    write: Duration,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl<T> Watched<T> {
    pub(super) fn new(stream: T, phase: Phase, head: Duration, write: Duration) -> Self {
        Self { stream, phase, head, write, reading: Box::pin(sleep(head)), writing: None }
    }

    /// Gives a write its time, and takes it back once something was taken.
    fn watch_write<R>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.writing = None;
            return written;
        }
        let writing = self.writing.get_or_insert_with(|| Box::pin(sleep(self.write)));
        ready!(writing.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut me.stream).poll_read(cx, buf);
        let phase = me.phase.get();
        if read.is_ready() {
            if buf.filled().len() > before && (phase == QUIET || phase == IDLE) {
                me.phase.0.store(HEAD, Ordering::Relaxed);
                me.reading.as_mut().reset(Instant::now() + me.head);
            }
            return read;
        }
        if phase == QUIET || phase == HEAD {
            ready!(me.reading.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        let written = Pin::new(&mut me.stream).poll_write(cx, buf);
        me.watch_write(cx, written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        let written = Pin::new(&mut me.stream).poll_write_vectored(cx, bufs);
        me.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
