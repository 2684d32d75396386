//! `[server]` and `[management]` as they are written, and what they become.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use crate::domain::problem::Problems;
use crate::domain::quantity::{Size, Span};

/// `[server]`: the public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address to listen on.
    pub listen: String,
    /// Whose `X-Forwarded-For` and `X-Request-ID` are believed: addresses or networks of your load balancers.
    pub trusted_proxies: Vec<String>,
    /// How long requests and tasks may go on after the stop.
    pub drain: Span,
    /// How long browsers shall insist on https (`Strict-Transport-Security` on our own pages); `0s` sends nothing.
    pub hsts: Span,
    /// The first byte of a connection, and each request's head from its first byte to its last.
    pub head_timeout: Span,
    /// How long a connection may idle between requests. Longer than the load balancer's own, or it meets resets.
    pub idle_timeout: Span,
    /// The body of a request to our own pages, from its first byte to its last.
    pub body_timeout: Span,
    /// The largest body that our own pages take.
    pub body_limit: Size,
    /// The longest address that our own pages take.
    pub uri_limit: Size,
    /// The largest header list that our own pages take.
    pub header_limit: Size,
    /// The most headers that our own pages take.
    pub header_count: usize,
    /// The longest address that is passed on.
    pub proxied_uri_limit: Size,
    /// The largest header list that is passed on.
    pub proxied_header_limit: Size,
    /// How long a body that is passed on may stand still, and how long its reader may take nothing.
    pub proxied_idle_timeout: Span,
}

impl Default for Config {
    fn default() -> Self {
        let span = |seconds| Span::from(Duration::from_secs(seconds));
        let size = |kibibytes: u64| Size::parse(&format!("{kibibytes}KiB")).expect("a small number and its unit");
        Self {
            listen: "127.0.0.1:8080".into(),
            trusted_proxies: Vec::new(),
            drain: span(30),
            hsts: span(0),
            head_timeout: span(10),
            idle_timeout: span(30),
            body_timeout: span(10),
            body_limit: size(16),
            uri_limit: size(4),
            header_limit: size(16),
            header_count: 64,
            proxied_uri_limit: size(16),
            proxied_header_limit: size(64),
            proxied_idle_timeout: span(30),
        }
    }
}

/// `[management]`: health and metrics, never on the public port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Management {
    /// The address to listen on.
    pub listen: String,
}

impl Default for Management {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9180".into() }
    }
}

/// What a listener needs, known to be right.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The key that `listen` came from, for the remedy when it cannot be had.
    pub key: &'static str,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// How long requests may go on after the stop.
    pub drain: Duration,
    /// What every request on the listener is held to.
    pub limits: Limits,
    /// What requests to our own pages are held to besides; `web` does it.
    pub own: OwnLimits,
    /// The life of `Strict-Transport-Security`, where it is sent.
    pub hsts: Option<Duration>,
}

/// What every request is held to before anybody sees it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The first byte, and each head.
    pub head: Duration,
    /// Between requests, by hyper's timer.
    pub idle: Duration,
    /// How long what we write may wait for its reader.
    pub write: Duration,
    /// Bytes of path and query.
    pub uri: usize,
    /// Bytes of the header list.
    pub headers: usize,
}

/// What requests to our own pages are held to.
#[derive(Clone, Copy, Debug)]
pub struct OwnLimits {
    /// The whole body.
    pub body_timeout: Duration,
    /// Bytes of the body.
    pub body: usize,
    /// Bytes of path and query.
    pub uri: usize,
    /// Bytes of the header list.
    pub headers: usize,
    /// Number of headers.
    pub header_count: usize,
}

impl Config {
    /// Checks `[server]`; keys are relative to it.
    pub fn build(self, problems: &mut Problems) -> Option<Settings> {
        let listen = address(&self.listen, problems);
        let trusted = networks(&self.trusted_proxies, problems);
        let never_nothing = [
            ("head_timeout", self.head_timeout.get().is_zero()),
            ("idle_timeout", self.idle_timeout.get().is_zero()),
            ("body_timeout", self.body_timeout.get().is_zero()),
            ("proxied_idle_timeout", self.proxied_idle_timeout.get().is_zero()),
            ("body_limit", self.body_limit.bytes() == 0),
            ("uri_limit", self.uri_limit.bytes() == 0),
            ("header_limit", self.header_limit.bytes() == 0),
            ("header_count", self.header_count == 0),
            ("proxied_uri_limit", self.proxied_uri_limit.bytes() == 0),
            ("proxied_header_limit", self.proxied_header_limit.bytes() == 0),
        ];
        let mut is_usable = true;
        for (key, _) in never_nothing.iter().filter(|(_, is_nothing)| *is_nothing) {
            problems.error(key, "nothing would get through").help("write more than zero, or leave the key out");
            is_usable = false;
        }
        if !is_usable {
            return None;
        }
        Some(Settings {
            listen: listen?,
            key: "server.listen",
            trusted_proxies: trusted?,
            drain: self.drain.get(),
            limits: Limits {
                head: self.head_timeout.get(),
                idle: self.idle_timeout.get(),
                write: self.proxied_idle_timeout.get(),
                uri: bytes(self.proxied_uri_limit),
                headers: bytes(self.proxied_header_limit),
            },
            own: OwnLimits {
                body_timeout: self.body_timeout.get(),
                body: bytes(self.body_limit),
                uri: bytes(self.uri_limit),
                headers: bytes(self.header_limit),
                header_count: self.header_count,
            },
            hsts: Some(self.hsts.get()).filter(|life| !life.is_zero()),
        })
    }
}

impl Management {
    /// Checks `[management]`; keys are relative to it. All limits are the public listener's defaults.
    pub fn build(self, problems: &mut Problems) -> Option<Settings> {
        let mut settings = Config { listen: self.listen, ..Config::default() }.build(problems)?;
        settings.key = "management.listen";
        Some(settings)
    }
}

fn address(text: &str, problems: &mut Problems) -> Option<SocketAddr> {
    let address = text.parse().ok();
    if address.is_none() {
        problems
            .error("listen", "not an address and a port")
            .help("write an IP address and a port, such as `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`");
    }
    address
}

/// Whoever is trusted writes everybody's address, so a net that holds everybody is refused (PX-10, AD-10).
fn networks(texts: &[String], problems: &mut Problems) -> Option<Arc<[IpNet]>> {
    let mut networks = Vec::with_capacity(texts.len());
    for text in texts {
        let network = text.parse::<IpNet>().ok().or_else(|| Some(IpNet::from(text.parse::<std::net::IpAddr>().ok()?)));
        match network {
            Some(network) if network.prefix_len() == 0 => {
                problems
                    .error("trusted_proxies", format!("`{text}` trusts everybody to say who the client is"))
                    .help("list the addresses or networks of your own load balancers");
            }
            Some(network) => networks.push(network.trunc()),
            None => {
                problems
                    .error("trusted_proxies", format!("`{text}` is neither an address nor a network"))
                    .help("write an address such as `10.0.0.7` or a network such as `10.0.0.0/8`");
            }
        }
    }
    (networks.len() == texts.len()).then(|| networks.into())
}

fn bytes(size: Size) -> usize {
    usize::try_from(size.bytes()).unwrap_or(usize::MAX)
}
