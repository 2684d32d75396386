//! The hosted pages: HTTP in and out, no decisions. The table of routes stands in [`router`].

mod code;
mod password;
mod recovery;
mod start;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use self::code::{code, resend};
use self::password::{cancel, set_password};
use self::recovery::recovery_page;
use self::start::{start, start_page};
use super::layers::{redirect, without_referrer};
use super::problem::{FORM, Problem};
use super::{Visitor, callback, cookies, render};
use crate::domain::id::RecoveryId;
use crate::recovery::{Presented, Recoveries};
use crate::template::page::Page;
use crate::tenant::Tenant;

/// The pages below a tenant's `recovery.path`.
pub(super) fn router(recoveries: Recoveries) -> Router {
    Router::new()
        .route("/", get(start_page).post(start))
        .route("/{id}", get(recovery_page))
        .route("/{id}/code", post(code))
        .route("/{id}/resend", post(resend))
        .route("/{id}/method", post(resend))
        .route("/{id}/password", post(set_password))
        .route("/{id}/cancel", post(cancel))
        .route("/assets/{hash}/{name}", get(asset))
        .route(callback::ROUTE, post(callback::hear))
        .fallback(async || Problem::NotFound.into_response())
        .method_not_allowed_fallback(async |request: Request| wrong_method(request.uri().path()).into_response())
        .with_state(recoveries)
}

/// The page behind a tenant's `link_path`.
pub(super) fn link_router(recoveries: Recoveries) -> Router {
    Router::new()
        .route("/link", get(open_link))
        .method_not_allowed_fallback(async || Problem::WrongMethod("GET, HEAD").into_response())
        .with_state(recoveries)
}

/// `/.well-known/change-password` (W3C "A Well-Known URL for Changing Passwords").
pub(super) fn well_known_router() -> Router {
    Router::new()
        .route("/change-password", get(async |request: Request| see_other(&tenant(&request), "/")))
        .method_not_allowed_fallback(async || Problem::WrongMethod("GET, HEAD").into_response())
}

/// What a page that is none of ours to decide about answers.
type Answer = Result<Response, Problem>;

impl IntoResponse for Problem {
    /// An empty answer that carries the problem to the layer that renders it.
    fn into_response(self) -> Response {
        let mut answer = Response::new(axum::body::Body::empty());
        *answer.status_mut() = self.status();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// What every handler knows of its request.
struct Asked {
    tenant: Arc<Tenant>,
    visitor: Visitor,
    headers: HeaderMap,
}

impl Asked {
    fn of(request: &Request) -> Self {
        Self { tenant: tenant(request), visitor: Visitor::of(request), headers: request.headers().clone() }
    }

    fn page(&self, locale: Option<&str>, page: &Page<'_>) -> Answer {
        render::page(&self.tenant, &self.headers, &self.visitor.request_id, locale, page)
            .map_err(|error| Problem::Internal(Arc::new(error)))
    }

    fn form_again(&self, locale: Option<&str>, page: &Page<'_>) -> Answer {
        let mut answer = self.page(locale, page)?;
        *answer.status_mut() = FORM;
        Ok(answer)
    }

    fn presented(&self, id: RecoveryId) -> Presented {
        cookies::presented(&self.headers, &self.tenant, id)
    }

    /// Keeps what the browser presents from now on.
    fn keep(&self, mut answer: Response, id: RecoveryId, presented: &Presented) -> Response {
        for line in cookies::keep(&self.headers, &self.tenant, id, presented) {
            answer.headers_mut().append(SET_COOKIE, line);
        }
        answer
    }
}

pub(super) fn tenant(request: &Request) -> Arc<Tenant> {
    let tenant = request.extensions().get::<Arc<Tenant>>();
    tenant.expect("the layer in front answers requests that belong to no tenant").clone()
}

async fn open_link(State(recoveries): State<Recoveries>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let query = request.uri().query().unwrap_or_default();
    let mut tokens = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "token");
    let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
        return Err(Problem::Over);
    };
    let source = asked.visitor.source(&asked.headers);
    let opened =
        recoveries.open_link(&asked.tenant, &token, &source).await.map_err(|error| Problem::of(error, None))?;
    let presented = Presented { at: Some(opened.at), proof: Some(opened.proof), ..asked.presented(opened.id) };
    let answer = without_referrer(see_other(&asked.tenant, &format!("/{}", opened.id)));
    Ok(asked.keep(answer, opened.id, &presented))
}

async fn asset(Path((hash, name)): Path<(String, String)>, request: Request) -> Answer {
    let tenant = tenant(&request);
    let asset = tenant.templates.asset(&hash, &name).ok_or(Problem::NotFound)?;
    let mut answer = Response::new(axum::body::Body::from(bytes::Bytes::from_owner(asset.bytes.clone())));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    // A logo may be SVG, and opened by itself it would be a document of our origin.
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(answer)
}

/// 303 to one of our own pages.
fn see_other(tenant: &Tenant, page: &str) -> Response {
    let location = HeaderValue::from_str(&format!("{}{page}", tenant.recovery.base));
    redirect(StatusCode::SEE_OTHER, location.expect("a path that `check` has read, and an id of ours"))
}

fn wrong_method(path: &str) -> Problem {
    let posts = ["/code", "/resend", "/method", "/password", "/cancel"];
    if path.starts_with("/callbacks/") || posts.iter().any(|end| path.ends_with(end)) {
        Problem::WrongMethod("POST")
    } else if path == "/" {
        Problem::WrongMethod("GET, HEAD, POST")
    } else {
        Problem::WrongMethod("GET, HEAD")
    }
}
