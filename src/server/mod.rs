//! The public door: listeners, deadlines, drain. It takes a `tower::Service` and knows no route.
//!
//! The accept loop is our own, on hyper's builders, because `axum::serve` and hyper-util's `auto` builder leave
//! silent clients alone for ever (measured). A plain listener speaks HTTP/1.1; TLS and, chosen by ALPN, HTTP/2 find
//! their place in `connection`. No accept error ends the loop: out of file descriptors, it waits and goes on.

mod answer;
mod client;
mod config;
mod connection;
mod deadline;
mod head;
mod request_id;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use client::{Client, Peer, client_ip};
pub use config::{Config, Limits, Management, OwnLimits, Settings};
pub use request_id::{RequestId, X_REQUEST_ID};

use connection::Door;

/// Why an address cannot be listened on, and what to change.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}: {}", remedy(source, key))]
pub struct BindError {
    /// The address.
    pub addr: SocketAddr,
    /// The key that names it.
    pub key: &'static str,
    source: io::Error,
}

fn remedy(source: &io::Error, key: &str) -> String {
    if source.kind() == io::ErrorKind::AddrInUse {
        format!("another program has this port; stop it, or choose another port in `{key}`")
    } else if source.kind() == io::ErrorKind::PermissionDenied {
        format!("ports below 1024 need a privilege; choose a higher port in `{key}`")
    } else if source.kind() == io::ErrorKind::AddrNotAvailable {
        format!("this machine has no such address; change `{key}`")
    } else {
        format!("change `{key}`")
    }
}

/// A bound listener.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    addr: SocketAddr,
    settings: Settings,
}

impl Server {
    /// Binds the address.
    pub async fn bind(settings: &Settings) -> Result<Self, BindError> {
        let fail = |source| BindError { addr: settings.listen, key: settings.key, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(fail)?;
        let addr = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, addr, settings: settings.clone() })
    }

    /// The address that was bound, with the port that the system chose where it was 0.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stop`, then drains: no new connection is taken, requests under way are finished, and what is
    /// left when `drain` is over is cut. Returns when no connection is left. Connections run on `tracker`.
    pub async fn serve<S, B>(self, service: S, stop: CancellationToken, tracker: TaskTracker)
    where
        S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: http_body::Body + Unpin + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Self { listener, addr: _, settings } = self;
        let cut = CancellationToken::new();
        let connections = TaskTracker::new();
        let door = Door::new(&settings, stop.clone(), cut.clone());
        while let Some((stream, peer)) = accept(&listener, &stop).await {
            tracker.spawn(connections.track_future(door.clone().serve(stream, Peer(peer), service.clone())));
        }
        drop(listener);
        connections.close();
        if tokio::time::timeout(settings.drain, connections.wait()).await.is_err() {
            tracing::warn!(left = connections.len(), "the drain is over; what is left is cut");
            cut.cancel();
            connections.wait().await;
        }
    }
}

/// The next connection; `None` once it is time to stop.
async fn accept(listener: &TcpListener, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
    let mut wait = Duration::from_millis(5);
    let longest = Duration::from_secs(1);
    loop {
        let accepted = stop.run_until_cancelled(listener.accept()).await?;
        match accepted {
            Ok(connection) => return Some(connection),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "cannot take a connection, trying again");
                stop.run_until_cancelled(tokio::time::sleep(wait)).await?;
                wait = (wait * 2).min(longest);
            }
        }
    }
}

/// Whether the connection failed, not the listener: the client went away before we took it.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
