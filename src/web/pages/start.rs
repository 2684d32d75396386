//! The form that asks who one is.

use axum::extract::{Request, State};
use http::header::SET_COOKIE;

use super::super::problem::Problem;
use super::super::{body, cookies};
use super::{Answer, Asked, see_other};
use crate::domain::login::Login;
use crate::domain::method::Method;
use crate::recovery::{Ask, Error, Presented, Recoveries};
use crate::template::page::{Page, Start};
use crate::tenant::Tenant;

pub(super) async fn start_page(request: Request) -> Answer {
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
        ..blank_start(&asked, lang)
    });
    asked.page(lang, &page)
}

/// The login that a person comes from, where the tenant has a way back into one.
fn left(tenant: &Tenant, query: Option<&str>) -> Option<Login> {
    query.filter(|_| tenant.login_path.is_some()).and_then(Login::parse)
}

/// The method that this browser chose last stands chosen again, where the tenant still offers it.
fn blank_start<'a>(asked: &'a Asked, lang: Option<&'a str>) -> Start<'a> {
    let tenant = &asked.tenant;
    let methods = &tenant.recovery.methods;
    let remembered = cookies::remembered(&asked.headers, tenant).filter(|method| methods.contains(method));
    Start {
        identifier: tenant.recovery.identifier,
        methods,
        method: remembered.or(methods.first().copied()).unwrap_or(Method::EmailLink),
        typed: "",
        return_to: None,
        login: None,
        back: None,
        lang,
        error: None,
    }
}

pub(super) async fn start(State(recoveries): State<Recoveries>, request: Request) -> Answer {
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
            let blank = blank_start(&asked, lang);
            let page = Page::Start(Start {
                typed: form.get("identifier"),
                return_to,
                login: left.as_ref().map(Login::as_query),
                back: back.as_deref(),
                error: Some(malformed),
                method: method.unwrap_or(blank.method),
                ..blank
            });
            return asked.form_again(lang, &page);
        }
        Err(error) => return Err(Problem::of(error, None)),
    };
    let presented = Presented { at: Some(recoveries.now()), starter: Some(started.starter), proof: None };
    let mut answer = see_other(&asked.tenant, &format!("/{}", started.id));
    if let Some(line) = method.and_then(|method| cookies::remember(&asked.tenant, method)) {
        answer.headers_mut().append(SET_COOKIE, line);
    }
    Ok(asked.keep(answer, started.id, &presented))
}
