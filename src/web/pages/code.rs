//! A code is typed, or one more message is asked for.

use axum::extract::{Path, Request, State};
use http::header::SET_COOKIE;

use super::super::problem::Problem;
use super::super::{body, cookies};
use super::recovery::{Problems, WrongCode, show};
use super::{Answer, Asked, see_other};
use crate::domain::code::Malformed;
use crate::domain::id::RecoveryId;
use crate::domain::method::Method;
use crate::recovery::{Error, Presented, Recoveries, Verified};
use crate::template::page::CodeProblem;

/// A right code gives this browser the reset token. Anything else shows the page on which it was typed, whatever else
/// this browser could show.
pub(super) async fn code(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    let form = body::form(request, &["code"]).await?;
    let source = asked.visitor.source(&asked.headers);
    let wrong = match recoveries.verify(&asked.tenant, id, form.get("code"), &source).await {
        Ok(Verified::Right { reset, .. }) => {
            let presented = Presented { at: Some(recoveries.now()), proof: Some(reset), ..asked.presented(id) };
            let answer = see_other(&asked.tenant, &format!("/{id}"));
            return Ok(asked.keep(answer, id, &presented));
        }
        // After the last try there is no field any more in which another could be typed.
        Ok(Verified::Wrong { left: 0 } | Verified::Closed) => WrongCode::Closed,
        Ok(Verified::Wrong { left }) => WrongCode::Told(CodeProblem::Wrong { left }),
        Err(Error::Code(malformed)) => WrongCode::Told(told(malformed)),
        Err(error) => return Err(Problem::of(error, Some(id))),
    };
    let presented = Presented { proof: None, ..asked.presented(id) };
    let seen = recoveries.view(&asked.tenant, id, &presented).await.map_err(|error| Problem::of(error, Some(id)))?;
    show(&asked, id, &seen, &Problems { code: Some(wrong), ..Problems::default() })
}

fn told(malformed: Malformed) -> CodeProblem {
    match malformed {
        Malformed::Empty => CodeProblem::Empty,
        Malformed::NotDigits => CodeProblem::NotDigits,
        Malformed::TooFew => CodeProblem::TooFew,
        Malformed::TooMany => CodeProblem::TooMany,
    }
}

pub(super) async fn resend(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    let form = body::form(request, &["method"]).await?;
    let method = match form.find("method") {
        Some(name) => Some(Method::parse(name).ok_or(Problem::Unprocessable)?),
        None => None,
    };
    let source = asked.visitor.source(&asked.headers);
    let issued =
        recoveries.resend(&asked.tenant, id, method, &source).await.map_err(|error| Problem::of(error, Some(id)))?;
    let mut answer = see_other(&asked.tenant, &format!("/{id}"));
    // What came too soon is no way that this person has gone.
    let gone = method.filter(|method| *method == issued.method);
    if let Some(line) = gone.and_then(|method| cookies::remember(&asked.tenant, method)) {
        answer.headers_mut().append(SET_COOKIE, line);
    }
    Ok(answer)
}
