//! Addresses at which a person can be reached. They come from the provider, never from what was typed.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use super::phone::PhoneNumber;

/// A mail address as the provider holds it. Whatever a mail server could misread is refused: blanks, controls,
/// quotes, brackets, a second `@` (IN-06).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    text: String,
    at: usize,
}

impl EmailAddress {
    /// Reads `local@domain`, 254 bytes at most (RFC 5321 §4.5.3.1 with its erratum 1690).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.find('@')?;
        let (local, domain) = (&text[..at], &text[at + 1..]);
        let plain_local = !local.is_empty()
            && local.len() <= 64
            && local.split('.').all(|part| !part.is_empty())
            && local.chars().all(is_atom_or_dot);
        if !plain_local || text.len() > 254 {
            return None;
        }
        domain_key(domain)?;
        Some(Self { text: text.to_owned(), at })
    }

    /// The address as the provider wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// What two spellings of one address have in common: ASCII letters lowered, the domain as A-labels. Never
    /// Unicode folding, which would make two people's addresses one (IN-04).
    #[must_use]
    pub fn key(&self) -> String {
        let domain = domain_key(&self.text[self.at + 1..]).unwrap_or_default();
        format!("{}@{domain}", self.local().to_ascii_lowercase())
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a mail address")
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.text
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

/// Where one message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// By mail.
    Email(EmailAddress),
    /// By text message.
    Phone(PhoneNumber),
}

/// The domain as lower-case A-labels (UTS #46, non-transitional, STD3); `None` where it is no host name.
pub(super) fn domain_key(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let well_formed =
        !ascii.is_empty() && ascii.len() <= 253 && ascii.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    well_formed.then_some(ascii)
}

/// `atext` of RFC 5322 §3.2.3 with the non-ASCII letters of RFC 6531, or a dot.
fn is_atom_or_dot(character: char) -> bool {
    match character {
        '.' => true,
        ascii if ascii.is_ascii() => ascii.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(ascii),
        other => other.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_spelling_and_has_one_key() {
        let address = EmailAddress::parse("Alice+Tag@Exämple.ORG").expect("an address");

        assert_eq!(address.as_str(), "Alice+Tag@Exämple.ORG");
        assert_eq!(address.key(), "alice+tag@xn--exmple-cua.org");
        assert_eq!(format!("{address:?}"), "EmailAddress(***)");
    }

    #[test]
    fn what_a_mail_server_could_misread_is_refused() {
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.org",
            "a@b@c.org",
            "\"a\r\nb\"@c.org",
            "a@c.org\r\nBcc: x@y.org",
            "a,b@c.org",
            "a;b@c.org",
            "<a@c.org>",
            "a..b@c.org",
            ".a@c.org",
            "a@-c.org",
            "a@c..org",
            "a\0@c.org",
            "a@c.org>",
        ] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad:?}");
        }
    }
}
