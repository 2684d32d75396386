//! What every call knows of its request, and how it answers.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use super::super::Visitor;
use super::super::pages::tenant;
use super::super::problem::Problem;
use crate::audit::Source;
use crate::domain::Timestamp;
use crate::domain::id::RecoveryId;
use crate::domain::method::Method;
use crate::domain::token::Token;
use crate::recovery::{Issued, Presented};
use crate::tenant::Tenant;

/// What a call is answered, or what stands in the way.
pub(super) type Answer = Result<Response, Problem>;

/// Who calls, and at which tenant.
pub(super) struct Call {
    pub(super) tenant: Arc<Tenant>,
    pub(super) source: Source,
    pub(super) accept_language: Option<String>,
}

impl Call {
    pub(super) fn of(request: &Request) -> Self {
        let headers = request.headers();
        let accept_language = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self {
            tenant: tenant(request),
            source: Visitor::of(request).source(headers),
            accept_language: accept_language.map(str::to_owned),
        }
    }
}

/// The recovery in an address.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "described here, read by axum")]
pub(super) struct RecoveryPath {
    /// What starting the recovery was answered as `id`.
    #[param(example = "mBqYHyvkTWuOKzJ3h0xDxA", pattern = "^[A-Za-z0-9_-]{22}$")]
    id: String,
}

/// The id in the address. One of another form is one that nobody has: over, as every unknown one.
pub(super) fn recovery(id: &str) -> Result<RecoveryId, Problem> {
    RecoveryId::parse(id).ok_or(Problem::Over)
}

/// A token that was sent in a body: fresh from a message or from an answer, as a link that was opened just now.
pub(super) fn presented(token: &str, now: Timestamp) -> Presented {
    Presented { at: Some(now), starter: None, proof: Token::parse(token) }
}

/// An answer with a body.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("texts and numbers serialise");
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A moment as RFC 3339 writes it.
pub(super) fn moment(at: Timestamp) -> String {
    at.format(&Rfc3339).expect("years of four digits have their form")
}

/// What was asked for is under way. It says the same whether the account exists or not.
#[derive(Serialize, ToSchema)]
pub(super) struct Underway {
    /// The recovery's name in further calls. It proves nothing.
    #[schema(example = "mBqYHyvkTWuOKzJ3h0xDxA", min_length = 22, max_length = 22)]
    id: String,
    /// How the last message is to reach the person.
    method: Method,
    /// When the recovery is over, whatever happens.
    #[schema(format = DateTime, example = "2026-11-28T13:00:00Z")]
    expires_at: String,
    /// When the next message can be asked for; `null` where none can be any more.
    #[schema(required, format = DateTime, example = "2026-11-28T12:01:00Z")]
    resend_at: Option<String>,
}

impl Underway {
    pub(super) fn new(id: RecoveryId, issued: Issued) -> Self {
        Self {
            id: id.to_string(),
            method: issued.method,
            expires_at: moment(issued.expires_at),
            resend_at: issued.resend_at.map(moment),
        }
    }
}
