//! The first steps of a look at somebody whom text channels call: whether its name is known, and why it was not reached.

use tokio::net::lookup_host;

use super::call::Peer;
use super::{Cause, Error};
use crate::domain::finding::Finding;

/// Whether the peer's name is known here; `key` is where it is written.
pub(super) async fn by_name(peer: &Peer, key: &str) -> Result<Finding, Finding> {
    let host = peer.url.host_str().unwrap_or_default();
    let port = peer.url.port_or_known_default().unwrap_or(443);
    let known = format!("the name {host} is known");
    // Brackets belong to addresses, not to those who look names up.
    let name = host.trim_matches(['[', ']']);
    let resolved = tokio::time::timeout(peer.limit, lookup_host((name, port))).await;
    if resolved.is_ok_and(|found| found.is_ok_and(|mut addresses| addresses.next().is_some())) {
        return Ok(Finding::good(known));
    }
    let remedy = format!("look at `{key}`, and at the name servers of this machine");
    Err(Finding::unreachable(known, "it has no address here", remedy))
}

/// Host and port, as a finding names them.
pub(super) fn place(peer: &Peer) -> String {
    let host = peer.url.host_str().unwrap_or_default();
    format!("{host}:{}", peer.url.port_or_known_default().unwrap_or(443))
}

/// What a call that found nobody says to the operator.
pub(super) fn not_reached(peer: &Peer, key: &str, error: Error) -> Finding {
    let place = place(peer);
    match error {
        Error::Misconfigured(Cause::Tls) => Finding::bad(
            format!("{place} speaks TLS as it should"),
            Cause::Tls.to_string(),
            format!(
                "its certificate must bear the name in `{key}` and come from a root of this system's or of `sms.ca_file`"
            ),
        ),
        Error::Transient(cause) | Error::Misconfigured(cause) | Error::Permanent(cause) | Error::Unknown(cause) => {
            Finding::unreachable(
                format!("{place} takes connections and answers"),
                cause.to_string(),
                format!("look at `{key}`, at its status page, and at firewalls on the way"),
            )
        }
    }
}
