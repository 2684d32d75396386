//! Names of things. Each is parsed at the border and cannot be wrong afterwards; none of them proves anything.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;

/// A tenant's name, as its file is called: `[a-z0-9]+(-[a-z0-9]+)*`, at most 63 characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// Reads a tenant's name; `None` where it has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() <= 63
            && text.split('-').all(|part| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            });
        well_formed.then(|| Self(text.into()))
    }

    /// The name as it is written in configuration, columns and logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Declares a 16-byte random name that is written as 22 characters of base64url.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Draws a new name from the operating system's random source.
            #[must_use]
            pub fn random() -> Self {
                Self(rand::random())
            }

            /// Takes the bytes as they stand in a column or a token.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Reads the 22 characters; `None` for any other length, alphabet or stray bits.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                if text.len() != 22 {
                    return None;
                }
                let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
                Some(Self(bytes.try_into().ok()?))
            }

            /// The bytes as they stand in a column or a token.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

random_id! {
    /// One recovery. It stands in addresses and proves nothing.
    RecoveryId
}

random_id! {
    /// One try to set a password: what its rows and its outcome are saved by.
    AttemptId
}

/// The provider's own, immutable name of an account.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// Takes the name as the provider gave it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as the provider gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One row of the outbox, a UUIDv7: mails take their `Message-ID` from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(uuid::Uuid);

impl MessageId {
    /// Makes a name whose time part is `now`, so that rows sort by age.
    #[must_use]
    pub fn new(now: super::Timestamp) -> Self {
        Self(uuid_v7(now))
    }

    /// Reads the one form in which it is written, 36 characters with dashes and lower-case digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = uuid::Uuid::try_parse(text).ok().map(Self)?;
        (id.to_string() == text).then_some(id)
    }

    /// Takes the bytes as they stand in a column.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }

    /// The bytes as they stand in a column.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A UUIDv7 (RFC 9562 §5.7) at `now`, for ids that should sort by age.
#[must_use]
pub fn uuid_v7(now: super::Timestamp) -> uuid::Uuid {
    let since_epoch = now - super::Timestamp::UNIX_EPOCH;
    let seconds = u64::try_from(since_epoch.whole_seconds()).unwrap_or(0);
    let nanos = u32::try_from(since_epoch.subsec_nanoseconds()).unwrap_or(0);
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_id_is_lower_case_words_joined_by_dashes() {
        for good in ["a", "acme", "acme-eu-1", "0"] {
            assert!(TenantId::parse(good).is_some(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "Acme", "a_b", "a.b", "ä", &"a".repeat(64)] {
            assert!(TenantId::parse(bad).is_none(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_recovery_id_reads_back_as_it_was_written(bytes: [u8; 16]) {
            let id = RecoveryId::from_bytes(bytes);

            let read = RecoveryId::parse(&id.to_string());

            proptest::prop_assert_eq!(read, Some(id));
        }

        #[test]
        fn a_message_id_is_read_in_the_form_in_which_it_is_written_alone(bytes: [u8; 16]) {
            let id = MessageId::from_bytes(bytes);
            let written = id.to_string();

            proptest::prop_assert_eq!(MessageId::parse(&written), Some(id));
            proptest::prop_assert_eq!(MessageId::parse(&format!("{{{written}}}")), None);
            proptest::prop_assert_eq!(MessageId::parse(&written.replace('-', "")), None);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = MessageId::parse(&text);
            let _ = RecoveryId::parse(&text);
            let _ = TenantId::parse(&text);
        }
    }
}
