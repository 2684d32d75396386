//! Calls outward: to providers and gateways, never to what is proxied. One way for all of them, with the limits of
//! `docs/security.md`: a connect takes 2 s and a call 10 s at most, no redirect is followed, no proxy of the environment
//! is used, a body is capped, TLS is always verified.
//!
//! Clients are shared by equal trust, and made at the first call: ten thousand tenants must be cheap.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use url::{Host, Url};

use crate::domain::problem::Problems;

/// Longest time for a connect.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest time for a call, its body included.
const TOTAL: Duration = Duration::from_secs(10);
/// Most bytes of an answer.
pub const MOST_BYTES: usize = 1024 * 1024;

/// Roots besides the system's, as PEM.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Roots(Vec<u8>);

impl Roots {
    /// Reads a file of certificates; says in one line what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let pem = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        match reqwest::Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(pem)),
            Ok(_) | Err(_) => Err(format!("{} holds no certificate in PEM form", path.display())),
        }
    }
}

/// The program's clients. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    made: Arc<Mutex<HashMap<Option<Roots>, reqwest::Client>>>,
}

/// No client could be made: the system's roots cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot make a client for TLS")]
pub struct NoClient;

impl Clients {
    /// The client that trusts the system's roots and these.
    pub fn trusting(&self, roots: Option<&Roots>) -> Result<reqwest::Client, NoClient> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&roots.cloned()) {
            return Ok(client.clone());
        }
        // The program installs it first thing; a test that never ran main has not.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("regain/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy();
        if let Some(Roots(pem)) = roots {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| NoClient)?;
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|_| NoClient)?;
        made.insert(roots.cloned(), client.clone());
        Ok(client)
    }
}

/// Why an answer's body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// It is longer than [`MOST_BYTES`].
    #[error("the answer is too long")]
    TooLong,
    /// It broke off, or did not come in time.
    #[error("the answer broke off")]
    Broken,
}

/// Reads an answer's body to its end, as far as it is capped.
pub async fn body(mut answer: reqwest::Response) -> Result<Bytes, Cut> {
    if answer.content_length().is_some_and(|length| length > MOST_BYTES as u64) {
        return Err(Cut::TooLong);
    }
    let mut whole = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Cut::Broken)? {
        if whole.len() + chunk.len() > MOST_BYTES {
            return Err(Cut::TooLong);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// Whether the connection failed for want of trust: TLS's own error stands somewhere in the chain, often inside errors
/// of I/O, whose `source` leaves out what they hold.
#[must_use]
pub fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match held {
        Some(held) => is_of_tls(held),
        None => error.source().is_some_and(is_of_tls),
    }
}

/// Reads the address of somebody we call: a path may stand in it, nothing behind that. In the clear only to this machine,
/// or with `insecure`, which is warned of. Problems are told under `key`.
pub fn address(key: &str, text: &str, insecure: bool, problems: &mut Problems) -> Option<Url> {
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = parsed else {
        problems.error(key, "is no address such as `https://id.example.com`");
        return None;
    };
    let is_bare = url.query().is_none() && url.fragment().is_none();
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        problems.error(key, "must be scheme, host, port and path alone");
        return None;
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        let message = "is spoken to over the network in the clear";
        if !insecure {
            problems.error(key, message).help("use https, or say `insecure = true` beside it");
            return None;
        }
        problems.warning(key, message);
    }
    Some(url)
}

/// Whether an address's host is this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
