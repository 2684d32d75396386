//! Who is at the other end: the socket's peer, and the client behind hops that the operator trusts.
//!
//! Nobody is trusted unless the configuration says so, and of all headers only `X-Forwarded-For` is read. The
//! client is the rightmost hop that is not trusted; whatever stands left of it was written by that hop.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The socket's other end, in every request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The client's address after trusted hops, in every request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// The rightmost hop that is not trusted. A hop that is no address ends the walk: the one that passed it on is the
/// client then.
#[must_use]
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    // a header may come in several lines; together they are one list, so the last line holds the nearest hops
    for line in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        for hop in line.as_bytes().rsplit(|byte| *byte == b',') {
            if !is_trusted(client, trusted) {
                return client;
            }
            match hop_address(hop) {
                Some(address) => client = address,
                None => return client,
            }
        }
    }
    client
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// Reads `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` and `[2001:db8::1]:4711`: all are written by common proxies.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = if let Some(v6) = bracketed {
        IpAddr::V6(v6.parse().ok()?)
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        text.parse::<SocketAddr>().ok()?.ip()
    };
    Some(address.to_canonical())
}

/// The trusted hops, and whether it has been said that somebody else sends their header.
#[derive(Clone, Debug)]
pub(super) struct Hops {
    trusted: Arc<[IpNet]>,
    warned: Arc<AtomicBool>,
}

impl Hops {
    pub(super) fn new(trusted: Arc<[IpNet]>) -> Self {
        Self { trusted, warned: Arc::default() }
    }

    pub(super) fn trusts(&self, peer: SocketAddr) -> bool {
        is_trusted(peer.ip().to_canonical(), &self.trusted)
    }

    /// The client of a request. A peer that is not trusted and sends the header is told of once.
    pub(super) fn client(&self, peer: SocketAddr, headers: &HeaderMap<HeaderValue>) -> IpAddr {
        if headers.contains_key(X_FORWARDED_FOR) && !self.trusts(peer) && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a peer that is not in `server.trusted_proxies` sends X-Forwarded-For, which is ignored: if it is \
                 your load balancer, all its clients are one client to the limits until you list it"
            );
        }
        client_ip(peer.ip(), headers, &self.trusted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_walk_panic(lines: Vec<Vec<u8>>) {
            let mut headers = HeaderMap::new();
            for line in lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok()) {
                headers.append(X_FORWARDED_FOR, line);
            }

            let _ = client_ip(IpAddr::from([127, 0, 0, 1]), &headers, &["0.0.0.0/0".parse().unwrap()]);
        }
    }
}
