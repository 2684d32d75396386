//! What stands in the way of an answer, and the one match that chooses its status. Rendered as the tenant's page, as one
//! line where no tenant is known, or as `application/problem+json` (RFC 9457) for who does not read HTML.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::details::{self, Fault};
use crate::domain::id::RecoveryId;
use crate::domain::password::Violation;
use crate::domain::sending::Mails;
use crate::recovery;
use crate::template::page::{ErrorPage, Over, Page};
use crate::tenant::Tenant;

/// The status of a page that shows a form again with what is wrong in it.
pub(super) const FORM: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// The statuses of the API's good answers: what was asked for; it is under way; there is nothing to say.
pub(super) const GOOD: StatusCode = StatusCode::OK;
pub(super) const ACCEPTED: StatusCode = StatusCode::ACCEPTED;
pub(super) const NOTHING: StatusCode = StatusCode::NO_CONTENT;

/// The status of a page that lies on another of the tenant's hosts.
pub(super) const ELSEWHERE: StatusCode = StatusCode::PERMANENT_REDIRECT;
/// The status of what was told to us and is noted.
pub(super) const NOTED: StatusCode = StatusCode::NO_CONTENT;

/// When to come back after a failure of ours.
const SOON: Duration = Duration::from_secs(30);

/// Why there is no better answer.
#[derive(Clone, Debug)]
pub enum Problem {
    /// The request is no HTTP that can be read in one way.
    Ambiguous,
    /// The key is nobody's.
    Unauthorized,
    /// The POST did not come from our own page.
    Forgery,
    /// There is no such page.
    NotFound,
    /// No tenant has this host.
    UnknownHost,
    /// The address does not take this method; these it takes.
    WrongMethod(&'static str),
    /// Another change for the account is running.
    Busy,
    /// Unknown, expired, used, closed, foreign.
    Over,
    /// The body is too large.
    TooLarge,
    /// The body took too long.
    TooSlow,
    /// The request's address is too long.
    AddressTooLong,
    /// The headers are too many or too long.
    HeadersTooLarge,
    /// The body is no form.
    MediaType,
    /// The form is not one of ours.
    Unprocessable,
    /// The call to the API is none that it takes, and why.
    Fault(Fault),
    /// The code was wrong; so many may still be tried.
    WrongCode(u8),
    /// No more codes can be tried.
    CodesClosed,
    /// The password breaks these rules.
    Refused(Vec<Violation>),
    /// Too many requests of this client.
    SlowDown(Duration),
    /// The client cannot be counted now. Told to the operator once, not for each request.
    Uncounted,
    /// A fault of ours.
    Internal(Cause),
    /// A failure that passes.
    TryLater(Cause),
    /// The tenant has no valid configuration.
    NoConfiguration,
    /// The provider cannot be reached; the proof lives.
    ProviderDown(RecoveryId),
    /// The outcome is unknown; the proof lives.
    Unconfirmed(RecoveryId),
    /// The upstream cannot be reached.
    UpstreamDown,
    /// The upstream did not answer in time.
    UpstreamSlow,
}

/// What caused a failure, for the one log line that tells of it.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// All that is said of a problem.
pub(super) struct Told {
    pub(super) status: StatusCode,
    /// The last part of the type's URI (CONTRACT §4).
    pub(super) kind: &'static str,
    /// The page; none where it is the one about a dead link.
    page: Option<ErrorPage>,
    /// How long to stay away, where that is known.
    pub(super) retry_after: Option<Duration>,
}

impl Told {
    fn new(status: StatusCode, kind: &'static str, page: ErrorPage) -> Self {
        Self { status, kind, page: Some(page), retry_after: None }
    }

    fn again_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }
}

impl Problem {
    /// The one match: no other place chooses a status.
    pub(super) fn told(&self) -> Told {
        use StatusCode as S;
        let later = |page| Told::new(S::SERVICE_UNAVAILABLE, "try-later", page).again_after(SOON);
        let malformed = |status, kind| Told::new(status, kind, ErrorPage::Malformed);
        match self {
            Self::Ambiguous => malformed(S::BAD_REQUEST, "malformed"),
            Self::Unauthorized => malformed(S::UNAUTHORIZED, "unauthorized"),
            Self::Forgery => Told::new(S::FORBIDDEN, "forgery", ErrorPage::Forgery),
            Self::NotFound | Self::UnknownHost => Told::new(S::NOT_FOUND, "not-found", ErrorPage::NotFound),
            Self::WrongMethod(_) => Told::new(S::METHOD_NOT_ALLOWED, "method-not-allowed", ErrorPage::WrongMethod),
            Self::TooSlow => malformed(S::REQUEST_TIMEOUT, "too-slow"),
            Self::Busy => Told::new(S::CONFLICT, "busy", ErrorPage::Busy),
            Self::Over => Told { status: S::GONE, kind: "recovery-over", page: None, retry_after: None },
            Self::TooLarge => malformed(S::PAYLOAD_TOO_LARGE, "too-large"),
            Self::AddressTooLong => malformed(S::URI_TOO_LONG, "too-large"),
            Self::HeadersTooLarge => malformed(S::REQUEST_HEADER_FIELDS_TOO_LARGE, "too-large"),
            Self::MediaType => malformed(S::UNSUPPORTED_MEDIA_TYPE, "media-type"),
            Self::Unprocessable | Self::Fault(_) => malformed(S::UNPROCESSABLE_ENTITY, "unprocessable"),
            Self::WrongCode(_) => malformed(S::UNPROCESSABLE_ENTITY, "wrong-code"),
            Self::CodesClosed => malformed(S::UNPROCESSABLE_ENTITY, "codes-closed"),
            Self::Refused(_) => malformed(S::UNPROCESSABLE_ENTITY, "password-refused"),
            Self::SlowDown(wait) => {
                let minutes = wait.as_secs().div_ceil(60).max(1);
                Told::new(S::TOO_MANY_REQUESTS, "slow-down", ErrorPage::SlowDown { minutes }).again_after(*wait)
            }
            Self::Internal(_) => Told::new(S::INTERNAL_SERVER_ERROR, "internal", ErrorPage::Internal),
            Self::UpstreamDown => Told::new(S::BAD_GATEWAY, "upstream-unreachable", ErrorPage::UpstreamDown),
            Self::TryLater(_) | Self::NoConfiguration | Self::Uncounted => later(ErrorPage::Unavailable),
            Self::ProviderDown(id) => later(ErrorPage::ProviderDown { id: *id }),
            Self::Unconfirmed(id) => later(ErrorPage::Unconfirmed { id: *id }),
            Self::UpstreamSlow => Told::new(S::GATEWAY_TIMEOUT, "upstream-timeout", ErrorPage::UpstreamSlow),
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.told().status
    }

    /// Logs a failure of ours, once, with the chain of its causes.
    pub(super) fn log(&self, request_id: &str) {
        if let Self::Internal(cause) = self {
            tracing::error!(request.id = request_id, cause = %chain(cause), "request failed");
        }
        if let Self::TryLater(cause) = self {
            tracing::warn!(request.id = request_id, cause = %chain(cause), "request has to be repeated");
        }
    }

    /// The answer as problem details, whatever the client reads.
    pub(super) fn json(&self, request_id: &str) -> Response<Body> {
        let told = self.told();
        self.with_headers(details::answer(self, &told, request_id), &told)
    }

    /// The answer in the form that is read.
    pub(super) fn answer(&self, tenant: Option<&Tenant>, headers: &HeaderMap, request_id: &str) -> Response<Body> {
        if !reads_html(headers) {
            return self.json(request_id);
        }
        let told = self.told();
        let answer = match tenant {
            None => line(&told, request_id),
            Some(tenant) => {
                let page = told.page.map_or_else(|| Page::Over(over(tenant, false)), Page::Error);
                super::render::page(tenant, headers, request_id, None, &page)
                    .unwrap_or_else(|_| line(&told, request_id))
            }
        };
        self.with_headers(answer, &told)
    }

    fn with_headers(&self, mut answer: Response<Body>, told: &Told) -> Response<Body> {
        *answer.status_mut() = told.status;
        if let Some(wait) = told.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Self::WrongMethod(allowed) = self {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        }
        if let Self::Unauthorized = self {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

/// For a browser where nobody's words and colours are known.
fn line(told: &Told, request_id: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(format!("{}\n{request_id}\n", told.status)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

impl Problem {
    /// The problem that a failed use case is to its caller.
    pub(super) fn of(error: recovery::Error, id: Option<RecoveryId>) -> Self {
        match (error, id) {
            (recovery::Error::Malformed(malformed), _) => Self::Fault(Fault::Identifier(malformed)),
            (recovery::Error::Code(malformed), _) => Self::Fault(Fault::Code(malformed)),
            (recovery::Error::Method, _) => Self::Fault(Fault::Method),
            (recovery::Error::Refused(violations), _) => Self::Refused(violations),
            (recovery::Error::SlowDown(slow_down), _) => Self::SlowDown(slow_down.retry_after),
            (recovery::Error::Uncounted, _) => Self::Uncounted,
            (recovery::Error::Over, _) => Self::Over,
            (recovery::Error::Busy, _) => Self::Busy,
            (recovery::Error::ProviderDown, Some(id)) => Self::ProviderDown(id),
            (recovery::Error::Unconfirmed, Some(id)) => Self::Unconfirmed(id),
            (
                error @ (recovery::Error::ProviderDown | recovery::Error::Unconfirmed | recovery::Error::TryLater(_)),
                _,
            ) => Self::TryLater(Arc::new(error)),
        }
    }
}

/// What the page about a dead link or code says of this tenant's lives.
pub(super) fn over(tenant: &Tenant, cancelled: bool) -> Over {
    let recovery = &tenant.recovery;
    let link_life = recovery.mails().is_some_and(Mails::reach).then_some(recovery.link_life);
    let minutes = |life: Duration| life.as_secs() / 60;
    Over { link_minutes: link_life.map(minutes), code_minutes: recovery.code_life().map(minutes), cancelled }
}

/// A browser names `text/html`; whoever names JSON, or nothing, gets JSON.
fn reads_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("text/html") || accept.contains("application/xhtml+xml"))
}

/// The causes of an error, outermost first, on one line.
fn chain(error: &Cause) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(": ");
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each, in the order of their statuses.
    fn all() -> Vec<Problem> {
        let cause = || -> Cause { Arc::new(std::io::Error::other("a cause")) };
        let id = RecoveryId::from_bytes([7; 16]);
        let mut all = vec![
            Problem::Ambiguous,
            Problem::Unauthorized,
            Problem::Forgery,
            Problem::NotFound,
            Problem::UnknownHost,
            Problem::WrongMethod("GET, HEAD"),
            Problem::Busy,
            Problem::Over,
            Problem::TooLarge,
            Problem::TooSlow,
            Problem::AddressTooLong,
            Problem::HeadersTooLarge,
            Problem::MediaType,
            Problem::Unprocessable,
            Problem::Fault(Fault::NotJson),
            Problem::WrongCode(3),
            Problem::CodesClosed,
            Problem::Refused(vec![Violation::Common]),
            Problem::SlowDown(Duration::from_secs(90)),
            Problem::Internal(cause()),
            Problem::TryLater(cause()),
            Problem::NoConfiguration,
            Problem::ProviderDown(id),
            Problem::Unconfirmed(id),
            Problem::UpstreamDown,
            Problem::UpstreamSlow,
        ];
        all.sort_by_key(Problem::status);
        all
    }

    #[test]
    fn every_problem_has_its_status_and_type() {
        let told: Vec<String> = all()
            .iter()
            .map(|problem| {
                let answer = problem.answer(None, &HeaderMap::new(), "the-request");
                let retry = answer.headers().get(RETRY_AFTER).map(|wait| format!(" retry-after {wait:?}"));
                format!("{} {}{}", answer.status().as_u16(), problem.told().kind, retry.unwrap_or_default())
            })
            .collect();

        insta::assert_snapshot!(told.join("\n"), @r#"
        400 malformed
        401 unauthorized
        403 forgery
        404 not-found
        404 not-found
        405 method-not-allowed
        408 too-slow
        409 busy
        410 recovery-over
        413 too-large
        414 too-large
        415 media-type
        422 unprocessable
        422 unprocessable
        422 wrong-code
        422 codes-closed
        422 password-refused
        429 slow-down retry-after "90"
        431 too-large
        500 internal
        502 upstream-unreachable
        503 try-later retry-after "30"
        503 try-later retry-after "30"
        503 try-later retry-after "30"
        503 try-later retry-after "30"
        504 upstream-timeout
        "#);
    }

    #[tokio::test]
    async fn a_problem_is_told_as_rfc_9457_says() {
        use http_body_util::BodyExt;

        let answer = Problem::Over.answer(None, &HeaderMap::new(), "the-request");
        let media_type = answer.headers()[CONTENT_TYPE].clone();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();

        assert_eq!(media_type, "application/problem+json");
        insta::assert_snapshot!(
            String::from_utf8_lossy(&body),
            @r#"{"type":"urn:regain:problem:recovery-over","title":"Gone","status":410,"request_id":"the-request"}"#
        );
    }

    #[test]
    fn a_cause_is_logged_and_never_told() {
        let told = Problem::Internal(Arc::new(std::io::Error::other("the canary")));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));

        for headers in [HeaderMap::new(), headers] {
            let answer = format!("{:?}", told.answer(None, &headers, "x"));
            assert!(!answer.contains("canary"), "{answer}");
        }
    }
}
