//! Tokens: what their holder may do. A token is base64url of
//! `version 1 ‖ purpose 1 ‖ key id 1 ‖ recovery id 16 ‖ issue 1 ‖ HMAC-SHA-256 32`; it is derived, nothing of it is
//! stored. A parsed token is a claim: nobody believes it before [`Token::is_genuine`].

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::id::RecoveryId;
use super::issue::Issue;
use super::key::TenantKey;
use super::secret::Secret;

const VERSION: u8 = 1;
const BYTES: usize = 52;
const CHARS: usize = 70;

/// What a token is for. It is part of the MAC's input, so that no token serves another purpose (TL-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// The link of a message.
    Link = 1,
    /// The reset token that a right code gives.
    Reset = 2,
    /// What tells the browser that started a recovery; authorises nothing.
    Starter = 3,
    /// The one-view link to a generated password.
    Pickup = 4,
}

impl Purpose {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Link, Self::Reset, Self::Starter, Self::Pickup].into_iter().find(|purpose| *purpose as u8 == byte)
    }
}

/// A token as it came in or goes out.
#[derive(Clone)]
pub struct Token {
    purpose: Purpose,
    key_id: u8,
    recovery: RecoveryId,
    issue: u8,
    mac: [u8; 32],
}

impl Token {
    /// Makes the token of one issue of a recovery.
    #[must_use]
    pub fn mint(key: &TenantKey, purpose: Purpose, recovery: RecoveryId, issue: &Issue) -> Self {
        let mac = mac(key, purpose, recovery, issue);
        Self { purpose, key_id: key.id(), recovery, issue: issue.number, mac }
    }

    /// Reads a token; `None` for any other length, alphabet, version or purpose: such a text needs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != CHARS {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        if bytes[0] != VERSION {
            return None;
        }
        Some(Self {
            purpose: Purpose::from_byte(bytes[1])?,
            key_id: bytes[2],
            recovery: RecoveryId::from_bytes(bytes[3..19].try_into().ok()?),
            issue: bytes[19],
            mac: bytes[20..].try_into().ok()?,
        })
    }

    /// What it claims to be for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The key it claims to be made with. It counts only if it is the key of the recovery's row.
    #[must_use]
    pub fn key_id(&self) -> u8 {
        self.key_id
    }

    /// The recovery it claims to belong to.
    #[must_use]
    pub fn recovery(&self) -> RecoveryId {
        self.recovery
    }

    /// The issue it claims to come from.
    #[must_use]
    pub fn issue(&self) -> u8 {
        self.issue
    }

    /// Whether it was made with this key for this issue; compared in constant time.
    #[must_use]
    pub fn is_genuine(&self, key: &TenantKey, issue: &Issue) -> bool {
        let expected = mac(key, self.purpose, self.recovery, issue);
        let same_mac: bool = expected.ct_eq(&self.mac).into();
        same_mac && self.key_id == key.id() && self.issue == issue.number
    }

    /// Writes it as it stands in links and cookies.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        let mut bytes = [0; BYTES];
        bytes[0] = VERSION;
        bytes[1] = self.purpose as u8;
        bytes[2] = self.key_id;
        bytes[3..19].copy_from_slice(self.recovery.as_bytes());
        bytes[19] = self.issue;
        bytes[20..].copy_from_slice(&self.mac);
        Secret::new(BASE64URL_NOPAD.encode(&bytes))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, {}, {}, ***)", self.purpose, self.recovery, self.issue)
    }
}

fn mac(key: &TenantKey, purpose: Purpose, recovery: RecoveryId, issue: &Issue) -> [u8; 32] {
    key.mac(&[
        b"token",
        &[VERSION, purpose as u8],
        issue.method.as_str().as_bytes(),
        recovery.as_bytes(),
        &[issue.number],
    ])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::id::TenantId;
    use super::super::key::{Keyset, TenantKeys};
    use super::super::method::Method;
    use super::*;
    use crate::domain::Timestamp;

    fn keys(tenant: &str) -> TenantKeys {
        let one = data_encoding::BASE64.encode(&[1; 32]);
        let id = TenantId::parse(tenant).expect("a tenant id");
        Keyset::parse(&format!("1 {one}")).expect("a keyset").tenant(&id)
    }

    fn issue(number: u8, method: Method) -> Issue {
        Issue { number, at: Timestamp::UNIX_EPOCH, method, digits: 8 }
    }

    #[test]
    fn a_token_is_genuine_only_for_its_tenant_purpose_recovery_issue_and_method() {
        let (acme, globex) = (keys("acme"), keys("globex"));
        let recovery = RecoveryId::random();
        let first = issue(1, Method::EmailLink);

        let token = Token::mint(acme.signing(), Purpose::Link, recovery, &first);

        assert!(token.is_genuine(acme.signing(), &first));
        assert!(!token.is_genuine(globex.signing(), &first));
        assert!(!token.is_genuine(acme.signing(), &issue(2, Method::EmailLink)));
        assert!(!token.is_genuine(acme.signing(), &issue(1, Method::EmailOtp)));
        let other = Token { recovery: RecoveryId::random(), ..token.clone() };
        assert!(!other.is_genuine(acme.signing(), &first));
        let reset = Token { purpose: Purpose::Reset, ..token };
        assert!(!reset.is_genuine(acme.signing(), &first));
    }

    #[test]
    fn a_token_does_not_print() {
        let keys = keys("acme");
        let token = Token::mint(keys.signing(), Purpose::Link, RecoveryId::random(), &issue(1, Method::EmailLink));

        assert!(format!("{token:?}").ends_with("***)"));
    }

    proptest! {
        #[test]
        fn a_token_reads_back_as_it_was_written(bytes: [u8; 16], number: u8) {
            let keys = keys("acme");
            let issue = issue(number, Method::EmailLink);
            let token = Token::mint(keys.signing(), Purpose::Link, RecoveryId::from_bytes(bytes), &issue);

            let text = token.to_secret();
            let read = Token::parse(text.expose()).expect("a token");

            prop_assert_eq!(text.expose().len(), CHARS);
            prop_assert!(read.is_genuine(keys.signing(), &issue));
        }

        #[test]
        fn a_token_with_any_bit_changed_is_no_token(bit in 0..BYTES * 8) {
            let keys = keys("acme");
            let issue = issue(1, Method::EmailLink);
            let token = Token::mint(keys.signing(), Purpose::Link, RecoveryId::random(), &issue);
            let mut bytes = BASE64URL_NOPAD.decode(token.to_secret().expose().as_bytes()).expect("base64url");
            bytes[bit / 8] ^= 1 << (bit % 8);

            let read = Token::parse(&BASE64URL_NOPAD.encode(&bytes));

            prop_assert!(read.is_none_or(|read| !read.is_genuine(keys.signing(), &issue)));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,90}") {
            let _ = Token::parse(&text);
        }
    }
}
