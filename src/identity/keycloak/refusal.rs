//! A refusal by the realm's password policy, in our words where we have some. Keycloak tells the first broken rule
//! alone, in English, with its number inside the sentence.

use super::answer::{Answer, Words};
use crate::domain::password::{CharacterClass, Violation};

/// How a key of such a refusal begins; nothing else is one.
const POLICY: &str = "invalidPassword";
/// What stands before every sentence.
const PREFIX: &str = "Invalid password:";
/// Most characters of a sentence that we have no words for.
const MOST_CHARS: usize = 200;

/// The rule that was broken, if the answer is such a refusal.
pub(super) fn violation(answer: &Answer) -> Option<Violation> {
    let Words { error, error_description } = answer.words();
    if answer.status != 400 || !error.starts_with(POLICY) {
        return None;
    }
    let number = number(&error_description);
    let few = |class| number.map(|min| Violation::TooFew { class, min });
    let known = match error.as_str() {
        "invalidPasswordMinLengthMessage" => length(number).map(|min| Violation::TooShort { min }),
        "invalidPasswordMaxLengthMessage" => length(number).map(|max| Violation::TooLong { max }),
        "invalidPasswordHistoryMessage" => Some(Violation::Reused { history: number }),
        "invalidPasswordMinUpperCaseCharsMessage" => few(CharacterClass::UpperCase),
        "invalidPasswordMinLowerCaseCharsMessage" => few(CharacterClass::LowerCase),
        "invalidPasswordMinDigitsMessage" => few(CharacterClass::Digits),
        "invalidPasswordMinSpecialCharsMessage" => few(CharacterClass::Special),
        "invalidPasswordBlacklistedMessage" => Some(Violation::Common),
        "invalidPasswordNotUsernameMessage"
        | "invalidPasswordNotContainsUsernameMessage"
        | "invalidPasswordNotEmailMessage" => Some(Violation::ContainsContext),
        _ => None,
    };
    Some(known.unwrap_or_else(|| Violation::Other(readable(&error_description))))
}

/// The one number of a sentence.
fn number(text: &str) -> Option<u32> {
    let mut numbers = text.split(|character: char| !character.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let first = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some(first)
}

fn length(number: Option<u32>) -> Option<usize> {
    number.and_then(|number| usize::try_from(number).ok())
}

/// A sentence for a page: without the prefix and without anything that is no character, not too long, never empty.
fn readable(text: &str) -> String {
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let plain: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(MOST_CHARS).collect();
    if short.is_empty() { "refused by the password policy".to_owned() } else { short }
}
