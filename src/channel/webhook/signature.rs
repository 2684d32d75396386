//! The signature of Standard Webhooks 1.0.0, symmetric: HMAC-SHA256 over id, timestamp and body, joined by full stops.
//! Neither id nor timestamp is anybody's to choose, and no full stop stands in them.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a secret begins with when it is written down.
const PREFIX: &str = "whsec_";
/// How many bytes it may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret that is shared with the hook.
pub(super) struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// Reads `whsec_` and base64 of 24 to 64 bytes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?);
        BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let key = Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");

        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);

        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(!format!("{key:?}").contains("MfKQ"));
    }

    #[test]
    fn a_secret_has_its_prefix_and_enough_bytes() {
        for bad in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        ] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
        assert!(Key::parse(&format!("whsec_{}", BASE64.encode(&[7; 65]))).is_none());
    }
}
