//! Our own listeners, where nothing that is proxied may lead: requests would go in circles, and the management
//! listener's metrics, with every tenant in them, into the open.

use std::net::SocketAddr;

use url::{Host, Url};

use super::merged::Merged;
use super::operator::Operator;
use super::tree;
use crate::domain::problem::Problems;
use crate::tenant::SharedHost;

/// The addresses that we listen on, with the keys that name them.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnListeners(Vec<(SocketAddr, &'static str)>);

impl OwnListeners {
    pub(super) fn of(operator: &Operator) -> Self {
        Self([&operator.server, &operator.management].map(|settings| (settings.listen, settings.key)).to_vec())
    }

    /// Refuses a tenant's upstream that is one of them.
    pub(super) fn refuse_as_upstream(&self, merged: &Merged, problems: &mut Problems) {
        let written = tree::find(&merged.values, "upstream.url").and_then(|url| url.as_str());
        let found = written.and_then(|url| Url::parse(url).ok()).and_then(|url| self.find(&url));
        if let Some(listener) = found {
            merged.error(problems, "upstream.url", told(listener));
        }
    }

    /// Refuses shared hosts whose upstream is one of them.
    pub(super) fn refuse_as_shared_upstream(&self, hosts: &[SharedHost], problems: &mut Problems) {
        for (index, host) in hosts.iter().enumerate() {
            let found = host.upstream.as_ref().and_then(|upstream| self.find(&upstream.url));
            if let Some(listener) = found {
                problems.error(&format!("host.{index}.upstream.url"), told(listener));
            }
        }
    }

    /// The key of the listener that an address on this machine leads to.
    fn find(&self, url: &Url) -> Option<&'static str> {
        let port = url.port_or_known_default()?;
        let leads_to = |listen: &SocketAddr| match url.host() {
            Some(Host::Domain(name)) => {
                let is_here = name == "localhost" || name.ends_with(".localhost");
                is_here && (listen.ip().is_loopback() || listen.ip().is_unspecified())
            }
            Some(Host::Ipv4(ip)) => is_reached(listen, ip.into()),
            Some(Host::Ipv6(ip)) => is_reached(listen, ip.into()),
            None => false,
        };
        self.0.iter().find(|(listen, _)| listen.port() == port && leads_to(listen)).map(|(_, key)| *key)
    }
}

/// Whether a listener is reached by this address. One on all addresses is reached by every one that is this machine's;
/// of those only the loopback ones are known here. The proxy itself notices the others after one round.
fn is_reached(listen: &SocketAddr, ip: std::net::IpAddr) -> bool {
    let ip = ip.to_canonical();
    let is_any = listen.ip().is_unspecified() && (listen.is_ipv6() || ip.is_ipv4());
    listen.ip().to_canonical() == ip || (is_any && (ip.is_loopback() || ip.is_unspecified()))
}

fn told(listener: &str) -> String {
    format!("is regain's own listener (`{listener}`), not what stands behind it")
}
