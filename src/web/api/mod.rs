//! The public JSON API, below `recovery.path` + `/api/v1`, for tenants with a front end of their own. The same use cases
//! as the pages' and no rules besides: here are bodies, answers, who may call, and the description of it all.
//!
//! Promises: an answer is JSON whatever the client accepts; a body is read by one parser; the recovery's cookie is
//! neither read nor set, a token goes where the caller puts it; known and unknown accounts are answered alike (EN-01);
//! what can be answered stands in `docs/openapi.json`, which is made from this code.

mod answers;
mod backend;
mod call;
mod cancel;
mod cors;
mod description;
mod json;
mod methods;
mod password;
mod resend;
mod start;
mod verify;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::header::ALLOW;
use http::{HeaderValue, Method};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::layers;
use super::problem::{NOTHING, Problem};
use crate::recovery::Recoveries;

/// What lies below the pages' path and is the API's.
const BELOW: &str = "/api/v1";
/// The same for whatever version: no page lies there.
const ALL_VERSIONS: &str = "/api";

/// Whether a path behind the pages' door is the API's.
pub(super) fn is_api(path: &str) -> bool {
    path.strip_prefix(ALL_VERSIONS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The API, with everything that its answers pass through.
pub(super) fn router(recoveries: Recoveries) -> Router {
    let (calls, _) = calls().split_for_parts();
    let calls = calls.method_not_allowed_fallback(other_method).with_state(recoveries.clone());
    let router = Router::new().nest(BELOW, calls).fallback(async || Problem::NotFound.into_response());
    let known = router.layer(from_fn_with_state(recoveries, backend::know)).layer(from_fn(cors::only_known_pages));
    layers::wrap_api(known).layer(from_fn(cors::tell))
}

/// The description of the API as an `OpenAPI` 3.1 document.
#[must_use]
pub fn description() -> String {
    description::write(calls().into_openapi())
}

/// Every call with its description.
fn calls() -> OpenApiRouter<Recoveries> {
    OpenApiRouter::with_openapi(description::frame())
        .routes(routes!(methods::methods))
        .routes(routes!(start::start))
        .routes(routes!(resend::resend))
        .routes(routes!(verify::verify))
        .routes(routes!(cancel::cancel))
        .routes(routes!(password::set_password))
}

/// OPTIONS tells what an address takes; every other method is one too many.
async fn other_method(request: Request) -> Response {
    let allowed = if request.uri().path() == "/methods" { "GET, HEAD, OPTIONS" } else { "POST, OPTIONS" };
    if request.method() != Method::OPTIONS {
        return Problem::WrongMethod(allowed).into_response();
    }
    let mut answer = NOTHING.into_response();
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}
