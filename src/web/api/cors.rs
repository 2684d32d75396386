//! Which pages may call the API from a browser: the tenant's own origin and those that `[api] origins` lists, and never
//! with credentials, for the API takes no cookie.
//!
//! A POST needs no more proof of where it comes from than that: another site's form cannot send `application/json`, and
//! its script is asked for leave by a preflight that is refused. A server that calls sends no `Origin` at all. What a
//! browser *says* to come from another page is refused all the same (WB-01), so that a mistake in the parser of media
//! types opens nothing.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use super::super::problem::{NOTHING, Problem};
use crate::tenant::Tenant;

/// How long a browser may remember what a preflight said, in seconds.
const REMEMBERED: &str = "600";

/// The page that calls.
enum Page {
    /// None that says so, or the tenant's own.
    Own,
    /// One that the tenant lists.
    Listed(HeaderValue),
    /// Any other.
    Foreign,
}

impl Page {
    fn of(headers: &HeaderMap, tenant: &Tenant) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) if headers.get_all("sec-fetch-site").iter().any(|site| site == "cross-site") => Self::Foreign,
            (None, _) => Self::Own,
            (Some(origin), None) if *origin == tenant.origin => Self::Own,
            (Some(origin), None) if tenant.api.origins.iter().any(|listed| origin == listed) => {
                Self::Listed(origin.clone())
            }
            (Some(_), None | Some(_)) => Self::Foreign,
        }
    }
}

/// Lets listed pages read the answer, whatever it is. Outermost, so that problems can be read too.
pub(in super::super) async fn tell(request: Request, next: Next) -> Response {
    let tenant = request.extensions().get::<Arc<Tenant>>().cloned();
    let page = tenant.map(|tenant| Page::of(request.headers(), &tenant));
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    if let Some(Page::Listed(origin)) = page {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-request-id"));
    }
    answer
}

/// Refuses what comes from other pages, and answers the question of a browser whether a listed one may call.
pub(super) async fn only_known_pages(request: Request, next: Next) -> Response {
    let tenant = request.extensions().get::<Arc<Tenant>>().cloned();
    let page = tenant.map_or(Page::Foreign, |tenant| Page::of(request.headers(), &tenant));
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    match page {
        Page::Foreign => Problem::Forgery.into_response(),
        Page::Listed(_) if is_preflight => {
            let mut answer = NOTHING.into_response();
            let headers = answer.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
            answer
        }
        Page::Listed(_) | Page::Own => next.run(request).await,
    }
}
