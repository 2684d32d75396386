//! Problem details (RFC 9457 §3.1): what a client that reads JSON is told of a [`Problem`]. Nothing that was sent is
//! repeated in them.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Problem, Told};
use super::violation::Broken;
use crate::domain::code;
use crate::domain::identifier::Malformed;

/// What every type begins with.
pub(super) const TYPE: &str = "urn:regain:problem:";

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Details {
    /// What it is; the one member that a program should go by.
    #[serde(rename = "type")]
    #[schema(example = "urn:regain:problem:recovery-over")]
    kind: String,
    /// The status in words.
    #[schema(example = "Gone")]
    title: String,
    /// The status.
    #[schema(example = 410)]
    status: u16,
    /// What is wrong with the call, for whoever writes the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// `wrong-code`: how many codes may still be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attempts_left: Option<u8>,
    /// `password-refused`: every rule that the password breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    violations: Option<Vec<Broken>>,
    /// The request's name, to be told to whoever reads the log.
    request_id: String,
}

/// What is wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The body is not one JSON text in UTF-8.
    NotJson,
    /// A member stands there twice.
    Twice,
    /// A member is unknown, missing or of another type.
    Members,
    /// What was typed can be no identifier.
    Identifier(Malformed),
    /// What was typed can be no code. It cost no try.
    Code(code::Malformed),
    /// The tenant does not offer the method.
    Method,
    /// The address that a backend names is none.
    ClientIp,
}

impl Fault {
    fn detail(self) -> &'static str {
        match self {
            Self::NotJson => "the body is not one JSON text in UTF-8",
            Self::Twice => "a member stands in the body twice",
            Self::Members => "a member of the body is unknown, missing, or not of the type that this call takes",
            Self::Identifier(Malformed::Empty) => "identifier: is empty",
            Self::Identifier(Malformed::TooLong) => "identifier: is longer than 254 bytes",
            Self::Identifier(Malformed::Unreadable) => {
                "identifier: holds control characters, or others that NFKC would change"
            }
            Self::Identifier(Malformed::NotAnAddress) => "identifier: is no mail address",
            Self::Identifier(Malformed::NotAPhone) => "identifier: is no telephone number",
            Self::Code(code::Malformed::Empty) => "code: is empty",
            Self::Code(code::Malformed::NotDigits) => "code: holds something else than digits",
            Self::Code(code::Malformed::TooFew) => "code: has fewer digits than any code",
            Self::Code(code::Malformed::TooMany) => "code: has more digits than any code",
            Self::Method => "method: is none that this tenant offers",
            Self::ClientIp => "Regain-Client-IP: is not one IP address",
        }
    }
}

impl Details {
    pub(super) fn new(problem: &Problem, told: &Told, request_id: &str) -> Self {
        let mut details = Self {
            kind: format!("{TYPE}{}", told.kind),
            title: told.status.canonical_reason().unwrap_or_default().to_owned(),
            status: told.status.as_u16(),
            detail: None,
            attempts_left: None,
            violations: None,
            request_id: request_id.to_owned(),
        };
        if let Problem::Fault(fault) = problem {
            details.detail = Some(fault.detail().to_owned());
        }
        if let Problem::WrongCode(left) = problem {
            details.attempts_left = Some(*left);
        }
        if let Problem::Refused(violations) = problem {
            details.violations = Some(Broken::list(violations));
        }
        details
    }
}

/// The body and its type; the status is set by who chooses statuses.
pub(super) fn answer(problem: &Problem, told: &Told, request_id: &str) -> Response<Body> {
    let body = serde_json::to_vec(&Details::new(problem, told, request_id)).expect("texts and numbers serialise");
    let mut answer = Response::new(Body::from(body));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer
}
