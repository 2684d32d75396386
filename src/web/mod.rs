//! HTTP in and out for what is ours: hosted pages, the JSON API, health. No decisions: a handler reads the request, calls one use
//! case, and says what it said.
//!
//! Whoever calls [`Web::answer`] has found the tenant by host and path and put it into the request's extensions,
//! together with the [`Visitor`]; nothing here looks for a tenant anywhere else (XT-03).

pub mod api;
mod body;
mod callback;
mod cookies;
mod details;
mod form;
pub mod health;
mod layers;
mod origin;
mod pages;
pub mod problem;
mod render;
mod violation;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use http::{HeaderMap, Response};
use tower::ServiceExt;

use crate::audit::Source;
use crate::recovery::Recoveries;
use crate::tenant::Tenant;
use problem::Problem;

/// Who asks, as the edge has found out.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The client's address behind trusted proxies.
    pub ip: Option<IpAddr>,
    /// The request's name in logs and on pages.
    pub request_id: Arc<str>,
}

impl Settings {
    /// The settings that [`Web::answer`] has put into the request.
    fn of(request: &Request) -> Self {
        request.extensions().get::<Arc<Self>>().map(|settings| **settings).unwrap_or_default()
    }
}

impl Visitor {
    fn of(request: &Request) -> Self {
        let unknown = || Self { ip: None, request_id: Arc::from("-") };
        request.extensions().get::<Self>().cloned().unwrap_or_else(unknown)
    }

    /// For the audit.
    fn source(&self, headers: &HeaderMap) -> Source {
        let user_agent = headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
        Source { ip: self.ip, user_agent: user_agent.map(str::to_owned), request_id: Some(self.request_id.to_string()) }
    }
}

/// The address as it was asked for, before the tenant's path was taken off.
#[derive(Clone, Debug)]
pub struct Original(pub String);

/// What a request to our own pages may measure, and whether browsers are told to come by https alone.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most bytes of a body.
    pub body: usize,
    /// Longest that its sender may take.
    pub body_timeout: Duration,
    /// Most bytes of an address.
    pub address: usize,
    /// Most bytes of all headers.
    pub headers: usize,
    /// Most headers.
    pub header_count: usize,
    /// For how long a browser is to come by https alone; `None` says nothing of it.
    pub hsts: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body: 16 * 1024,
            body_timeout: Duration::from_secs(10),
            address: 4 * 1024,
            headers: 16 * 1024,
            header_count: 64,
            hsts: None,
        }
    }
}

/// Which of our doors a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Below `recovery.path`.
    Pages,
    /// `link_path`.
    Link,
    /// `/.well-known/change-password`.
    ChangePassword,
}

/// All that is ours on the public listener. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Web {
    pages: axum::Router,
    api: axum::Router,
    link: axum::Router,
    change_password: axum::Router,
    settings: Arc<Settings>,
}

impl Web {
    /// Joins the use cases to their pages.
    #[must_use]
    pub fn new(recoveries: Recoveries, settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            pages: layers::wrap(pages::router(recoveries.clone())),
            api: api::router(recoveries.clone()),
            link: layers::wrap(pages::link_router(recoveries)),
            change_password: layers::wrap(pages::well_known_router()),
        }
    }

    /// Answers a request whose path has been cut to what lies behind the door.
    pub async fn answer(&self, door: Door, mut request: Request) -> Response<Body> {
        request.extensions_mut().insert(self.settings.clone());
        let router = match door {
            Door::Pages if api::is_api(request.uri().path()) => &self.api,
            Door::Pages => &self.pages,
            Door::Link => &self.link,
            Door::ChangePassword => &self.change_password,
        };
        let answer = router.clone().oneshot(request).await;
        answer.unwrap_or_else(|infallible| match infallible {})
    }

    /// Tells of a problem that was met outside of these doors, in the tenant's words where it is known.
    #[must_use]
    pub fn problem(
        &self,
        problem: &Problem,
        tenant: Option<&Tenant>,
        headers: &HeaderMap,
        visitor: &Visitor,
    ) -> Response<Body> {
        problem.log(&visitor.request_id);
        let mut answer = problem.answer(tenant, headers, &visitor.request_id);
        layers::set_headers(answer.headers_mut(), &self.settings);
        answer
    }
}

impl Web {
    /// Leads elsewhere by 303, and lets no browser tell there where it came from.
    #[must_use]
    pub fn lead(&self, location: &str) -> Option<Response<Body>> {
        let location = http::HeaderValue::from_str(location).ok()?;
        let mut answer = layers::without_referrer(layers::redirect(http::StatusCode::SEE_OTHER, location));
        layers::set_headers(answer.headers_mut(), &self.settings);
        Some(answer)
    }

    /// The longest address that our own pages take.
    #[must_use]
    pub fn longest_address(&self) -> usize {
        self.settings.address
    }
}

/// A route's template as a label.
fn route_name(matched: &str) -> &'static str {
    match matched {
        "/" => "start",
        "/link" => "link",
        "/change-password" => "change-password",
        "/{id}" => "recovery",
        "/{id}/code" => "code",
        "/{id}/resend" => "resend",
        "/{id}/method" => "method",
        "/{id}/password" => "password",
        "/{id}/cancel" => "cancel",
        "/assets/{hash}/{name}" => "asset",
        "/api/v1/methods" => "api-methods",
        "/api/v1/recoveries" => "api-start",
        "/api/v1/recoveries/{id}/resend" => "api-resend",
        "/api/v1/recoveries/{id}/verify" => "api-verify",
        "/api/v1/recoveries/{id}/cancel" => "api-cancel",
        "/api/v1/password" => "api-password",
        callback::ROUTE => "callback",
        _ => "other",
    }
}
