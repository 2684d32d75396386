//! The text messages' views. They are short: what a mail says beside its one sentence, a text message leaves out.

use serde_json::{Value as Json, json};

use super::super::clean;
use super::super::message::{Form, TextMessage};
use super::Voice;

/// The folder of a text message's template, and what it sees.
pub(in super::super) fn view(voice: &Voice<'_>, message: &TextMessage<'_>) -> (&'static str, Json) {
    let (kind, context) = match message {
        TextMessage::RecoveryCode { code, host } => (
            "recovery_code",
            json!({ "lang": voice.locale.tag(), "brand": voice.brand.sms_name, "code": code.expose(), "host": host }),
        ),
        TextMessage::PasswordChanged { form } => (
            "password_changed",
            json!({
                "lang": voice.locale.tag(),
                "brand": voice.brand.sms_name,
                "certain": *form != Form::MaybeChanged,
                "again": *form == Form::ChangedAgain,
            }),
        ),
    };
    (kind, clean::context(context))
}
