//! A new password is posted, or "I did not ask for this" is said, by the holder of a proof.

use axum::extract::{Path, Request, State};

use super::super::body;
use super::super::problem::Problem;
use super::recovery::{Problems, show};
use super::{Answer, Asked, see_other};
use crate::domain::id::RecoveryId;
use crate::domain::password::NewPassword;
use crate::recovery::{Confirmation, Error, PasswordForm, Recoveries};

pub(super) async fn set_password(
    State(recoveries): State<Recoveries>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
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
            show(&asked, id, &seen, &Problems { password: &violations, ..Problems::default() })
        }
        Err(error) => Err(Problem::of(error, Some(id))),
    }
}

pub(super) async fn cancel(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let asked = Asked::of(&request);
    let id = RecoveryId::parse(&id).ok_or(Problem::NotFound)?;
    body::form(request, &[]).await?;
    let source = asked.visitor.source(&asked.headers);
    let presented = asked.presented(id);
    recoveries.cancel(&asked.tenant, id, &presented, &source).await.map_err(|error| Problem::of(error, Some(id)))?;
    Ok(see_other(&asked.tenant, &format!("/{id}")))
}
