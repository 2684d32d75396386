//! Where clients are counted: `[limits] store` as written. Read as a text alone; nothing is connected to.

use std::net::IpAddr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::domain::problem::Problems;
use crate::domain::secret::Secret;

/// What is written for "in this process".
pub(super) const MEMORY: &str = "memory";

/// The address of a Redis, with its password.
#[derive(Clone)]
pub(super) struct Address(pub(super) Box<ConnectionInfo>);

/// The library's own form tells the user's name.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(***)")
    }
}

/// Where the counts are kept.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// In this process.
    Memory,
    /// In a Redis or Valkey.
    Shared(Address),
}

/// Reads the key `store`.
pub(super) fn read(written: &Secret, insecure: bool, problems: &mut Problems) -> Option<Kept> {
    let text = written.expose();
    if text == MEMORY {
        return Some(Kept::Memory);
    }
    let has_scheme =
        ["redis:", "rediss:", "valkey:", "valkeys:", "unix:"].iter().any(|scheme| text.starts_with(scheme));
    let info = if has_scheme { text.into_connection_info().ok() } else { None };
    let Some(info) = info.filter(|info| !skips_verification(info.addr())) else {
        problems
            .error("store", "is neither \"memory\" nor the address of a Redis")
            .help("write `redis://127.0.0.1:6379`, `rediss://user:password@host:6379` or `unix:///run/valkey.sock`");
        return None;
    };
    if is_open(info.addr()) {
        let message = "the limits are shared over the network without verified TLS";
        if !insecure {
            problems.error("store", message).help("write `rediss://…`, or say `insecure = true` beside it");
            return None;
        }
        problems.warning("store", message);
    }
    Some(Kept::Shared(Address(Box::new(info))))
}

/// The library takes `#insecure` at the end for leave to trust every certificate.
fn skips_verification(address: &ConnectionAddr) -> bool {
    matches!(address, ConnectionAddr::TcpTls { insecure: true, .. })
}

/// Whether somebody on the network could read along, or answer in its place.
fn is_open(address: &ConnectionAddr) -> bool {
    // The library may learn other ways; whatever they are, they are not known to be safe.
    let stays_here = matches!(address, ConnectionAddr::Tcp(host, _) if is_local(host));
    !stays_here && !matches!(address, ConnectionAddr::TcpTls { .. } | ConnectionAddr::Unix(_))
}

fn is_local(host: &str) -> bool {
    let name = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, insecure: bool) -> (Option<bool>, String) {
        let mut problems = Problems::new();
        let read = problems.within("limits", |problems| read(&Secret::new(text), insecure, problems));
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        (read.map(|kept| matches!(kept, Kept::Shared(_))), told.join("\n"))
    }

    #[test]
    fn memory_and_a_local_or_verified_redis_are_taken() {
        assert_eq!(told("memory", false), (Some(false), String::new()));
        for good in [
            "redis://127.0.0.1",
            "redis://:hunter2@localhost:6380/3",
            "redis://[::1]:6379",
            "valkey://127.0.0.1:6379",
            "valkeys://valkey.example.org",
            "unix:///run/valkey/valkey.sock",
            "rediss://regain:hunter2@valkey.example.org:6379/0",
        ] {
            assert_eq!(told(good, false), (Some(true), String::new()), "{good}");
        }
    }

    #[test]
    fn over_the_network_it_needs_verified_tls_or_says_that_it_is_insecure() {
        let bad = "redis://:hunter2@valkey.example.org";

        let (refused, why) = told(bad, false);
        let (meant, warned) = told(bad, true);

        assert_eq!((refused, meant), (None, Some(true)));
        assert!(why.starts_with("error: `limits.store`: the limits are shared over the network"), "{why}");
        assert!(warned.starts_with("warning: `limits.store`"), "{warned}");
        assert!(!why.contains("hunter2") && !warned.contains("hunter2"));
    }

    #[test]
    fn another_address_is_refused_without_being_repeated() {
        for bad in [
            "",
            "Memory",
            "http://h",
            "amqp://:hunter2@h",
            "redis://:hunter2@",
            "redis://h/hunter2",
            "unix:",
            "rediss://:hunter2@h/#insecure",
        ] {
            let (read, why) = told(bad, true);

            assert_eq!(read, None, "{bad}");
            assert!(why.starts_with("error: `limits.store`: is neither") && !why.contains("hunter2"), "{why}");
        }
    }
}
