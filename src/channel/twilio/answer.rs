//! What Twilio's answers mean. The class comes from the status first, and Twilio's code only refines it: codes are being
//! split and added all the time, so that an unknown one falls back to what its status says.

use serde::Deserialize;

use crate::channel::call::Answer;
use crate::channel::{Cause, Error, Receipt};
use crate::outward::Cut;

/// A message as Twilio keeps it.
#[derive(Deserialize)]
struct Message {
    sid: String,
    status: String,
    error_code: Option<u32>,
}

/// What a refusal says; its sentence is left where it is.
#[derive(Deserialize)]
struct Refusal {
    code: Option<u32>,
}

/// Whether a message was taken, and Twilio's code where it was not.
pub(super) fn of_a_message(answer: &Answer) -> (Result<Receipt, Error>, Option<u32>) {
    match (answer.status, &answer.body) {
        // It is made; that we do not hear its name to the end changes nothing of that.
        (201, Err(Cut::Broken)) => (Ok(Receipt::default()), None),
        (201, Ok(_)) => match answer.json::<Message>().filter(|message| is_sid(&message.sid)) {
            Some(message) => taken(message),
            None => (Err(Error::Unknown(Cause::Answer)), None),
        },
        _ => (Err(refused(answer)), code(answer)),
    }
}

fn taken(message: Message) -> (Result<Receipt, Error>, Option<u32>) {
    match ended(&message.status, message.error_code) {
        Some(error) => (Err(error), message.error_code),
        None => (Ok(Receipt { reference: Some(message.sid) }), None),
    }
}

/// What an answer means that is not the documented one.
pub(super) fn refused(answer: &Answer) -> Error {
    let status = Cause::Status(answer.status);
    match answer.status {
        401 => Error::Misconfigured(Cause::Credentials),
        400 => code(answer).and_then(refined).unwrap_or(Error::Permanent(status)),
        403 => code(answer).and_then(refined).unwrap_or(Error::Misconfigured(status)),
        429 => Error::Transient(Cause::SlowDown(answer.retry_after)),
        503 if answer.retry_after.is_some() => Error::Transient(Cause::SlowDown(answer.retry_after)),
        // Somebody in front of Twilio has passed the message on and does not know what became of it.
        502 | 504 => Error::Unknown(status),
        408 | 425 | 500..=599 => Error::Transient(status),
        // A success that is not the one of a message: whoever answers is not the Messages API, or has changed.
        200..=299 => Error::Unknown(Cause::Answer),
        _ => Error::Misconfigured(status),
    }
}

/// Twilio's code in a refusal.
pub(super) fn code(answer: &Answer) -> Option<u32> {
    answer.json::<Refusal>()?.code
}

/// Why a message in this state will not arrive; `None` where it may, or has.
pub(super) fn ended(status: &str, code: Option<u32>) -> Option<Error> {
    let has_ended = matches!(status, "failed" | "undelivered" | "canceled");
    has_ended.then(|| code.and_then(refined).unwrap_or(Error::Permanent(Cause::Undelivered)))
}

/// What a code says more than its status.
fn refined(code: u32) -> Option<Error> {
    Some(match code {
        // The account, or its key.
        20003 | 20005 | 30002 => Error::Misconfigured(Cause::Credentials),
        // The sender: unknown, not ours, not for messages, not registered, a service without numbers.
        21212 | 21603 | 21606 | 21659 | 21660 | 21701 | 21703 | 21705 | 30034 => Error::Misconfigured(Cause::Sender),
        // The body is too long.
        21605 | 21617 => Error::Misconfigured(Cause::Form),
        // The address for callbacks; an account on trial, which may write to its own numbers only.
        21608 | 21609 => Error::Misconfigured(Cause::Status(400)),
        // No number, none for messages, a landline.
        21211 | 21217 | 21612 | 21614 | 21635 | 30005 | 30006 => Error::Permanent(Cause::Recipient),
        21610 => Error::Permanent(Cause::OptedOut),
        // Countries that are not allowed, carriers' filters, protection against pumping.
        21408 | 30004 | 30007 | 30450 | 60410 | 60605 => Error::Permanent(Cause::Blocked),
        20429 => Error::Transient(Cause::SlowDown(None)),
        // A full queue, a handset that is off, a carrier's bad day.
        30001 | 30003 | 30008 | 30017 | 30022 => Error::Transient(Cause::Undelivered),
        _ => return None,
    })
}

/// `^(SM|MM)[0-9a-fA-F]{32}$`
fn is_sid(text: &str) -> bool {
    let digits = text.strip_prefix("SM").or_else(|| text.strip_prefix("MM"));
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SID: &str = "SM0123456789abcdef0123456789abcdef";

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: Ok(body.to_owned().into()) }
    }

    fn refusal(status: u16, code: u32) -> Error {
        refused(&answer(status, &format!(r#"{{"code":{code},"message":"no: +15005550001","status":{status}}}"#)))
    }

    #[test]
    fn the_status_decides_and_a_code_that_nobody_knows_changes_nothing() {
        for code in [0, 21211, 99999] {
            assert_eq!(refusal(401, code), Error::Misconfigured(Cause::Credentials));
            assert_eq!(refusal(429, code), Error::Transient(Cause::SlowDown(None)));
            assert_eq!(refusal(500, code), Error::Transient(Cause::Status(500)));
            assert_eq!(refusal(503, code), Error::Transient(Cause::Status(503)));
            assert_eq!(refusal(404, code), Error::Misconfigured(Cause::Status(404)));
            assert_eq!(refusal(301, code), Error::Misconfigured(Cause::Status(301)));
        }
        assert_eq!(refusal(400, 99999), Error::Permanent(Cause::Status(400)));
        assert_eq!(refusal(403, 99999), Error::Misconfigured(Cause::Status(403)));
    }

    #[test]
    fn a_code_refines_what_a_refusal_says() {
        let classes = |code| refusal(400, code).class();

        assert_eq!([21211, 21614, 21612].map(classes), ["channel_recipient"; 3]);
        assert_eq!(classes(21610), "channel_opted_out");
        assert_eq!([21408, 30007].map(classes), ["channel_blocked"; 2]);
        assert_eq!([21606, 21212, 21609, 21617, 30034].map(classes), ["channel_misconfigured"; 5]);
    }

    #[test]
    fn a_gateway_that_did_not_hear_the_end_leaves_the_outcome_unknown() {
        for status in [502, 504] {
            assert_eq!(refused(&answer(status, "<html>")), Error::Unknown(Cause::Status(status)));
        }
    }

    #[test]
    fn a_message_that_was_made_is_made_however_little_of_the_answer_came() {
        let broken = Answer { body: Err(Cut::Broken), ..answer(201, "") };

        assert_eq!(of_a_message(&broken).0, Ok(Receipt::default()));
    }

    #[test]
    fn what_is_no_message_of_twilios_is_an_unknown_outcome() {
        let bodies = ["", "{}", "<html>", r#"{"sid":"nope","status":"queued"}"#, r#"{"sid":"SM12","status":"queued"}"#];

        for body in bodies {
            assert_eq!(of_a_message(&answer(201, body)).0, Err(Error::Unknown(Cause::Answer)), "{body}");
        }
        assert_eq!(of_a_message(&answer(200, "{}")).0, Err(Error::Unknown(Cause::Answer)));
    }

    #[test]
    fn a_message_that_failed_at_once_was_not_taken() {
        let of = |status: &str, code: &str| {
            let body = format!(r#"{{"sid":"{SID}","status":"{status}","error_code":{code}}}"#);
            of_a_message(&answer(201, &body)).0
        };

        assert_eq!(of("queued", "null"), Ok(Receipt { reference: Some(SID.to_owned()) }));
        assert_eq!(of("failed", "30007"), Err(Error::Permanent(Cause::Blocked)));
        assert_eq!(of("undelivered", "null"), Err(Error::Permanent(Cause::Undelivered)));
    }

    #[test]
    fn a_wish_to_be_left_alone_is_told() {
        let later = Answer { retry_after: Some(Duration::from_secs(7)), ..answer(429, "") };

        assert_eq!(refused(&later).retry_after(), Some(Duration::from_secs(7)));
    }
}
