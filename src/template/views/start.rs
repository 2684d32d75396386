//! The form that asks who one is.

use serde_json::{Value as Json, json};
use url::form_urlencoded::Serializer;

use super::super::page::{Frame, Start};
use super::super::{Error, clean};
use super::{Body, Voice, number};
use crate::domain::identifier::{Kind, MAX_BYTES, Malformed};
use crate::domain::method::Method;

/// Most characters that are shown of what was typed.
pub(super) const TYPED_CHARS: usize = 254;

pub(super) fn body(voice: &Voice<'_>, frame: &Frame<'_>, start: &Start<'_>) -> Result<Body, Error> {
    let (kind, input_type, input_mode, autocomplete) = match start.identifier {
        Kind::Either => ("either", "text", "email", "username"),
        Kind::Email => ("email", "email", "email", "username"),
        Kind::Username => ("username", "text", "text", "username"),
        Kind::Phone => ("phone", "tel", "tel", "tel"),
    };
    let mut problems = Vec::new();
    if let Some(error) = start.error {
        let text = match error {
            Malformed::Empty => voice.text(&format!("start-empty-{kind}"))?,
            Malformed::TooLong => voice.say(&format!("start-too-long-{kind}"), &[("max", number(MAX_BYTES))])?,
            Malformed::Unreadable => voice.text("start-unreadable")?,
            Malformed::NotAnAddress => voice.text("start-not-an-address")?,
            Malformed::NotAPhone => voice.text("start-not-a-phone")?,
        };
        problems.push(json!({ "field": "identifier", "text": text }));
    }
    let mut methods = Vec::new();
    if start.methods.len() > 1 {
        // One is always chosen: a form without a choice would be one more mistake to make.
        let is_offered = start.methods.contains(&start.method);
        let first = if is_offered { Some(&start.method) } else { start.methods.first() };
        for method in start.methods {
            let label = match method {
                Method::EmailLink => "start-method-email-link",
                Method::EmailOtp => "start-method-email-otp",
                Method::SmsOtp => "start-method-sms-otp",
            };
            let chosen = first == Some(method);
            methods.push(json!({ "name": method.as_str(), "label": voice.text(label)?, "chosen": chosen }));
        }
    }
    Ok(Body {
        path: "pages/start.hbs",
        title: voice.text("start-title")?,
        is_error: !problems.is_empty(),
        urls: match start.back {
            Some(back) => json!({ "sign_in": clean::address(back) }),
            None => json!({}),
        },
        rest: json!({
            "intro": voice.text(&format!("start-intro-{kind}"))?,
            "label": voice.text(&format!("start-label-{kind}"))?,
            "input_type": input_type,
            "input_mode": input_mode,
            "autocomplete": autocomplete,
            "typed": clean::line(start.typed, TYPED_CHARS),
            "return_to": start.return_to,
            "login": start.login,
            "chosen_lang": start.lang,
            "methods": methods,
            "problems": problems,
            "languages": languages(voice, frame, start),
        }),
    })
}

/// Links to this page in the other languages; none where there is but one.
fn languages(voice: &Voice<'_>, frame: &Frame<'_>, start: &Start<'_>) -> Vec<Json> {
    if voice.languages.len() < 2 {
        return Vec::new();
    }
    let link = |(tag, dir, name): &(&str, &'static str, String)| {
        let mut query = Serializer::new(String::new());
        query.append_pair("lang", tag);
        if let Some(return_to) = start.return_to {
            query.append_pair("return_to", return_to);
        }
        if let Some(login) = start.login {
            query.append_pair("login", login);
        }
        let here = clean::address(&format!("{}/?{}", frame.base, query.finish()));
        json!({
            "tag": tag, "dir": dir, "name": name, "current": *tag == voice.locale.tag(), "urls": { "here": here },
        })
    };
    voice.languages.iter().map(link).collect()
}
