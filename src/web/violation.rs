//! The rules that a password breaks, as the JSON API tells them: a code for programs, and the numbers that belong to it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::password::{CharacterClass, Violation};

/// Most rules that are told at once.
const MOST: usize = 16;
/// Most characters of a provider's own words.
const MESSAGE_CHARS: usize = 300;

/// One rule that a password breaks.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Violation)]
pub(super) struct Broken {
    /// Which rule. More may come; what is not known is told as `other` is.
    #[schema(example = "too_short")]
    code: Code,
    /// `too_short`: fewest characters. `too_few`: fewest of the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    min: Option<u64>,
    /// `too_long`: most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max: Option<u64>,
    /// `reused`: how many passwords back the provider looks, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    history: Option<u64>,
    /// `too_few`: characters of which kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    class: Option<Class>,
    /// `other`: the provider's own words, to be shown as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<String>,
}

/// The rules that have a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ViolationCode)]
#[serde(rename_all = "snake_case")]
enum Code {
    Empty,
    TooShort,
    TooLong,
    NotConfirmed,
    Common,
    Guessable,
    ContainsContext,
    Reused,
    TooFew,
    #[default]
    Other,
}

/// Kinds of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CharacterClass)]
#[serde(rename_all = "snake_case")]
enum Class {
    Digits,
    LowerCase,
    UpperCase,
    Special,
}

impl Broken {
    /// As many as are told.
    pub(super) fn list(violations: &[Violation]) -> Vec<Self> {
        violations.iter().take(MOST).map(Self::of).collect()
    }

    fn of(violation: &Violation) -> Self {
        let only = |code| Self { code, ..Self::default() };
        match violation {
            Violation::Empty => only(Code::Empty),
            Violation::TooShort { min } => Self { min: count(*min), ..only(Code::TooShort) },
            Violation::TooLong { max } => Self { max: count(*max), ..only(Code::TooLong) },
            Violation::NotConfirmed => only(Code::NotConfirmed),
            Violation::Common => only(Code::Common),
            Violation::Guessable => only(Code::Guessable),
            Violation::ContainsContext => only(Code::ContainsContext),
            Violation::Reused { history } => Self { history: history.map(u64::from), ..only(Code::Reused) },
            Violation::TooFew { class, min } => {
                let class = match class {
                    CharacterClass::Digits => Class::Digits,
                    CharacterClass::LowerCase => Class::LowerCase,
                    CharacterClass::UpperCase => Class::UpperCase,
                    CharacterClass::Special => Class::Special,
                };
                Self { class: Some(class), min: Some(u64::from(*min)), ..only(Code::TooFew) }
            }
            Violation::Other(words) => {
                let printable = words.chars().filter(|character| !character.is_control());
                Self { message: Some(printable.take(MESSAGE_CHARS).collect()), ..only(Code::Other) }
            }
        }
    }
}

fn count(number: usize) -> Option<u64> {
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_code_and_its_numbers() {
        let all = [
            Violation::Empty,
            Violation::TooShort { min: 15 },
            Violation::TooLong { max: 256 },
            Violation::NotConfirmed,
            Violation::Common,
            Violation::Guessable,
            Violation::ContainsContext,
            Violation::Reused { history: None },
            Violation::Reused { history: Some(3) },
            Violation::TooFew { class: CharacterClass::UpperCase, min: 2 },
            Violation::Other("no\nname".into()),
        ];

        let told: Vec<String> =
            Broken::list(&all).iter().map(|broken| serde_json::to_string(broken).expect("JSON")).collect();

        insta::assert_snapshot!(told.join("\n"), @r#"
        {"code":"empty"}
        {"code":"too_short","min":15}
        {"code":"too_long","max":256}
        {"code":"not_confirmed"}
        {"code":"common"}
        {"code":"guessable"}
        {"code":"contains_context"}
        {"code":"reused"}
        {"code":"reused","history":3}
        {"code":"too_few","min":2,"class":"upper_case"}
        {"code":"other","message":"noname"}
        "#);
    }
}
