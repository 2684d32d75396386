//! The provider beside us (PX-12): whoever reaches it by its own address has its own way to reset a password, without
//! a limit, a notice or a guard of ours.
//!
//! It must answer us, so that an answer on loopback is only told. What is bad is an answer at an address of this
//! machine that others reach.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Method, StatusCode};
use url::{Host, Url};

use super::doors::DOOR;
use super::{Front, in_realm};
use crate::doctor::calls::{ask_trusting, takes_connections};
use crate::domain::finding::Finding;
use crate::outward::{self, Clients};
use crate::tenant::Tenant;

const CLOSE: &str =
    "bind it to 127.0.0.1 (Keycloak: KC_HTTP_HOST=127.0.0.1), or let a firewall pass this machine alone";

/// Asks at every address of the provider, and at those that follow from one on this machine.
pub(super) async fn look(front: &Front, clients: &Clients, own_addresses: &[IpAddr]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (tenant, realm) in front.realms() {
        let mut asked: Vec<Url> = Vec::new();
        for address in [Some(&front.upstream.url), tenant.provider_address.as_ref()].into_iter().flatten() {
            let is_known = asked.iter().any(|known| known.origin() == address.origin());
            // The public name leads through us, or `name` says that it does not.
            let is_public = place(address) == place(&tenant.public_url);
            if is_known || is_public {
                continue;
            }
            asked.push(address.clone());
            findings.push(at(address, tenant, realm, clients, own_addresses).await);
            if outward::is_loopback(address) {
                for elsewhere in elsewhere(address, own_addresses) {
                    findings.push(at(&elsewhere, tenant, realm, clients, own_addresses).await);
                }
            }
        }
    }
    findings
}

/// Where an address is reached, however it is spoken to. Another port of the public host is another place.
fn place(address: &Url) -> (Option<&str>, Option<u16>) {
    (address.host_str(), address.port_or_known_default())
}

/// The same port at this machine's other addresses.
fn elsewhere(address: &Url, own_addresses: &[IpAddr]) -> Vec<Url> {
    let Some(port) = address.port_or_known_default() else { return Vec::new() };
    let at = |ip: &IpAddr| Url::parse(&format!("{}://{}/", address.scheme(), SocketAddr::new(*ip, port))).ok();
    own_addresses.iter().filter_map(at).collect()
}

async fn at(address: &Url, tenant: &Tenant, realm: &str, clients: &Clients, own_addresses: &[IpAddr]) -> Finding {
    let place = match (address.host_str(), address.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(_) | None, _) => address.to_string(),
    };
    let what = format!("nobody goes past regain to the realm {realm} at {place}");
    let url = in_realm(address, tenant, realm, DOOR);
    let answers = match ask_trusting(tenant.provider_roots.as_ref(), clients, Method::GET, url, HeaderMap::new()).await
    {
        Ok(heard) if is_a_door(heard.status) => format!("the provider answers beside us at {place}"),
        Ok(_) => return Finding::good(what),
        // Others may trust its certificate, wait longer, or speak what it speaks.
        Err(silent) if takes_connections(address).await => {
            format!("something that may be the provider takes connections beside us at {place} ({silent})")
        }
        Err(_) => return Finding::good(what),
    };
    let is_own = ip(address).is_some_and(|ip| own_addresses.contains(&ip));
    if is_own {
        Finding::bad(what, format!("{answers}: whoever reaches it skips every control"), CLOSE)
    } else if outward::is_loopback(address) {
        let detail = format!("{answers}, to programs on this machine");
        Finding::warning(what, detail, "keep it on loopback, and other people's programs off this machine")
    } else {
        let detail = format!("{answers}: whoever else reaches it skips every control");
        Finding::warning(what, detail, "let a firewall pass this machine alone")
    }
}

/// A page, a way to one, and also a refusal of what was asked: other parameters may open it. Not what is closed.
fn is_a_door(status: StatusCode) -> bool {
    status.is_success() || status.is_redirection() || status == StatusCode::BAD_REQUEST
}

fn ip(address: &Url) -> Option<IpAddr> {
    match address.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
    }
}
