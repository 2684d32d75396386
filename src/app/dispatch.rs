//! Ours or proxied: the one place that decides. Host and path choose the tenant, and nothing else does (XT-03).

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, HOST};
use http::{HeaderMap, Method, Request, Response, Uri};
use hyper::body::Incoming;

use super::Routes;
use super::body::Body;
use super::doors::{self, Doorway};
use crate::domain::path::Normal;
use crate::metrics;
use crate::proxy::{self, Proxy};
use crate::server::{Client, RequestId};
use crate::tenant::{Route, Tenant, Upstream};
use crate::web::problem::Problem;
use crate::web::{Door, Original, Visitor, Web};

/// What W3C's "A Well-Known URL for Changing Passwords" names.
const CHANGE_PASSWORD: &str = "/.well-known/change-password";

/// Sends every request of the public listener where it belongs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    routes: Arc<ArcSwap<Routes>>,
    web: Web,
    proxy: Proxy,
}

/// Where a request belongs.
enum Found {
    /// To one of our doors, with what is left of the path behind it.
    Ours { tenant: Arc<Tenant>, door: Door, rest: String },
    /// To what stands behind the host.
    Theirs { tenant: Option<Arc<Tenant>>, upstream: Arc<Upstream>, back: Option<Back> },
    /// To a door of the provider's, in whose place stands our own page.
    Led { tenant: Arc<Tenant>, location: String },
    /// To a door of the provider's that is shut.
    Shut { problem: Problem, tenant: Option<Arc<Tenant>> },
    /// Nowhere.
    Problem { problem: Problem, tenant: Option<Arc<Tenant>> },
}

/// A way back into a login.
struct Back {
    /// What is left of the query.
    query: String,
    /// Where to go where the login lives no more.
    sign_in_url: String,
}

impl Dispatcher {
    /// Joins the doors.
    #[must_use]
    pub fn new(routes: Arc<ArcSwap<Routes>>, web: Web, proxy: Proxy) -> Self {
        Self { routes, web, proxy }
    }

    /// Answers a request off the wire.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let visitor = visitor(&request);
        match self.find(request.method(), request.uri(), request.headers()) {
            Found::Ours { tenant, door, rest } => {
                let request = request.map(axum::body::Body::new);
                self.ours(tenant, door, &rest, visitor, request).await.map(Body::Ours)
            }
            Found::Theirs { tenant, upstream, back } => self.theirs(tenant, &upstream, back, visitor, request).await,
            Found::Led { tenant, location } => {
                self.led(&tenant, &location, request.headers(), &visitor).map(Body::Ours)
            }
            Found::Shut { problem, tenant } => {
                self.shut(&problem, tenant.as_deref(), request.headers(), &visitor).map(Body::Ours)
            }
            Found::Problem { problem, tenant } => {
                self.web.problem(&problem, tenant.as_deref(), request.headers(), &visitor).map(Body::Ours)
            }
        }
    }

    /// Answers a request that never touched a wire, where it is ours: what would be proxied is `None`.
    pub async fn answer_ours(&self, request: Request<axum::body::Body>) -> Option<Response<axum::body::Body>> {
        let visitor = visitor(&request);
        match self.find(request.method(), request.uri(), request.headers()) {
            Found::Ours { tenant, door, rest } => Some(self.ours(tenant, door, &rest, visitor, request).await),
            Found::Theirs { .. } => None,
            Found::Led { tenant, location } => Some(self.led(&tenant, &location, request.headers(), &visitor)),
            Found::Shut { problem, tenant } => {
                Some(self.shut(&problem, tenant.as_deref(), request.headers(), &visitor))
            }
            Found::Problem { problem, tenant } => {
                Some(self.web.problem(&problem, tenant.as_deref(), request.headers(), &visitor))
            }
        }
    }

    /// Finds tenant and door by host and path.
    fn find(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Found {
        let Some(host) = only_host(headers) else {
            return Found::Problem { problem: Problem::Ambiguous, tenant: None };
        };
        let Ok(path) = Normal::parse(uri.path()) else {
            return Found::Problem { problem: Problem::Ambiguous, tenant: None };
        };
        let routes = self.routes.load();
        let (tenant, upstream) = match routes.registry().route(host, path.as_str()) {
            Route::Tenant { tenant, upstream } => match (door(&tenant, path.as_str()), upstream) {
                (Some((door, rest)), _) => return Found::Ours { tenant, door, rest },
                (None, Some(upstream)) => (Some(tenant), upstream),
                (None, None) => return Found::Problem { problem: Problem::NotFound, tenant: Some(tenant) },
            },
            Route::Shared { upstream } => (None, upstream),
            Route::Broken(_) => return Found::Problem { problem: Problem::NoConfiguration, tenant: None },
            Route::Unknown => return Found::Problem { problem: Problem::UnknownHost, tenant: None },
        };
        let asked = (method, &path, uri.query());
        match doors::decide(routes.registry(), &upstream, host, asked, self.web.longest_address()) {
            Some(Doorway::Ours { tenant, location }) => Found::Led { tenant, location },
            Some(Doorway::Closed { tenant }) => Found::Shut { problem: Problem::NotFound, tenant: Some(tenant) },
            Some(Doorway::Unusable) => Found::Shut { problem: Problem::NoConfiguration, tenant: None },
            Some(Doorway::Back { tenant, query }) => {
                let back = Back { query, sign_in_url: tenant.recovery.sign_in_url.to_string() };
                Found::Theirs { tenant: Some(tenant), upstream, back: Some(back) }
            }
            None => Found::Theirs { tenant, upstream, back: None },
        }
    }

    async fn ours(
        &self,
        tenant: Arc<Tenant>,
        door: Door,
        rest: &str,
        visitor: Visitor,
        mut request: Request<axum::body::Body>,
    ) -> Response<axum::body::Body> {
        let original = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        let behind = match request.uri().query() {
            Some(query) => format!("{rest}?{query}"),
            None => rest.to_owned(),
        };
        let Ok(uri) = behind.parse() else {
            return self.web.problem(&Problem::Ambiguous, Some(&tenant), request.headers(), &visitor);
        };
        *request.uri_mut() = uri;
        let extensions = request.extensions_mut();
        extensions.insert(Original(original));
        extensions.insert(visitor);
        extensions.insert(tenant);
        self.web.answer(door, request).await
    }

    /// Leads from a door of the provider's to our page. It counts among what is proxied, where it would have gone.
    fn led(
        &self,
        tenant: &Tenant,
        location: &str,
        headers: &HeaderMap,
        visitor: &Visitor,
    ) -> Response<axum::body::Body> {
        match self.web.lead(location) {
            Some(answer) => {
                metrics::proxied(tenant.id.as_str(), answer.status().as_u16());
                answer
            }
            None => self.shut(&Problem::Ambiguous, Some(tenant), headers, visitor),
        }
    }

    /// Answers at a door of the provider's that is shut.
    fn shut(
        &self,
        problem: &Problem,
        tenant: Option<&Tenant>,
        headers: &HeaderMap,
        visitor: &Visitor,
    ) -> Response<axum::body::Body> {
        let answer = self.web.problem(problem, tenant, headers, visitor);
        metrics::proxied(tenant.map_or("", |tenant| tenant.id.as_str()), answer.status().as_u16());
        answer
    }

    async fn theirs(
        &self,
        tenant: Option<Arc<Tenant>>,
        upstream: &Arc<Upstream>,
        back: Option<Back>,
        visitor: Visitor,
        mut request: Request<Incoming>,
    ) -> Response<Body> {
        let label = tenant.as_ref().map_or("", |tenant| tenant.id.as_str());
        let accept = Accept::of(request.headers());
        if let Some(uri) = back.as_ref().and_then(|back| with_query(request.uri(), &back.query)) {
            *request.uri_mut() = uri;
        }
        let client = visitor.ip.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let routes = self.routes.load_full();
        let passed = match routes.target(upstream) {
            Some(target) => self.proxy.pass(request, target, client).await.map_err(problem_of),
            // A reload has come in between; the client may ask again.
            None => Err(Problem::UpstreamDown),
        };
        let answer = match passed {
            Ok(answer) => match back.filter(|_| answer.status().is_client_error()) {
                // The login lives no more, or its cookies are another browser's.
                Some(back) => match self.web.lead(&back.sign_in_url) {
                    Some(instead) => instead.map(Body::Ours),
                    None => answer.map(Body::Theirs),
                },
                None => answer.map(Body::Theirs),
            },
            Err(problem) => self.web.problem(&problem, tenant.as_deref(), &accept.0, &visitor).map(Body::Ours),
        };
        metrics::proxied(label, answer.status().as_u16());
        answer
    }
}

/// The same address with another query; `None` where that is no address.
fn with_query(uri: &Uri, query: &str) -> Option<Uri> {
    let question = if query.is_empty() { "" } else { "?" };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{}{question}{query}", uri.path()).parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// What a page about a failed upstream needs of the request: its headers go upstream, and are not copied for this.
struct Accept(HeaderMap);

impl Accept {
    fn of(headers: &HeaderMap) -> Self {
        let kept = [ACCEPT, ACCEPT_LANGUAGE];
        Self(kept.into_iter().filter_map(|name| Some((name.clone(), headers.get(&name)?.clone()))).collect())
    }
}

/// The door of ours that a path leads to, and what is left of it behind that door.
fn door(tenant: &Tenant, path: &str) -> Option<(Door, String)> {
    if path == tenant.recovery.link_path {
        return Some((Door::Link, "/link".into()));
    }
    if tenant.path.is_empty() && path == CHANGE_PASSWORD {
        return Some((Door::ChangePassword, "/change-password".into()));
    }
    let rest = path.strip_prefix(tenant.recovery.base.as_str())?;
    match rest {
        "" => Some((Door::Pages, "/".into())),
        below if below.starts_with('/') => Some((Door::Pages, below.to_owned())),
        _ => None,
    }
}

/// The one `Host`; none, or several, is no request that can be read in one way (PX-08).
fn only_host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (_, _) => None,
    }
}

fn visitor<B>(request: &Request<B>) -> Visitor {
    let extensions = request.extensions();
    let request_id = extensions.get::<RequestId>().map_or("-", RequestId::as_str);
    Visitor { ip: extensions.get::<Client>().map(|client| client.0), request_id: request_id.into() }
}

fn problem_of(error: proxy::Error) -> Problem {
    match error {
        proxy::Error::Unreachable => Problem::UpstreamDown,
        proxy::Error::TimedOut => Problem::UpstreamSlow,
        proxy::Error::Closed => Problem::NotFound,
        proxy::Error::Ambiguous => Problem::Ambiguous,
        proxy::Error::Stalled => Problem::TooSlow,
        proxy::Error::Circular => {
            tracing::warn!("an upstream leads back to regain: look for `upstream.url`s that name its own listener");
            Problem::UpstreamDown
        }
    }
}
