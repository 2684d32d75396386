//! A stretch of network between regain and the Keycloak that all tests share: it can be cut, mended, and made to lose
//! answers, so that one test's outage is nobody else's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Bytes that stand in the head of the one call whose answers can be lost.
const PASSWORD_CALL: &str = "/reset-password HTTP/1.1";

/// A port that leads to another.
#[derive(Debug)]
pub(super) struct Forwarder {
    at: SocketAddr,
    to: SocketAddr,
    to_lose: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
    /// All that it does; it ends with it.
    task: JoinSet<()>,
}

impl Forwarder {
    /// One that leads to this address.
    pub(super) async fn to(url: &str) -> Self {
        let to = url.strip_prefix("http://").and_then(|place| place.parse().ok()).expect("an address with a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("a port");
        let mut forwarder = Self { at, to, to_lose: Arc::default(), lost: Arc::default(), task: JoinSet::new() };
        forwarder.listen(listener);
        forwarder
    }

    /// Its address.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Refuses connections from now on, and breaks those that are open: nobody is there any more.
    pub(super) async fn cut(&mut self) {
        // Its port is free when it has gone.
        self.task.shutdown().await;
    }

    /// Is there again.
    pub(super) async fn mend(&mut self) {
        assert!(self.task.is_empty(), "it was cut before");
        let listener = TcpListener::bind(self.at).await.expect("its own port");
        self.listen(listener);
    }

    /// Lets this many settings of a password reach the server, and loses the answers.
    pub(super) fn lose_answers(&self, number: usize) {
        self.to_lose.store(number, Ordering::SeqCst);
    }

    /// How many answers it has lost.
    pub(super) fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }

    fn listen(&mut self, listener: TcpListener) {
        let (to, to_lose, lost) = (self.to, self.to_lose.clone(), self.lost.clone());
        self.task.spawn(async move {
            // All end with this task.
            let mut connections = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.expect("a connection");
                connections.spawn(forward(near, to, to_lose.clone(), lost.clone()));
            }
        });
    }
}

/// Carries bytes both ways until one side ends, or until an answer is to be lost. Requests of a connection come one
/// after another, so what the server says after a call for a password is that call's answer.
async fn forward(mut near: TcpStream, to: SocketAddr, to_lose: Arc<AtomicUsize>, lost: Arc<AtomicUsize>) {
    let mut far = TcpStream::connect(to).await.expect("the server behind");
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut is_losing = false;
    loop {
        tokio::select! {
            read = near.read(&mut asked) => {
                let Ok(1..) = read else { return };
                let bytes = &asked[..read.unwrap_or_default()];
                if String::from_utf8_lossy(bytes).contains(PASSWORD_CALL) {
                    let less = |left: usize| left.checked_sub(1);
                    is_losing = to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
                }
                if far.write_all(bytes).await.is_err() { return; }
            }
            read = far.read(&mut answered) => {
                let Ok(1..) = read else { return };
                if is_losing {
                    lost.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                if near.write_all(&answered[..read.unwrap_or_default()]).await.is_err() { return; }
            }
        }
    }
}
