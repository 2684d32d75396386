//! The form for a new password, and the words for every rule that one can break.

use serde_json::{Value as Json, json};

use super::super::catalogue::Value;
use super::super::page::{Frame, Password};
use super::super::{Error, clean};
use super::{Body, Voice, number, recovery};
use crate::domain::password::{CharacterClass, Violation};

/// Most rules that are told at once.
const MOST: usize = 16;
/// Most characters of a provider's own words.
const OTHER_CHARS: usize = 300;

pub(super) fn body(voice: &Voice<'_>, frame: &Frame<'_>, password: &Password<'_>) -> Result<Body, Error> {
    let (mut of_new, mut of_confirm) = (Vec::new(), Vec::new());
    for violation in password.violations.iter().take(MOST) {
        let text = tell(voice, violation)?;
        match violation {
            Violation::NotConfirmed if password.confirm => {
                of_confirm.push(json!({ "field": "confirm-password", "text": text }));
            }
            Violation::Empty
            | Violation::TooShort { .. }
            | Violation::TooLong { .. }
            | Violation::NotConfirmed
            | Violation::Common
            | Violation::Guessable
            | Violation::ContainsContext
            | Violation::Reused { .. }
            | Violation::TooFew { .. }
            | Violation::Other(_) => of_new.push(json!({ "field": "new-password", "text": text })),
        }
    }
    let all: Vec<Json> = of_new.iter().chain(&of_confirm).cloned().collect();
    Ok(Body {
        path: "pages/password.hbs",
        title: voice.text("password-title")?,
        is_error: !all.is_empty(),
        urls: json!({
            "password": recovery(frame, password.id, "/password"),
            "cancel": recovery(frame, password.id, "/cancel"),
        }),
        rest: json!({
            "login": password.login.map(clean::login),
            "min_length": password.min_length,
            "max_length": password.max_length,
            "confirm": password.confirm,
            "problems": all,
            "new_problems": of_new,
            "confirm_problems": of_confirm,
        }),
    })
}

fn tell(voice: &Voice<'_>, violation: &Violation) -> Result<String, Error> {
    match violation {
        Violation::Empty => voice.text("password-empty"),
        Violation::TooShort { min } => voice.say("password-too-short", &[("min", number(*min))]),
        Violation::TooLong { max } => voice.say("password-too-long", &[("max", number(*max))]),
        Violation::NotConfirmed => voice.text("password-not-confirmed"),
        Violation::Common => voice.text("password-common"),
        Violation::Guessable => voice.text("password-guessable"),
        Violation::ContainsContext => {
            voice.say("password-context", &[("brand", Value::Text(clean::line(&voice.brand.name, 64)))])
        }
        Violation::Reused { history: None } => voice.text("password-reused"),
        Violation::Reused { history: Some(count) } => {
            voice.say("password-reused-count", &[("count", Value::Number(u64::from(*count)))])
        }
        Violation::TooFew { class, min } => {
            let key = match class {
                CharacterClass::Digits => "password-few-digits",
                CharacterClass::LowerCase => "password-few-lower",
                CharacterClass::UpperCase => "password-few-upper",
                CharacterClass::Special => "password-few-special",
            };
            voice.say(key, &[("min", Value::Number(u64::from(*min)))])
        }
        Violation::Other(text) => voice.say("password-other", &[("text", Value::Text(clean::line(text, OTHER_CHARS)))]),
    }
}
