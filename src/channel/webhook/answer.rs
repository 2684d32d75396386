//! What a hook's answers mean: the status first, and the `code` in the body refines it.

use serde::Deserialize;

use crate::channel::call::Answer;
use crate::channel::{Cause, Error, Receipt};
use crate::outward::Cut;

#[derive(Deserialize)]
struct Words {
    code: String,
}

/// Whether a message was taken.
pub(super) fn of_a_message(answer: &Answer) -> Result<Receipt, Error> {
    let code = answer.json::<Words>().map(|words| words.code);
    if let (200..=499, Some(error)) = (answer.status, code.as_deref().and_then(|code| refined(code, answer))) {
        return Err(error);
    }
    match (answer.status, code.as_deref()) {
        (200..=299, Some("ok")) => Ok(Receipt::default()),
        // A hook that has nothing to say has taken it: Standard Webhooks asks for no body.
        (200..=299, None) if answer.body.as_ref().is_ok_and(|body| body.is_empty()) => Ok(Receipt::default()),
        // Half an answer: it comes again under the same id.
        (200..=299, None) if answer.body == Err(Cut::Broken) => Err(Error::Transient(Cause::Answer)),
        // A page where an answer was to be: the address is another's.
        (200..=299, None) => Err(Error::Misconfigured(Cause::Answer)),
        // A code of a later version.
        (200..=299, Some(_)) => Err(Error::Transient(Cause::Answer)),
        (401 | 403, _) => Err(Error::Misconfigured(Cause::Credentials)),
        (429, _) => Err(Error::Transient(Cause::SlowDown(answer.retry_after))),
        (503, _) if answer.retry_after.is_some() => Err(Error::Transient(Cause::SlowDown(answer.retry_after))),
        (status @ (408 | 425 | 500..=599), _) => Err(Error::Transient(Cause::Status(status))),
        (status @ (400 | 409 | 413 | 422), _) => Err(Error::Permanent(Cause::Status(status))),
        (status, _) => Err(Error::Misconfigured(Cause::Status(status))),
    }
}

/// The codes of the contract. Those of later versions say as much as their status does.
fn refined(code: &str, answer: &Answer) -> Option<Error> {
    Some(match code {
        "invalid_phone_number" => Error::Permanent(Cause::Recipient),
        "opted_out" => Error::Permanent(Cause::OptedOut),
        "delivery_rejected" => Error::Permanent(Cause::Blocked),
        "unsupported_request" => Error::Permanent(Cause::Form),
        "authentication_failed" => Error::Misconfigured(Cause::Credentials),
        "rate_limited" => Error::Transient(Cause::SlowDown(answer.retry_after)),
        // The gateway behind the hook gave it no answer: the same id would be dropped, another would be a second message.
        "timeout" => Error::Unknown(Cause::Timeout),
        "unknown_error" => Error::Transient(Cause::Answer),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: Some(Duration::from_secs(7)), body: Ok(body.to_owned().into()) }
    }

    fn said(status: u16, code: &str) -> Result<Receipt, Error> {
        of_a_message(&answer(status, &format!(r#"{{"code":"{code}","description":"+15005550001","info":{{}}}}"#)))
    }

    #[test]
    fn every_code_of_the_contract_has_its_class() {
        assert_eq!(said(200, "ok"), Ok(Receipt::default()));
        for status in [200, 400, 422] {
            assert_eq!(said(status, "invalid_phone_number"), Err(Error::Permanent(Cause::Recipient)));
            assert_eq!(said(status, "opted_out"), Err(Error::Permanent(Cause::OptedOut)));
            assert_eq!(said(status, "delivery_rejected"), Err(Error::Permanent(Cause::Blocked)));
            assert_eq!(said(status, "unsupported_request"), Err(Error::Permanent(Cause::Form)));
            assert_eq!(said(status, "authentication_failed"), Err(Error::Misconfigured(Cause::Credentials)));
            assert_eq!(said(status, "timeout"), Err(Error::Unknown(Cause::Timeout)));
            assert_eq!(said(status, "unknown_error"), Err(Error::Transient(Cause::Answer)));
            let slow = Cause::SlowDown(Some(Duration::from_secs(7)));
            assert_eq!(said(status, "rate_limited"), Err(Error::Transient(slow)));
        }
        assert_eq!(said(200, "brand_new"), Err(Error::Transient(Cause::Answer)));
        assert_eq!(said(422, "brand_new"), Err(Error::Permanent(Cause::Status(422))));
    }

    #[test]
    fn a_refusal_that_says_ok_is_a_refusal() {
        assert_eq!(said(500, "ok"), Err(Error::Transient(Cause::Status(500))));
        assert_eq!(said(404, "ok"), Err(Error::Misconfigured(Cause::Status(404))));
    }

    #[test]
    fn an_answer_without_a_code_is_read_by_its_status() {
        let bare = |status, body| of_a_message(&answer(status, body));

        assert_eq!(bare(204, ""), Ok(Receipt::default()));
        assert_eq!(bare(200, "<html>log in</html>"), Err(Error::Misconfigured(Cause::Answer)));
        assert_eq!(bare(302, ""), Err(Error::Misconfigured(Cause::Status(302))));
        assert_eq!(bare(401, ""), Err(Error::Misconfigured(Cause::Credentials)));
        assert_eq!(bare(410, ""), Err(Error::Misconfigured(Cause::Status(410))));
        assert_eq!(bare(422, ""), Err(Error::Permanent(Cause::Status(422))));
        assert_eq!(bare(502, ""), Err(Error::Transient(Cause::Status(502))));
        let half = Answer { body: Err(Cut::Broken), ..answer(200, "") };
        assert_eq!(of_a_message(&half), Err(Error::Transient(Cause::Answer)));
    }
}
