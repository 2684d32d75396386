//! Something that stands in the way: what it is, and what one can do.

use serde_json::json;

use super::super::Error;
use super::super::catalogue::Value;
use super::super::page::{ErrorPage, Frame};
use super::{Body, Voice, recovery};

pub(super) fn body(voice: &Voice<'_>, frame: &Frame<'_>, page: ErrorPage) -> Result<Body, Error> {
    let start = || Some((format!("{}/", frame.base), "start-again"));
    let again = |id| Some((recovery(frame, id, ""), "try-again"));
    // The words, the button, and whether a reference helps whoever is asked about it.
    let (name, action, is_failure) = match page {
        ErrorPage::Forgery => ("forgery", start(), false),
        ErrorPage::NotFound => ("not-found", start(), false),
        ErrorPage::WrongMethod => ("wrong-method", start(), false),
        ErrorPage::Busy => ("busy", None, false),
        ErrorPage::Malformed => ("malformed", start(), false),
        ErrorPage::SlowDown { .. } => ("slow-down", None, false),
        ErrorPage::Internal => ("internal", start(), true),
        ErrorPage::Unavailable => ("unavailable", None, true),
        ErrorPage::ProviderDown { id } => ("provider-down", again(id), true),
        ErrorPage::Unconfirmed { id } => {
            ("unconfirmed", Some((recovery(frame, id, ""), "error-unconfirmed-action")), true)
        }
        ErrorPage::UpstreamDown => ("upstream-down", None, true),
        ErrorPage::UpstreamSlow => ("upstream-slow", None, true),
    };
    let is_unconfirmed = matches!(page, ErrorPage::Unconfirmed { .. });
    let key = format!("error-{name}-text");
    let text = match page {
        ErrorPage::SlowDown { minutes } => Some(voice.say(&key, &[("minutes", Value::Number(minutes))])?),
        // Its text holds a link, so that the template says it.
        ErrorPage::Unconfirmed { .. } => None,
        ErrorPage::Forgery
        | ErrorPage::NotFound
        | ErrorPage::WrongMethod
        | ErrorPage::Busy
        | ErrorPage::Malformed
        | ErrorPage::Internal
        | ErrorPage::Unavailable
        | ErrorPage::ProviderDown { .. }
        | ErrorPage::UpstreamDown
        | ErrorPage::UpstreamSlow => Some(voice.text(&key)?),
    };
    let (url, label) = match action {
        Some((url, label)) => (Some(url), Some(voice.text(label)?)),
        None => (None, None),
    };
    Ok(Body {
        path: "pages/error.hbs",
        title: voice.text(&format!("error-{name}-title"))?,
        is_error: false,
        urls: json!({ "action": url }),
        rest: json!({
            "sign_in_text": is_unconfirmed,
            "text": text,
            "action": label,
            "request_id": is_failure.then_some(frame.request_id),
        }),
    })
}
