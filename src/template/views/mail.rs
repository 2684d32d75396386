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
                "code": link.code.map(|(code, _)| code.expose()),
                "code_groups": link.code.map(|(code, _)| groups(code.expose())).unwrap_or_default(),
                "code_minutes": link.code.map(|(_, minutes)| minutes),
                "code_dies_first": link.code.is_some_and(|(_, minutes)| minutes < link.link_minutes),
                "time": minute(link.asked_at),
            }),
        ),
        Message::RecoveryCode(code) => (
            "recovery_code",
            json!({ "link": code.link.map(|link| clean::address(link.expose())) }),
            json!({
                "login": clean::unlinked(code.login),
                "code": code.code.expose(),
                "code_groups": groups(code.code.expose()),
                "code_minutes": code.code_minutes,
                "link_minutes": code.link_minutes,
                "time": minute(code.asked_at),
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

/// The digits of a code in groups of three or four, each as what comes before its last digit and that digit: a gap is
/// made by the width of the letter's spacing, so that copying the code copies no blank.
fn groups(code: &str) -> Vec<Json> {
    let digits: Vec<char> = code.chars().collect();
    let count = digits.len().div_ceil(4);
    let mut groups = Vec::new();
    let mut from = 0;
    for number in 0..count {
        // Evenly: ten digits are 4, 3 and 3.
        let to = from + (digits.len() - from).div_ceil(count - number);
        if let [start @ .., end] = &digits[from..to] {
            let start: String = start.iter().collect();
            groups.push(json!({ "start": start, "end": end.to_string(), "last": number + 1 == count }));
        }
        from = to;
    }
    groups
}

/// A moment, to the minute, in universal time.
fn minute(moment: Timestamp) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.format(form).expect("every part of the form is part of a moment in UTC")
}
