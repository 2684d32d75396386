//! What stands in the way of an answer, and the one match that chooses its status. Rendered as the tenant's page, as one
//! line where no tenant is known, or as `application/problem+json` (RFC 9457) for who does not read HTML.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::domain::id::RecoveryId;
use crate::recovery;
use crate::template::page::{ErrorPage, Over, Page};
use crate::tenant::Tenant;

/// The status of a page that shows a form again with what is wrong in it.
pub(super) const FORM: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// When to come back after a failure of ours.
const SOON: Duration = Duration::from_secs(30);

/// Why there is no better answer.
#[derive(Clone, Debug)]
pub enum Problem {
    /// The request is no HTTP that can be read in one way.
    Ambiguous,
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
    /// Too many requests of this client.
    SlowDown(Duration),
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

impl Problem {
    /// The status of the answer: the only place where one is chosen.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Ambiguous => StatusCode::BAD_REQUEST,
            Self::Forgery => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownHost => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy => StatusCode::CONFLICT,
            Self::Over => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SlowDown(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UpstreamDown => StatusCode::BAD_GATEWAY,
            Self::TryLater(_) | Self::NoConfiguration | Self::ProviderDown(_) | Self::Unconfirmed(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::UpstreamSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The problem's type, the last part of its URI (CONTRACT §4).
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ambiguous => "malformed",
            Self::Forgery => "forgery",
            Self::NotFound | Self::UnknownHost => "not-found",
            Self::WrongMethod(_) => "method-not-allowed",
            Self::Busy => "busy",
            Self::Over => "recovery-over",
            Self::TooLarge | Self::AddressTooLong | Self::HeadersTooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::MediaType => "media-type",
            Self::Unprocessable => "unprocessable",
            Self::SlowDown(_) => "slow-down",
            Self::Internal(_) => "internal",
            Self::TryLater(_) | Self::NoConfiguration | Self::ProviderDown(_) | Self::Unconfirmed(_) => "try-later",
            Self::UpstreamDown => "upstream-unreachable",
            Self::UpstreamSlow => "upstream-timeout",
        }
    }

    /// The page that tells of it.
    fn page(&self, tenant: &Tenant) -> Page<'static> {
        let page = match self {
            Self::Over => return Page::Over(over(tenant, false)),
            Self::Ambiguous
            | Self::TooLarge
            | Self::TooSlow
            | Self::AddressTooLong
            | Self::HeadersTooLarge
            | Self::MediaType
            | Self::Unprocessable => ErrorPage::Malformed,
            Self::Forgery => ErrorPage::Forgery,
            Self::NotFound | Self::UnknownHost => ErrorPage::NotFound,
            Self::WrongMethod(_) => ErrorPage::WrongMethod,
            Self::Busy => ErrorPage::Busy,
            Self::SlowDown(wait) => ErrorPage::SlowDown { minutes: wait.as_secs().div_ceil(60).max(1) },
            Self::Internal(_) => ErrorPage::Internal,
            Self::TryLater(_) | Self::NoConfiguration => ErrorPage::Unavailable,
            Self::ProviderDown(id) => ErrorPage::ProviderDown { id: *id },
            Self::Unconfirmed(id) => ErrorPage::Unconfirmed { id: *id },
            Self::UpstreamDown => ErrorPage::UpstreamDown,
            Self::UpstreamSlow => ErrorPage::UpstreamSlow,
        };
        Page::Error(page)
    }

    /// How long to stay away, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::SlowDown(wait) => Some(*wait),
            Self::TryLater(_) | Self::NoConfiguration | Self::ProviderDown(_) | Self::Unconfirmed(_) => Some(SOON),
            Self::Ambiguous
            | Self::Forgery
            | Self::NotFound
            | Self::UnknownHost
            | Self::WrongMethod(_)
            | Self::Busy
            | Self::Over
            | Self::TooLarge
            | Self::TooSlow
            | Self::AddressTooLong
            | Self::HeadersTooLarge
            | Self::MediaType
            | Self::Unprocessable
            | Self::Internal(_)
            | Self::UpstreamDown
            | Self::UpstreamSlow => None,
        }
    }

    /// Logs a failure of ours, once, with the chain of its causes.
    pub(super) fn log(&self, request_id: &str) {
        match self {
            Self::Internal(cause) => {
                tracing::error!(request.id = request_id, cause = %chain(cause), "request failed");
            }
            Self::TryLater(cause) => {
                tracing::warn!(request.id = request_id, cause = %chain(cause), "request has to be repeated");
            }
            Self::Ambiguous
            | Self::Forgery
            | Self::NotFound
            | Self::UnknownHost
            | Self::WrongMethod(_)
            | Self::Busy
            | Self::Over
            | Self::TooLarge
            | Self::TooSlow
            | Self::AddressTooLong
            | Self::HeadersTooLarge
            | Self::MediaType
            | Self::Unprocessable
            | Self::SlowDown(_)
            | Self::NoConfiguration
            | Self::ProviderDown(_)
            | Self::Unconfirmed(_)
            | Self::UpstreamDown
            | Self::UpstreamSlow => {}
        }
    }

    /// The answer in the form that is read.
    pub(super) fn answer(&self, tenant: Option<&Tenant>, headers: &HeaderMap, request_id: &str) -> Response<Body> {
        let mut answer = match tenant {
            _ if !reads_html(headers) => self.json(request_id),
            None => self.line(request_id),
            Some(tenant) => super::render::page(tenant, headers, request_id, None, &self.page(tenant))
                .unwrap_or_else(|_| self.line(request_id)),
        };
        *answer.status_mut() = self.status();
        if let Some(wait) = self.retry_after() {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Self::WrongMethod(allowed) = self {
            answer.headers_mut().insert(http::header::ALLOW, HeaderValue::from_static(allowed));
        }
        answer
    }

    /// For a browser where nobody's words and colours are known.
    fn line(&self, request_id: &str) -> Response<Body> {
        let mut answer = Response::new(Body::from(format!("{}\n{request_id}\n", self.status())));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        answer
    }

    fn json(&self, request_id: &str) -> Response<Body> {
        let status = self.status();
        let problem = serde_json::json!({
            "type": format!("urn:regain:problem:{}", self.kind()),
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "request_id": request_id,
        });
        let mut answer = Response::new(Body::from(problem.to_string()));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answer
    }
}

impl Problem {
    /// The problem that a failed use case is to its caller.
    pub(super) fn of(error: recovery::Error, id: Option<RecoveryId>) -> Self {
        match (error, id) {
            (recovery::Error::Malformed(_) | recovery::Error::Method | recovery::Error::Refused(_), _) => {
                Self::Unprocessable
            }
            (recovery::Error::SlowDown(slow_down), _) => Self::SlowDown(slow_down.retry_after),
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
    Over { link_minutes: tenant.recovery.link_life.as_secs() / 60, code_minutes: None, cancelled }
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
                format!("{} {}{}", answer.status().as_u16(), problem.kind(), retry.unwrap_or_default())
            })
            .collect();

        insta::assert_snapshot!(told.join("\n"), @r#"
        400 malformed
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
            @r#"{"request_id":"the-request","status":410,"title":"Gone","type":"urn:regain:problem:recovery-over"}"#
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
