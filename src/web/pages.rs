//! The hosted pages: HTTP in and out, no decisions. The table of routes stands in [`router`].

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::layers::{redirect, without_referrer};
use super::problem::{FORM, Problem, over};
use super::{Visitor, body, callback, cookies, render};
use crate::domain::id::RecoveryId;
use crate::domain::login::Login;
use crate::domain::method::Method;
use crate::domain::password::{NewPassword, Violation};
use crate::recovery::{Ask, Confirmation, Error, PasswordForm, Presented, Recoveries, Seen, View};
use crate::template::page::{Check, CodeEntry, Done, Page, Password, Start};
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

async fn start_page(request: Request) -> Answer {
    let asked = Asked::of(&request);
    let query = request.uri().query().unwrap_or_default();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let find = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let lang = find("lang");
    let left = left(&asked.tenant, find("login"));
    let back = left.as_ref().and_then(|login| asked.tenant.login_url(login));
    let page = Page::Start(Start {
        typed: find("login_hint").unwrap_or_default(),
        return_to: find("return_to").filter(|target| asked.tenant.return_target(target).is_some()),
        login: left.as_ref().map(Login::as_query),
        back: back.as_deref(),
        ..blank_start(&asked.tenant, lang)
    });
    asked.page(lang, &page)
}

/// The login that a person comes from, where the tenant has a way back into one.
fn left(tenant: &Tenant, query: Option<&str>) -> Option<Login> {
    query.filter(|_| tenant.login_path.is_some()).and_then(Login::parse)
}

fn blank_start<'a>(tenant: &'a Tenant, lang: Option<&'a str>) -> Start<'a> {
    let methods = &tenant.recovery.methods;
    Start {
        identifier: tenant.recovery.identifier,
        methods,
        method: methods.first().copied().unwrap_or(Method::EmailLink),
        typed: "",
        return_to: None,
        login: None,
        back: None,
        lang,
        error: None,
    }
}

async fn start(State(recoveries): State<Recoveries>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let form = body::form(request, &["identifier", "method", "return_to", "login", "lang"]).await?;
    let (lang, return_to) = (form.find("lang").filter(|lang| !lang.is_empty()), form.find("return_to"));
    let method = match form.find("method") {
        Some(name) => Some(Method::parse(name).ok_or(Problem::Unprocessable)?),
        None => None,
    };
    let accepted = asked.headers.get(http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = asked.tenant.templates.negotiate(accepted, lang);
    let left = left(&asked.tenant, form.find("login"));
    let ask = Ask { identifier: form.get("identifier"), method, locale: locale.tag(), return_to, login: left.clone() };
    let started = match recoveries.start(&asked.tenant, ask, &asked.visitor.source(&asked.headers)).await {
        Ok(started) => started,
        Err(Error::Malformed(malformed)) => {
            let back = left.as_ref().and_then(|login| asked.tenant.login_url(login));
            let page = Page::Start(Start {
                typed: form.get("identifier"),
                return_to,
                login: left.as_ref().map(Login::as_query),
                back: back.as_deref(),
                error: Some(malformed),
                ..blank_start(&asked.tenant, lang)
            });
            return asked.form_again(lang, &page);
        }
        Err(error) => return Err(Problem::of(error, None)),
    };
    let presented = Presented { at: Some(recoveries.now()), starter: Some(started.starter), proof: None };
    let answer = see_other(&asked.tenant, &format!("/{}", started.id));
    Ok(asked.keep(answer, started.id, &presented))
}

async fn recovery_page(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    let presented = asked.presented(id);
    let seen = recoveries.view(&asked.tenant, id, &presented).await.map_err(|error| Problem::of(error, Some(id)))?;
    show(&asked, id, &seen, &[])
}

/// The page of a recovery in whatever state it is.
fn show(asked: &Asked, id: RecoveryId, seen: &Seen, violations: &[Violation]) -> Answer {
    let tenant = &asked.tenant;
    let locale = seen.locale.as_deref();
    let page = match &seen.view {
        View::Check { method, typed, resend_in, link_minutes } => Page::Check(Check {
            id,
            method: *method,
            link_minutes: *link_minutes,
            typed: typed.as_deref(),
            resend_in: *resend_in,
            codes: CodeEntry::None,
            others: &[],
        }),
        View::Password { login } => Page::Password(Password {
            id,
            login: login.as_deref(),
            min_length: tenant.password.min_length,
            max_length: tenant.password.max_length,
            confirm: tenant.password.confirm,
            violations,
        }),
        View::Done { sessions_ended, return_to, left } => {
            let login = left.as_ref().and_then(|login| tenant.login_url(login));
            let target = return_to.as_deref().and_then(|target| tenant.return_target(target));
            let elsewhere = target.as_ref().unwrap_or(&tenant.recovery.sign_in_url).as_str();
            let next = login.as_deref().unwrap_or(elsewhere);
            return asked.page(locale, &Page::Done(Done { sessions_ended: *sessions_ended, next }));
        }
        View::Over { cancelled } => {
            let mut answer = asked.page(locale, &Page::Over(over(tenant, *cancelled)))?;
            *answer.status_mut() = Problem::Over.status();
            return Ok(answer);
        }
    };
    if violations.is_empty() { asked.page(locale, &page) } else { asked.form_again(locale, &page) }
}

/// No method of this version sends codes: whatever is typed here, the recovery is over for it (TL-07).
async fn code(Path(id): Path<String>, request: Request) -> Answer {
    RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    body::form(request, &["code"]).await?;
    Err(Problem::Over)
}

async fn resend(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    let form = body::form(request, &["method"]).await?;
    let method = match form.find("method") {
        Some(name) => Some(Method::parse(name).ok_or(Problem::Unprocessable)?),
        None => None,
    };
    let source = asked.visitor.source(&asked.headers);
    recoveries.resend(&asked.tenant, id, method, &source).await.map_err(|error| Problem::of(error, Some(id)))?;
    Ok(see_other(&asked.tenant, &format!("/{id}")))
}

async fn set_password(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    let mut fields = body::form(request, &["new_password", "confirm_password"]).await?;
    let presented = asked.presented(id);
    let form = PasswordForm {
        password: NewPassword::new(fields.take("new_password").unwrap_or_default()),
        confirmation: Confirmation::Typed(fields.take("confirm_password").map(NewPassword::new)),
    };
    let source = asked.visitor.source(&asked.headers);
    match recoveries.set_password(&asked.tenant, id, &presented, form, &source).await {
        Ok(_) => Ok(see_other(&asked.tenant, &format!("/{id}"))),
        Err(Error::Refused(violations)) => {
            let seen = recoveries.view(&asked.tenant, id, &presented).await;
            let seen = seen.map_err(|error| Problem::of(error, Some(id)))?;
            show(&asked, id, &seen, &violations)
        }
        Err(error) => Err(Problem::of(error, Some(id))),
    }
}

async fn cancel(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    body::form(request, &[]).await?;
    let source = asked.visitor.source(&asked.headers);
    let presented = asked.presented(id);
    recoveries.cancel(&asked.tenant, id, &presented, &source).await.map_err(|error| Problem::of(error, Some(id)))?;
    Ok(see_other(&asked.tenant, &format!("/{id}")))
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
