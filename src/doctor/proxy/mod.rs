//! What stands behind each host: whether it answers, whether it builds its addresses for the host in front, whether
//! its own ways to reset a password are closed here, who else it answers, and where the public name leads.

mod addresses;
mod beside;
mod doors;
mod name;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use http::{HeaderMap, Method};
use url::Url;

use super::Category;
use super::calls::ask;
use crate::domain::finding::Finding;
use crate::outward::Clients;
use crate::proxy::Target;
use crate::tenant::{SharedHost, Tenant, Upstream};

/// A host with something behind it, and the tenants there.
#[derive(Debug)]
pub(super) struct Front {
    /// The host, as people ask for it.
    pub(super) name: String,
    /// All names that lead to it.
    hosts: Vec<String>,
    pub(super) upstream: Arc<Upstream>,
    /// The tenants that were chosen, each with the realm that it has at the upstream, if any.
    tenants: Vec<Arc<Tenant>>,
}

impl Front {
    /// The hosts of these tenants that have something behind them; shared ones without a tenant only if `all`.
    pub(super) fn all(tenants: &[Arc<Tenant>], shared: &[SharedHost], all: bool) -> Vec<Self> {
        let mut fronts = Vec::new();
        for tenant in tenants.iter().filter(|tenant| tenant.path.is_empty()) {
            if let Some(upstream) = tenant.upstream.clone() {
                let name = tenant.public_url.host_str().unwrap_or_default().to_owned();
                fronts.push(Self { name, hosts: tenant.hosts.clone(), upstream, tenants: vec![Arc::clone(tenant)] });
            }
        }
        for host in shared {
            let here = |tenant: &&Arc<Tenant>| !tenant.path.is_empty() && tenant.hosts.contains(&host.name);
            let tenants: Vec<Arc<Tenant>> = tenants.iter().filter(here).cloned().collect();
            if let Some(upstream) = host.upstream.clone().filter(|_| all || !tenants.is_empty()) {
                fronts.push(Self { name: host.name.clone(), hosts: vec![host.name.clone()], upstream, tenants });
            }
        }
        fronts
    }

    /// The tenants whose provider keeps them in a realm, with its name.
    fn realms(&self) -> impl Iterator<Item = (&Arc<Tenant>, &str)> {
        self.tenants.iter().filter_map(|tenant| Some((tenant, tenant.realm.as_deref()?)))
    }

    /// Whether the provider's own ways to reset a password lead to ours: the one place that says so.
    fn intercepts(&self) -> bool {
        self.upstream.intercept.is_some()
    }
}

/// Looks at one host. `listen` is where the program that serves this configuration listens, as far as that is known.
pub(super) async fn look(
    front: &Front,
    clients: &Clients,
    listen: Option<SocketAddr>,
    own_addresses: &[IpAddr],
) -> Category {
    let category = |findings| Category::new(format!("proxy {}", front.name), findings);
    let Ok(target) = Target::new(&front.upstream.url, &front.upstream.public_url, &front.upstream.close) else {
        let remedy = "look at `upstream.url`";
        return category(vec![Finding::bad("the upstream can be proxied to", "its address cannot be used", remedy)]);
    };
    let as_proxied = target.headers_as_proxied(IpAddr::from(Ipv4Addr::LOCALHOST));
    let upstream = &front.upstream.url;
    let what = format!("the upstream answers at {upstream}");
    let mut findings = Vec::new();
    match ask(clients, Method::GET, upstream.clone(), as_proxied.clone()).await {
        Ok(_) => {
            findings.push(Finding::good(what));
            for (tenant, realm) in front.realms() {
                findings.push(addresses::look(front, tenant, realm, clients, &as_proxied).await);
            }
        }
        Err(silent) => findings.push(Finding::unreachable(
            what,
            silent.to_string(),
            "start it, or mend `upstream.url`; Keycloak takes plain HTTP with KC_HTTP_ENABLED=true",
        )),
    }
    findings.extend(doors::look(front, clients, listen).await);
    findings.extend(beside::look(front, clients, own_addresses).await);
    for tenant in &front.tenants {
        findings.push(name::look(tenant, clients).await);
    }
    category(findings)
}

/// An address of the realm, at this origin: below the path that the provider's own address has.
fn in_realm(origin: &Url, tenant: &Tenant, realm: &str, rest: &[&str]) -> Url {
    let mut url = origin.clone();
    url.set_path(tenant.provider_address.as_ref().map_or("", Url::path));
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["realms", realm]).extend(rest);
    }
    url
}

/// Headers of somebody who asks for this host and nothing else.
fn asking_for(host: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(host) = http::HeaderValue::from_str(host) {
        headers.insert(http::header::HOST, host);
    }
    headers
}

/// The addresses by which others reach this machine: those that it would send from. Nothing is sent to find them; the
/// addresses that are named belong to documentation (RFC 5737, RFC 3849).
#[must_use]
pub fn own_addresses() -> Vec<IpAddr> {
    let ways = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    let from = |(any, to): (&str, &str)| {
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(to).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    };
    ways.into_iter().filter_map(from).filter(|ip| !ip.is_loopback() && !ip.is_unspecified()).collect()
}
