//! What every answer of ours passes through, outermost first: headers are set, problems are rendered and counted, a
//! panic becomes a problem; then, on the way in, limits, the tenant's own host, and where a POST comes from.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::header::{HOST, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;

use super::problem::{ELSEWHERE, Problem};
use super::{Settings, Visitor, callback, origin};
use crate::metrics;
use crate::tenant::Tenant;

/// On every answer of ours. `otp-credentials` is for `WebOTP`, where codes come.
const HEADERS: [(&str, &str); 10] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'none'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
    ),
    ("referrer-policy", "strict-origin"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), otp-credentials=(self)"),
    ("x-robots-tag", "noindex, nofollow"),
    ("vary", "Accept-Language"),
];

/// Wraps a router in the list.
pub(super) fn wrap(router: Router) -> Router {
    router
        .layer(from_fn(only_own_pages_post))
        .layer(from_fn(only_the_public_host))
        .layer(from_fn(within_limits))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(render))
        .layer(from_fn(security_headers))
}

/// Wraps the API's router in the same list, but that its problems are always told as JSON, and that where a call comes
/// from is its own matter.
pub(super) fn wrap_api(router: Router) -> Router {
    router
        .layer(from_fn(only_the_public_host))
        .layer(from_fn(within_limits))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(render_json))
        .layer(from_fn(security_headers))
}

/// A handler that panics is a fault of ours. What it panicked with is logged by the panic hook, without its payload.
fn panicked(_payload: Box<dyn std::any::Any + Send>) -> Response {
    Problem::Internal(Arc::new(Panicked)).into_response()
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

async fn render(request: Request, next: Next) -> Response {
    render_for(request, next, Problem::answer).await
}

async fn render_json(request: Request, next: Next) -> Response {
    render_for(request, next, |problem, _, _, request_id| problem.json(request_id)).await
}

/// Renders what a handler gave up with, logs a failure of ours once, and counts.
async fn render_for(
    request: Request,
    next: Next,
    tell: impl FnOnce(&Problem, Option<&Tenant>, &HeaderMap, &str) -> Response,
) -> Response {
    let began = Instant::now();
    let tenant = request.extensions().get::<Arc<Tenant>>().cloned();
    let visitor = Visitor::of(&request);
    let headers = request.headers().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| super::route_name(path.as_str()));
    let method = method_label(request.method());
    let answer = next.run(request).await;
    let answer = match answer.extensions().get::<Problem>() {
        Some(problem) => {
            problem.log(&visitor.request_id);
            tell(problem, tenant.as_deref(), &headers, &visitor.request_id)
        }
        None => answer,
    };
    metrics::http_request(route.unwrap_or("other"), method, answer.status().as_u16(), began.elapsed());
    answer
}

/// Sets the headers that an answer does not set itself.
async fn security_headers(request: Request, next: Next) -> Response {
    let settings = Settings::of(&request);
    let mut answer = next.run(request).await;
    set_headers(answer.headers_mut(), &settings);
    answer
}

/// Adds the headers of [`HEADERS`] where they are missing.
pub(super) fn set_headers(headers: &mut HeaderMap, settings: &Settings) {
    if let Some(hsts) = settings.hsts
        && let Ok(value) = HeaderValue::from_str(&format!("max-age={}", hsts.as_secs()))
    {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}

async fn within_limits(request: Request, next: Next) -> Response {
    let limits = Settings::of(&request);
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > limits.address) {
        return Problem::AddressTooLong.into_response();
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > limits.header_count || bytes > limits.headers {
        return Problem::HeadersTooLarge.into_response();
    }
    next.run(request).await
}

/// A tenant may have several hosts; its pages live on that of `public_url`, for one origin holds the cookies.
async fn only_the_public_host(request: Request, next: Next) -> Response {
    let Some(tenant) = request.extensions().get::<Arc<Tenant>>().cloned() else {
        return Problem::UnknownHost.into_response();
    };
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if tenant.is_public_host(host) {
        return next.run(request).await;
    }
    if !is_safe(request.method()) {
        return Problem::Forgery.into_response();
    }
    let original = request.extensions().get::<super::Original>().map(|original| original.0.as_str());
    let location = format!("{}{}", tenant.origin, original.unwrap_or(&tenant.recovery.base));
    match HeaderValue::from_str(&location) {
        Ok(location) => without_referrer(redirect(ELSEWHERE, location)),
        Err(_) => Problem::NotFound.into_response(),
    }
}

/// A callback is no page's: it is known by its signature, which its handler verifies before anything else.
async fn only_own_pages_post(request: Request, next: Next) -> Response {
    if callback::is_meant(&request) {
        return next.run(request).await;
    }
    let own = request.extensions().get::<Arc<Tenant>>().map(|tenant| tenant.origin.clone());
    let is_ours = own.is_some_and(|own| origin::is_ours(request.headers(), &own));
    if !is_safe(request.method()) && !is_ours {
        return Problem::Forgery.into_response();
    }
    next.run(request).await
}

/// A redirect. One that answers an address with a token in it also says that nobody is to be told that address.
pub(super) fn redirect(status: StatusCode, location: HeaderValue) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// The same answer, whose address no browser passes on.
pub(super) fn without_referrer(mut answer: Response) -> Response {
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The method as a label: what a client made up is "other".
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
