//! The mails' views. A mail that comes twice says the same: nothing here looks at a clock.

use serde_json::{Value as Json, json};
use time::macros::format_description;

use super::super::clean;
use super::super::message::{Form, Message};
use super::{Voice, lay};
use crate::domain::Timestamp;

/// The folder of a mail's templates, and what they see.
pub(in super::super) fn view(voice: &Voice<'_>, message: &Message<'_>) -> (&'static str, Json) {
    let support = voice.brand.support_url.as_ref();
    let mut urls = json!({ "support": support.map(|url| clean::address(url.as_str())) });
    let (kind, more_urls, rest) = match message {
        Message::RecoveryLink(link) => (
            "recovery_link",
            json!({ "link": clean::address(link.link.expose()) }),
            json!({
                "login": clean::unlinked(link.login),
                "link_minutes": link.link_minutes,
                "time": minute(link.asked_at),
            }),
        ),
        Message::PasswordChanged(changed) => (
            "password_changed",
            json!({ "start": clean::address(changed.start_url) }),
            json!({
                "login": clean::unlinked(changed.login),
                // A tenant's own template may know `certain` alone: for it the password was changed, which is true.
                "certain": changed.form != Form::MaybeChanged,
                "again": changed.form == Form::ChangedAgain,
                "time": minute(changed.changed_at),
            }),
        ),
    };
    lay(&mut urls, more_urls);
    let mut context = json!({
        "lang": voice.locale.tag(),
        "dir": voice.direction(),
        "start_side": if voice.locale.is_rtl() { "right" } else { "left" },
        "brand": clean::line(&voice.brand.name, 64),
        "color": voice.brand.color.to_string(),
        "on_color": voice.brand.on_color.to_string(),
        "support_text": support.map(|url| url.as_str().strip_prefix("mailto:").unwrap_or(url.as_str())),
        "urls": urls,
    });
    lay(&mut context, rest);
    (kind, clean::context(context))
}

/// A moment, to the minute, in universal time.
fn minute(moment: Timestamp) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.format(form).expect("every part of the form is part of a moment in UTC")
}
