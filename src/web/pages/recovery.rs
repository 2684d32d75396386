//! The page of one recovery, in whatever state it is.

use axum::extract::{Path, Request, State};

use super::super::problem::{Problem, over};
use super::{Answer, Asked};
use crate::domain::id::RecoveryId;
use crate::domain::method::Method;
use crate::domain::password::Violation;
use crate::recovery::{Codes, Recoveries, Seen, View};
use crate::template::page::{Check, CodeEntry, CodeProblem, Done, Page, Password};

pub(super) async fn recovery_page(
    State(recoveries): State<Recoveries>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    let presented = asked.presented(id);
    let seen = recoveries.view(&asked.tenant, id, &presented).await.map_err(|error| Problem::of(error, Some(id)))?;
    show(&asked, id, &seen, &Problems::default())
}

/// What was wrong with what was posted to a recovery's page.
#[derive(Default)]
pub(super) struct Problems<'a> {
    /// All rules that a password broke.
    pub(super) password: &'a [Violation],
    /// What was wrong with a code.
    pub(super) code: Option<WrongCode>,
}

/// What was wrong with a code.
#[derive(Clone, Copy)]
pub(super) enum WrongCode {
    /// The code itself, and it was not the last try.
    Told(CodeProblem),
    /// No more can be tried.
    Closed,
}

impl Problems<'_> {
    fn is_empty(&self) -> bool {
        self.password.is_empty() && self.code.is_none()
    }
}

/// What stands on the page about codes.
fn entry(codes: Codes, wrong: Option<WrongCode>) -> CodeEntry {
    match (codes, wrong) {
        (Codes::None, _) => CodeEntry::None,
        (Codes::Closed, _) | (Codes::Open { .. }, Some(WrongCode::Closed)) => CodeEntry::Closed,
        (Codes::Open { minutes }, Some(WrongCode::Told(wrong))) => CodeEntry::Open { minutes, wrong: Some(wrong) },
        (Codes::Open { minutes }, None) => CodeEntry::Open { minutes, wrong: None },
    }
}

/// The page of a recovery in whatever state it is.
pub(super) fn show(asked: &Asked, id: RecoveryId, seen: &Seen, problems: &Problems<'_>) -> Answer {
    let tenant = &asked.tenant;
    let locale = seen.locale.as_deref();
    let others: Vec<Method>;
    let page = match &seen.view {
        View::Check { method, has_code, typed, resend_in, link_minutes, codes } => {
            others = tenant.recovery.methods.iter().copied().filter(|other| other != method).collect();
            Page::Check(Check {
                id,
                method: *method,
                has_code: *has_code,
                link_minutes: *link_minutes,
                typed: typed.as_deref(),
                resend_in: *resend_in,
                codes: entry(*codes, problems.code),
                others: &others,
            })
        }
        View::Password { login } => Page::Password(Password {
            id,
            login: login.as_deref(),
            min_length: tenant.password.min_length,
            max_length: tenant.password.max_length,
            confirm: tenant.password.confirm,
            violations: problems.password,
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
    if problems.is_empty() { asked.page(locale, &page) } else { asked.form_again(locale, &page) }
}
