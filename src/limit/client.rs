//! Under what a client is counted: a digest of the act, the tenant and the prefix, with a key that lies elsewhere.

use std::fmt;
use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Limited;
use crate::domain::id::TenantId;

/// Sixteen bytes are enough that no two of a million clients meet.
pub(super) type Fingerprint = [u8; 16];

/// One client: what is counted once, and for IPv6 the wider prefix, which is counted at four times.
pub(super) struct Client {
    pub(super) narrow: Fingerprint,
    pub(super) wide: Option<Fingerprint>,
}

/// Makes fingerprints. Nobody who lacks the key can tell which addresses share one, however few addresses there are.
pub(super) struct Fingerprints {
    key: Zeroizing<[u8; 32]>,
}

impl Fingerprints {
    pub(super) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self { key }
    }

    /// Those of this process alone.
    pub(super) fn random() -> Self {
        Self::new(Zeroizing::new(rand::random()))
    }

    /// Under what this act is counted. An IPv4-mapped IPv6 address is the IPv4 address.
    pub(super) fn of(&self, what: Limited, tenant: &TenantId, ip: IpAddr) -> Client {
        let digest = |prefix: &[u8]| self.digest(what, tenant, prefix);
        match ip.to_canonical() {
            IpAddr::V4(ip) => Client { narrow: digest(&ip.octets()), wide: None },
            IpAddr::V6(ip) => {
                let octets = ip.octets();
                Client { narrow: digest(&octets[..8]), wide: Some(digest(&octets[..6])) }
            }
        }
    }

    /// Under what the calls of a tenant's backend are counted, from wherever it calls.
    pub(super) fn of_backend(&self, tenant: &TenantId, name: &str) -> Client {
        Client { narrow: self.digest(Limited::Backend, tenant, name.as_bytes()), wide: None }
    }

    /// The parts cannot run into one another: a kind and a tenant's id hold no zero byte.
    fn digest(&self, what: Limited, tenant: &TenantId, who: &[u8]) -> Fingerprint {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).expect("HMAC takes keys of any length");
        for part in [what.as_str().as_bytes(), b"\0", tenant.as_str().as_bytes(), b"\0", who] {
            mac.update(part);
        }
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let (fingerprint, _) = digest.split_first_chunk().expect("32 bytes begin with 16");
        *fingerprint
    }
}

impl fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprints(***)")
    }
}
