//! What a person typed to say who they are. It is parsed once and then compared exactly; it never decides where a
//! message goes.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, is_nfkc_quick};

use super::address::{EmailAddress, domain_key};

/// Longest identifier in bytes: that of a mail address.
pub const MAX_BYTES: usize = 254;

/// What a tenant asks people to type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A mail address.
    Email,
    /// A username.
    Username,
    /// A mail address or a username.
    #[default]
    Either,
    /// A telephone number.
    Phone,
}

/// Why what was typed can be no identifier. Decided from the text alone, without a look-up (EN-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing was typed.
    Empty,
    /// More than [`MAX_BYTES`].
    TooLong,
    /// Controls, or characters that another system might fold into others (IN-04).
    Unreadable,
    /// The tenant asks for a mail address and this has not the shape of one.
    NotAnAddress,
}

/// An identifier as it was typed, without the ASCII blanks around it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifier(String);

impl Identifier {
    /// Reads what was typed. ASCII blanks around it are trimmed; controls, and whatever NFKC would change, are
    /// refused rather than folded.
    pub fn parse(typed: &str, kind: Kind) -> Result<Self, Malformed> {
        let text = typed.trim_matches(|character: char| character.is_ascii_whitespace());
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(Malformed::TooLong);
        }
        if text.chars().any(char::is_control) || is_nfkc_quick(text.chars()) != IsNormalized::Yes {
            return Err(Malformed::Unreadable);
        }
        let identifier = Self(text.to_owned());
        match kind {
            Kind::Email if !identifier.has_shape_of_address() => Err(Malformed::NotAnAddress),
            Kind::Email | Kind::Username | Kind::Either | Kind::Phone => Ok(identifier),
        }
    }

    /// What was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it looks like a mail address: then it means the account whose verified address it is, before it
    /// means a username.
    #[must_use]
    pub fn has_shape_of_address(&self) -> bool {
        self.0.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !self.0.contains(' ')
        })
    }

    /// The mail address it is, if it is one that could exist.
    #[must_use]
    pub fn as_address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.0)
    }

    /// What look-up, limits and digests go by, so that no spelling slips past a limit (BF-09).
    #[must_use]
    pub fn key(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((local, domain)) => {
                let domain = domain_key(domain).unwrap_or_else(|| domain.to_ascii_lowercase());
                format!("{}@{domain}", local.to_ascii_lowercase())
            }
            None => self.0.to_ascii_lowercase(),
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_address_share_a_key() {
        for typed in ["v@x.test", " v@x.test ", "V@X.TEST", "\tv@x.test\r\n"] {
            assert_eq!(
                Identifier::parse(typed, Kind::Either).map(|read| read.key()).as_deref(),
                Ok("v@x.test"),
                "{typed:?}"
            );
        }
        let tagged = Identifier::parse("v+a@x.test", Kind::Either).expect("an identifier");
        assert_eq!(tagged.key(), "v+a@x.test");
    }

    #[test]
    fn what_nfkc_would_change_is_refused() {
        for typed in [
            "v@evil.test＠example.org",
            "ｖ@x.test",
            "\u{212a}@x.test",
            "ſ@x.test",
            "v\u{a0}@x.test",
            "v\0@x.test",
            "ﬁ",
        ] {
            assert_eq!(Identifier::parse(typed, Kind::Either), Err(Malformed::Unreadable), "{typed:?}");
        }
    }

    #[test]
    fn look_alikes_stay_what_they_are() {
        let dotless = Identifier::parse("mıke@example.org", Kind::Either).expect("an identifier");
        let cyrillic = Identifier::parse("v@exaмple.org", Kind::Either).expect("an identifier");

        assert_ne!(dotless.key(), "mike@example.org");
        assert!(cyrillic.key().contains("@xn--"), "{}", cyrillic.key());
    }

    #[test]
    fn a_tenant_that_asks_for_an_address_takes_only_the_shape_of_one() {
        for typed in ["alice", "a@b@c", "a b@c", "@c", "a@"] {
            assert_eq!(Identifier::parse(typed, Kind::Email), Err(Malformed::NotAnAddress), "{typed}");
        }
        // A domain that cannot exist is nobody's; that is no error of form.
        assert!(Identifier::parse("v@-x-.test", Kind::Email).is_ok());
        assert_eq!(Identifier::parse(" ", Kind::Email), Err(Malformed::Empty));
        assert_eq!(Identifier::parse(&"a".repeat(255), Kind::Either), Err(Malformed::TooLong));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_keys_are_stable(text: String) {
            if let Ok(identifier) = Identifier::parse(&text, Kind::Either) {
                let again = Identifier::parse(&identifier.key(), Kind::Either);
                if let Ok(again) = again {
                    prop_assert_eq!(again.key(), identifier.key());
                }
                let _ = identifier.as_address();
            }
        }
    }
}
