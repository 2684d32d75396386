//! "Check your messages": what was sent, the field for a code, and the ways to get another message. Nothing on it
//! depends on the account.

use serde_json::json;

use super::super::catalogue::Value;
use super::super::page::{Check, CodeEntry, CodeProblem, Frame};
use super::super::{Error, clean};
use super::{Body, Voice, recovery, start};
use crate::domain::method::Method;

pub(super) fn body(voice: &Voice<'_>, frame: &Frame<'_>, check: &Check<'_>) -> Result<Body, Error> {
    let (minutes, wrong) = match check.codes {
        CodeEntry::Open { minutes, wrong } => (Some(minutes), wrong),
        CodeEntry::None | CodeEntry::Closed => (None, None),
    };
    let is_closed = check.codes == CodeEntry::Closed;
    // Who has to wait for the next message waits for it by any method.
    let waits = check.resend_in.is_some_and(|seconds| seconds > 0);
    let mut ways = Vec::new();
    for other in check.others {
        let label = match other {
            Method::EmailLink => "check-other-email-link",
            Method::EmailOtp => "check-other-email-otp",
            Method::SmsOtp => "check-other-sms-otp",
        };
        let urls = json!({ "method": recovery(frame, check.id, "/method") });
        ways.push(json!({ "name": other.as_str(), "label": voice.text(label)?, "waits": waits, "urls": urls }));
    }
    let mut problems = Vec::new();
    if let Some(wrong) = wrong {
        problems.push(json!({ "field": "code", "text": tell(voice, wrong, check.resend_in.is_some())? }));
    }
    let title = match check.method {
        _ if is_closed => "check-title-closed",
        Method::EmailLink | Method::EmailOtp => "check-title-email",
        Method::SmsOtp => "check-title-phone",
    };
    let is_text = check.method == Method::SmsOtp;
    let has_mail = check.others.iter().any(|other| *other != Method::SmsOtp);
    Ok(Body {
        path: "pages/check.hbs",
        title: voice.text(title)?,
        is_error: !problems.is_empty(),
        urls: json!({
            "code": recovery(frame, check.id, "/code"),
            "resend": recovery(frame, check.id, "/resend"),
        }),
        rest: json!({
            "sent": sent(voice, check)?,
            "link_minutes": check.link_minutes,
            "code_minutes": minutes,
            "codes_closed": is_closed,
            "problems": problems,
            "typed": check.typed.map(|typed| clean::line(typed, start::TYPED_CHARS)),
            "can_resend": check.resend_in.is_some(),
            "resend_in": check.resend_in.unwrap_or(0),
            "others": ways,
            "links": !is_text || has_mail,
            "by_text": is_text,
            "by_text_or_mail": is_text && has_mail,
        }),
    })
}

/// What has been sent, if it was sent to anybody.
fn sent(voice: &Voice<'_>, check: &Check<'_>) -> Result<String, Error> {
    let minutes = [("minutes", Value::Number(check.link_minutes))];
    match check.method {
        _ if check.codes == CodeEntry::Closed => voice.text("check-closed"),
        Method::EmailLink if check.has_code => voice.say("check-sent-both", &minutes),
        Method::EmailLink => voice.say("check-sent", &minutes),
        Method::EmailOtp => voice.text("check-sent-code-email"),
        Method::SmsOtp => voice.text("check-sent-code-text"),
    }
}

fn tell(voice: &Voice<'_>, problem: CodeProblem, can_resend: bool) -> Result<String, Error> {
    match problem {
        CodeProblem::Empty => voice.text("check-code-empty"),
        CodeProblem::NotDigits => voice.text("check-code-not-digits"),
        CodeProblem::TooFew => voice.text("check-code-too-few"),
        CodeProblem::TooMany => voice.text("check-code-too-many"),
        CodeProblem::Wrong { left } => {
            let key = if can_resend { "check-code-wrong" } else { "check-code-wrong-last" };
            voice.say(key, &[("left", Value::Number(u64::from(left)))])
        }
    }
}
