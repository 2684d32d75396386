//! The demo's login sites: one small server behind the proxy that really signs people in, with a cookie for a session
//! in the same directory that regain's `local` provider changes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::header::{CACHE_CONTROL, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::json;

use super::inbox;
use super::pages::Pages;
use super::seed::{PASSWORD, Place, USERNAME};
use crate::channel::Inbox;
use crate::domain::secret::Secret;
use crate::identity::local::Directory;

/// The cookie of a site's session.
const COOKIE_NAME: &str = "demo_session";
/// Most bytes of a sign-in form.
const FORM_BYTES: usize = 4096;

/// All sites, and the inbox.
#[derive(Debug)]
pub(super) struct Sites {
    /// Each place with the directory of its tenant.
    pub(super) places: Vec<(Place, Directory)>,
    /// The public port.
    pub(super) port: u16,
    /// Where mails arrive, unless a server takes them.
    pub(super) inbox: Inbox,
    /// The mail server that takes them instead.
    pub(super) smtp: Option<SocketAddr>,
    /// The pages.
    pub(super) pages: Pages,
}

impl Sites {
    /// Answers what regain has passed on: by host and path, as a site behind a proxy does.
    pub(super) async fn answer(self: Arc<Self>, request: Request) -> Response {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default().to_owned();
        let path = request.uri().path().to_owned();
        let here = self.places.iter().filter(|(place, _)| place.host == host);
        let site = here.clone().find_map(|(place, directory)| {
            let rest = path.strip_prefix(place.prefix.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((place, directory, rest))
        });
        let mut answer = match site {
            Some((place, directory, rest)) => self.site(place, directory, rest, request).await,
            None if path == "/" => self.front(),
            None => inbox::answer(&self, &path),
        };
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }

    fn front(&self) -> Response {
        let sites: Vec<_> = self
            .places
            .iter()
            .map(|(place, _)| {
                let kind = if place.prefix.is_empty() { "on a host of its own" } else { "on a path of a shared host" };
                json!({ "address": place.address(self.port), "name": place.brand.name, "kind": kind })
            })
            .collect();
        let data =
            json!({ "title": "regain demo", "brand": "regain", "color": "#1f4d3a", "sites": sites, "smtp": self.smtp });
        self.pages.show(StatusCode::OK, "front", &data)
    }

    async fn site(&self, place: &Place, directory: &Directory, rest: &str, request: Request) -> Response {
        match (request.method(), rest) {
            (&Method::GET | &Method::HEAD, "" | "/") => self.home(place, directory, request.headers()).await,
            (&Method::POST, "/sign-in") => self.sign_in(place, directory, request).await,
            (&Method::POST, "/sign-out") => {
                if let Some(token) = session_token(request.headers()) {
                    drop(directory.sign_out(&token).await);
                }
                go_home(place, Some(""))
            }
            _ => self.nothing(place),
        }
    }

    async fn home(&self, place: &Place, directory: &Directory, headers: &HeaderMap) -> Response {
        let token = session_token(headers);
        let account = match &token {
            Some(token) => directory.session(token).await.ok().flatten(),
            None => None,
        };
        match account {
            Some(account) => {
                let data = json!({
                    "title": place.brand.name, "brand": place.brand.name, "color": place.brand.color,
                    "prefix": place.prefix, "username": account.username,
                });
                self.pages.show(StatusCode::OK, "home", &data)
            }
            None => self.sign_in_form(place, StatusCode::OK, false, token.is_some()),
        }
    }

    fn sign_in_form(&self, place: &Place, status: StatusCode, refused: bool, ended: bool) -> Response {
        let data = json!({
            "title": format!("Sign in to {}", place.brand.name), "brand": place.brand.name,
            "color": place.brand.color, "prefix": place.prefix, "refused": refused, "ended": ended,
            "username": USERNAME, "password": PASSWORD, "inbox": format!("http://127.0.0.1:{}/inbox", self.port),
            "smtp": self.smtp,
        });
        self.pages.show(status, "sign-in", &data)
    }

    async fn sign_in(&self, place: &Place, directory: &Directory, request: Request) -> Response {
        let body = Limited::new(request.into_body(), FORM_BYTES).collect().await;
        let Ok(body) = body.map(http_body_util::Collected::to_bytes) else {
            return self.sign_in_form(place, StatusCode::PAYLOAD_TOO_LARGE, true, false);
        };
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
        let find = |name: &str| {
            fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        match directory.sign_in(find("username"), &Secret::new(find("password"))).await {
            Ok(token) => go_home(place, Some(token.expose())),
            Err(_) => self.sign_in_form(place, StatusCode::UNAUTHORIZED, true, false),
        }
    }

    fn nothing(&self, place: &Place) -> Response {
        self.sign_in_form(place, StatusCode::NOT_FOUND, false, false)
    }
}

/// 303 to the site's first page, with a session to keep or (empty) to forget.
fn go_home(place: &Place, session: Option<&str>) -> Response {
    let mut answer = Response::new(axum::body::Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    let home = HeaderValue::from_str(&format!("{}/", place.prefix)).expect("a prefix of the demo's own");
    answer.headers_mut().insert(LOCATION, home);
    if let Some(token) = session {
        let age = if token.is_empty() { "; Max-Age=0" } else { "" };
        let path = if place.prefix.is_empty() { "/" } else { &place.prefix };
        let cookie = format!("{COOKIE_NAME}={token}; Path={path}; HttpOnly; SameSite=Lax{age}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            answer.headers_mut().insert(SET_COOKIE, cookie);
        }
    }
    answer
}

fn session_token(headers: &HeaderMap) -> Option<Secret> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == COOKIE_NAME && !value.is_empty()).map(|(_, value)| Secret::new(value))
}
