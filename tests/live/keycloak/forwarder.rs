//! A stretch of network between regain and the Keycloak that all tests share: it can be cut, mended, and made to lose
//! answers, so that one test's outage is nobody else's; and to make Keycloak deaf to forwarding headers, as one that is
//! started without KC_PROXY_HEADERS is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Bytes that stand in the head of the one call whose answers can be lost.
const PASSWORD_CALL: &str = "/reset-password HTTP/1.1";
/// How forwarding headers begin, and what nobody reads, of the same length.
const FORWARDED: [&str; 2] = ["x-forwarded-", "x-forgotten-"];

/// A port that leads to another.
#[derive(Debug)]
pub(super) struct Forwarder {
    at: SocketAddr,
    to: SocketAddr,
    to_lose: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
    is_deaf: Arc<AtomicBool>,
    /// All that it does; it ends with it.
    task: JoinSet<()>,
}

impl Forwarder {
    /// One that leads to this address.
    pub(super) async fn to(url: &str) -> Self {
        let to = url.strip_prefix("http://").and_then(|place| place.parse().ok()).expect("an address with a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("a port");
        let mut forwarder = Self {
            at,
            to,
            to_lose: Arc::default(),
            lost: Arc::default(),
            is_deaf: Arc::default(),
            task: JoinSet::new(),
        };
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

    /// Lets no forwarding header reach the server from now on.
    pub(super) fn withhold_forwarding(&self) {
        self.is_deaf.store(true, Ordering::SeqCst);
    }

    /// How many answers it has lost.
    pub(super) fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }

    fn listen(&mut self, listener: TcpListener) {
        let (to, to_lose, lost) = (self.to, self.to_lose.clone(), self.lost.clone());
        let is_deaf = self.is_deaf.clone();
        self.task.spawn(async move {
            // All end with this task.
            let mut connections = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.expect("a connection");
                connections.spawn(forward(near, to, to_lose.clone(), lost.clone(), is_deaf.clone()));
            }
        });
    }
}

/// Carries bytes both ways until one side ends, or until an answer is to be lost. Requests of a connection come one
/// after another, so what the server says after a call for a password is that call's answer.
async fn forward(
    mut near: TcpStream,
    to: SocketAddr,
    to_lose: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
    is_deaf: Arc<AtomicBool>,
) {
    let mut far = TcpStream::connect(to).await.expect("the server behind");
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut is_losing = false;
    loop {
        tokio::select! {
            read = near.read(&mut asked) => {
                let Ok(1..) = read else { return };
                let bytes = &mut asked[..read.unwrap_or_default()];
                if is_deaf.load(Ordering::SeqCst) {
                    forget(bytes);
                }
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

/// Renames the forwarding headers of a head. Ours are written small.
fn forget(head: &mut [u8]) {
    let [forwarded, forgotten] = FORWARDED.map(str::as_bytes);
    for at in 0..head.len().saturating_sub(forwarded.len()) {
        if head[at..].starts_with(forwarded) {
            head[at..at + forgotten.len()].copy_from_slice(forgotten);
        }
    }
}
