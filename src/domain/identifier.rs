//! What a person typed to say who they are. It is parsed once and then compared exactly; it never decides where a
//! message goes.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, is_nfkc_quick};

use super::address::{EmailAddress, domain_key};
use super::phone::{Country, PhoneNumber};

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

/// In what form a tenant takes identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What it asks for.
    pub kind: Kind,
    /// Whose numbers are typed without `+`; only telephone numbers have a region.
    pub region: Option<Country>,
}

impl From<Kind> for Form {
    /// Telephone numbers then begin with `+`.
    fn from(kind: Kind) -> Self {
        Self { kind, region: None }
    }
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
    /// The tenant asks for a telephone number and this can be none.
    NotAPhone,
}

/// An identifier: a telephone number in E.164 where the tenant asks for one, else what was typed without the ASCII blanks
/// around it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifier(Kept);

/// A number is kept apart from a text, so that no username that looks like a number becomes one. The text is written
/// as it always was, for recoveries that an older binary began.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Text(String),
    Number { phone: PhoneNumber },
}

impl Identifier {
    /// Reads what was typed. ASCII blanks around it are trimmed; controls, and whatever NFKC would change, are
    /// refused rather than folded. A telephone number is read into E.164, its digits in any width; where the tenant
    /// takes a mail address or a username, a text that looks like a number stays a text.
    pub fn parse(typed: &str, form: impl Into<Form>) -> Result<Self, Malformed> {
        let Form { kind, region } = form.into();
        let text = typed.trim_matches(|character: char| character.is_ascii_whitespace());
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(Malformed::TooLong);
        }
        if kind == Kind::Phone {
            let phone = PhoneNumber::typed(text, region).map_err(|_| Malformed::NotAPhone)?;
            return Ok(Self(Kept::Number { phone }));
        }
        if text.chars().any(char::is_control) || is_nfkc_quick(text.chars()) != IsNormalized::Yes {
            return Err(Malformed::Unreadable);
        }
        let identifier = Self(Kept::Text(text.to_owned()));
        match kind {
            Kind::Email if !identifier.has_shape_of_address() => Err(Malformed::NotAnAddress),
            Kind::Email | Kind::Username | Kind::Either | Kind::Phone => Ok(identifier),
        }
    }

    /// What was typed; of a telephone number its E.164 form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Text(text) => text,
            Kept::Number { phone } => phone.as_str(),
        }
    }

    /// The telephone number, where the tenant asks for one.
    #[must_use]
    pub fn as_phone(&self) -> Option<&PhoneNumber> {
        match &self.0 {
            Kept::Text(_) => None,
            Kept::Number { phone } => Some(phone),
        }
    }

    /// Whether it looks like a mail address: then it means the account whose verified address it is, before it
    /// means a username.
    #[must_use]
    pub fn has_shape_of_address(&self) -> bool {
        self.as_str().split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !self.as_str().contains(' ')
        })
    }

    /// The mail address it is, if it is one that could exist.
    #[must_use]
    pub fn as_address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(self.as_str())
    }

    /// What look-up, limits and digests go by, so that no spelling slips past a limit (BF-09).
    #[must_use]
    pub fn key(&self) -> String {
        match self.as_str().rsplit_once('@') {
            Some((local, domain)) => {
                let domain = domain_key(domain).unwrap_or_else(|| domain.to_ascii_lowercase());
                format!("{}@{domain}", local.to_ascii_lowercase())
            }
            None => self.as_str().to_ascii_lowercase(),
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

    #[test]
    fn bf_09_spellings_of_one_number_share_a_key() {
        let us = Form { kind: Kind::Phone, region: Country::parse("US") };
        for typed in ["+1 (500) 555-0006", "5005550006", "\t00 1 500 555 0006\r\n", "＋１５００５５５０００６"]
        {
            let read = Identifier::parse(typed, us).expect("a number");
            assert_eq!((read.key().as_str(), read.as_str()), ("+15005550006", "+15005550006"), "{typed}");
            assert_eq!(read.as_phone().map(PhoneNumber::as_str), Some("+15005550006"));
            assert_eq!(format!("{read:?}"), "Identifier(***)");
        }
    }

    #[test]
    fn a_tenant_that_asks_for_a_number_takes_nothing_else() {
        for typed in ["alice", "alice@example.org", "5005550006", "+1 500 555 000", "+15005550006 ext 1"] {
            assert_eq!(Identifier::parse(typed, Kind::Phone), Err(Malformed::NotAPhone), "{typed}");
        }
        assert_eq!(Identifier::parse(" ", Kind::Phone), Err(Malformed::Empty));
        assert_eq!(Identifier::parse(&"1".repeat(255), Kind::Phone), Err(Malformed::TooLong));
    }

    #[test]
    fn what_looks_like_a_number_is_one_only_where_numbers_are_asked_for() {
        for kind in [Kind::Either, Kind::Username] {
            let username = Identifier::parse("+15005550006", kind).expect("a username");
            assert_eq!(username.as_phone(), None);
        }
    }

    #[test]
    fn a_text_is_sealed_as_it_always_was_and_a_number_as_a_number() {
        let text = Identifier::parse("+15005550006", Kind::Either).expect("a username");
        let number = Identifier::parse("+1 500 555 0006", Kind::Phone).expect("a number");

        let sealed = [&text, &number].map(|it| serde_json::to_string(it).expect("JSON"));

        assert_eq!(sealed, [r#""+15005550006""#, r#"{"phone":"+15005550006"}"#]);
        for (sealed, identifier) in sealed.iter().zip([text, number]) {
            assert_eq!(serde_json::from_str::<Identifier>(sealed).expect("an identifier"), identifier);
        }
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
