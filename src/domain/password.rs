//! A new password and the tenant's rules for it: length first, then what is easy to guess (NIST SP 800-63B-4
//! §3.1.1.2). Never truncated, never normalised; no composition rules of our own.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Longest password in bytes that is looked at at all, before anything that costs time (DS-01).
pub const MAX_BYTES: usize = 1024;
/// Lowest minimum that any tenant may set.
pub const LOWEST_MINIMUM: usize = 8;
/// Estimated guesses, as a power of ten, under which a password is too easy.
const ENOUGH_GUESSES_LOG10: f64 = 6.0;
/// Characters that the estimate looks at; its cost grows faster than linearly.
const ESTIMATE_CHARS: usize = 64;

/// A password that a person chose. Does not print, is wiped when dropped.
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Takes what was typed.
    #[must_use]
    pub fn new(typed: impl Into<String>) -> Self {
        Self(SecretString::from(typed.into()))
    }

    /// Hands the password to the provider's call.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(***)")
    }
}

/// One rule that a password broke: ours, or the provider's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Nothing was typed.
    Empty,
    /// Fewer characters than the minimum.
    TooShort {
        /// The minimum.
        min: usize,
    },
    /// More characters than the maximum.
    TooLong {
        /// The maximum.
        max: usize,
    },
    /// The confirmation differs.
    NotConfirmed,
    /// It stands in a list of common passwords, words or names.
    Common,
    /// Few guesses find it.
    Guessable,
    /// It is made of the tenant's words or the person's identifiers.
    ContainsContext,
    /// The provider remembers it.
    Reused {
        /// How many passwords back it looks, where it says so.
        history: Option<u32>,
    },
    /// The provider wants more characters of some kind.
    TooFew {
        /// Which characters.
        class: CharacterClass,
        /// How many.
        min: u32,
    },
    /// The provider's own words, for rules that we have no words for. Never kept or logged.
    Other(String),
}

/// Kinds of characters that a provider may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharacterClass {
    /// `0` to `9`.
    Digits,
    /// Small letters.
    LowerCase,
    /// Capital letters.
    UpperCase,
    /// Neither letters nor digits.
    Special,
}

/// A tenant's rules.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Fewest code points.
    pub min_length: usize,
    /// Most code points.
    pub max_length: usize,
    /// Whether it must be typed twice.
    pub confirm: bool,
    /// Whether common and easily guessed passwords are refused.
    pub strength: bool,
    /// Words of the tenant's that make no password: its name, its product.
    pub context_words: Vec<String>,
}

impl Policy {
    /// All rules that `password` breaks, in the order in which they are told. `personal` are the identifiers of the
    /// person. Length comes before anything that costs time; a password that is too long is not looked at further.
    #[must_use]
    pub fn violations(
        &self,
        password: &NewPassword,
        confirmation: Option<&NewPassword>,
        personal: &[&str],
    ) -> Vec<Violation> {
        let text = password.expose();
        if text.is_empty() {
            return vec![Violation::Empty];
        }
        if text.len() > MAX_BYTES {
            return vec![Violation::TooLong { max: self.max_length }];
        }
        let length = text.chars().count();
        if length > self.max_length {
            return vec![Violation::TooLong { max: self.max_length }];
        }
        let mut violations = Vec::new();
        if length < self.min_length {
            violations.push(Violation::TooShort { min: self.min_length });
        }
        if self.confirm && confirmation.is_none_or(|again| again.expose() != text) {
            violations.push(Violation::NotConfirmed);
        }
        if self.is_made_of(text, personal) {
            violations.push(Violation::ContainsContext);
        } else if self.strength {
            violations.extend(guessable(text));
        }
        violations
    }

    /// Whether a password that broke no rule is made of more words of the person's, which only the provider knows.
    #[must_use]
    pub fn is_personal(&self, password: &NewPassword, personal: &[&str]) -> bool {
        self.is_made_of(password.expose(), personal)
    }

    /// Whether nothing is left of the password once the tenant's words, the person's identifiers, digits and
    /// punctuation are taken out of it.
    fn is_made_of(&self, text: &str, personal: &[&str]) -> bool {
        let mut rest = text.to_lowercase();
        let personal_parts = personal.iter().flat_map(|identifier| {
            let local = identifier.split('@').next().unwrap_or(identifier);
            [*identifier, local]
        });
        let tenant_parts = self.context_words.iter().flat_map(|words| words.split_whitespace());
        let mut words: Vec<String> = personal_parts
            .chain(tenant_parts)
            .map(str::to_lowercase)
            .filter(|word| word.chars().count() >= 3)
            .collect();
        // The longest first, or `acme` would leave `corp` of `acmecorp` behind.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let mut found = false;
        for word in &words {
            if rest.contains(word.as_str()) {
                rest = rest.replace(word.as_str(), "");
                found = true;
            }
        }
        found && !rest.chars().any(char::is_alphabetic)
    }
}

/// What zxcvbn has against it: a dictionary holds the whole of it, or few guesses find it.
fn guessable(text: &str) -> Option<Violation> {
    let head: String = text.chars().take(ESTIMATE_CHARS).collect();
    let estimate = zxcvbn::zxcvbn(&head, &[]);
    let is_one_word = match estimate.sequence() {
        [only] => {
            matches!(only.pattern, zxcvbn::matching::patterns::MatchPattern::Dictionary(_))
                && only.token.len() == text.len()
        }
        _ => false,
    };
    if is_one_word {
        return Some(Violation::Common);
    }
    (estimate.guesses_log10() < ENOUGH_GUESSES_LOG10).then_some(Violation::Guessable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy {
            min_length: 15,
            max_length: 256,
            confirm: false,
            strength: true,
            context_words: vec!["Acme".into(), "Acme Corp".into()],
        }
    }

    fn broken(text: &str) -> Vec<Violation> {
        policy().violations(&NewPassword::new(text), None, &["alice.smith@example.org"])
    }

    #[test]
    fn random_words_are_welcome() {
        assert_eq!(broken("plinth ostrich varnish"), []);
        assert_eq!(broken("山川湖海日月星辰风雨雷电春夏秋冬"), []);
    }

    #[test]
    fn every_broken_rule_is_told_at_once() {
        let policy = Policy { confirm: true, ..policy() };

        let told = policy.violations(&NewPassword::new("password1"), Some(&NewPassword::new("x")), &[]);

        assert_eq!(told, [Violation::TooShort { min: 15 }, Violation::NotConfirmed, Violation::Common]);
    }

    #[test]
    fn what_is_long_and_easy_is_refused() {
        assert_eq!(broken("aaaaaaaaaaaaaaaaaaaa"), [Violation::Guessable]);
        assert_eq!(broken("abcdefghijklmnopqrst"), [Violation::Guessable]);
    }

    #[test]
    fn tenant_words_and_identifiers_make_no_password() {
        assert_eq!(broken("ACME-corp-2024-acme!"), [Violation::ContainsContext]);
        assert_eq!(broken("alice.smith@example.org"), [Violation::ContainsContext]);
        assert_eq!(broken("alice.smith12345678"), [Violation::ContainsContext]);
        assert_eq!(broken("acme ostrich varnish plinth"), []);
    }

    #[test]
    fn length_counts_code_points_and_is_checked_first() {
        assert_eq!(broken(&"🦀".repeat(257)), [Violation::TooLong { max: 256 }]);
        assert_eq!(broken(&"a".repeat(1 << 20)), [Violation::TooLong { max: 256 }]);
        assert_eq!(broken(""), [Violation::Empty]);
    }

    #[test]
    fn a_password_does_not_print() {
        assert_eq!(format!("{:?}", NewPassword::new("hunter2")), "NewPassword(***)");
    }
}
