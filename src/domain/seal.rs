//! What a recovery must remember and nobody may read in a leaked database: sealed with XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03), bound to its tenant and its recovery as associated data.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::id::{RecoveryId, TenantId};
use super::key::TenantKey;

const NONCE_BYTES: usize = 24;

/// A sealed value: nonce and ciphertext, as they stand in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// A sealed value could not be opened: another key, another recovery, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open under the key and recovery it is said to belong to")]
pub struct Broken;

impl Sealed {
    /// Seals `value` for one recovery of one tenant.
    #[must_use]
    pub fn new<T: Serialize>(key: &TenantKey, tenant: &TenantId, recovery: RecoveryId, value: &T) -> Self {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let plain = serde_json::to_vec(value).expect("our own structs of texts and numbers serialise");
        let bound = associated(tenant, recovery);
        let cipher = cipher(key)
            .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &bound })
            .expect("a text far below the cipher's limit of 256 GiB");
        Self([nonce.as_slice(), &cipher].concat())
    }

    /// Opens the value again, under the same key, tenant and recovery.
    pub fn open<T: DeserializeOwned>(
        &self,
        key: &TenantKey,
        tenant: &TenantId,
        recovery: RecoveryId,
    ) -> Result<T, Broken> {
        let (nonce, text) = self.0.split_first_chunk::<NONCE_BYTES>().ok_or(Broken)?;
        let bound = associated(tenant, recovery);
        let plain =
            cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &bound }).map_err(|_| Broken)?;
        serde_json::from_slice(&plain).map_err(|_| Broken)
    }

    /// Takes the bytes as they stand in a column.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes as they stand in a column.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn cipher(key: &TenantKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.seal_key().into())
}

fn associated(tenant: &TenantId, recovery: RecoveryId) -> Vec<u8> {
    [tenant.as_str().as_bytes(), b"\0", recovery.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::key::{Keyset, TenantKeys};
    use super::*;

    fn tenant() -> (TenantId, TenantKeys) {
        let id = TenantId::parse("acme").expect("a tenant id");
        let keys = Keyset::parse(&Keyset::generate()).expect("a keyset").tenant(&id);
        (id, keys)
    }

    #[test]
    fn a_sealed_value_opens_for_its_own_recovery_only() {
        let (id, keys) = tenant();
        let (mine, other) = (RecoveryId::random(), RecoveryId::random());
        let sealed = Sealed::new(keys.signing(), &id, mine, &"alice@example.org");

        assert_eq!(sealed.open::<String>(keys.signing(), &id, mine).as_deref(), Ok("alice@example.org"));
        assert_eq!(sealed.open::<String>(keys.signing(), &id, other), Err(Broken));
    }

    #[test]
    fn changed_or_short_bytes_are_refused() {
        let (id, keys) = tenant();
        let recovery = RecoveryId::random();
        let sealed = Sealed::new(keys.signing(), &id, recovery, &"x");
        let mut flipped = sealed.as_bytes().to_vec();
        flipped[30] ^= 1;

        for bytes in [flipped, vec![], vec![0; 10]] {
            assert_eq!(Sealed::from_bytes(bytes).open::<String>(keys.signing(), &id, recovery), Err(Broken));
        }
    }
}
