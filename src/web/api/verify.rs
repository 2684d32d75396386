//! A code is typed.

use axum::extract::{Path, Request, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoResponses, ToSchema};

use super::super::details::Fault;
use super::super::problem::{GOOD, Problem};
use super::answers::{Answered, Answers, slow_down};
use super::call::{Answer, Call, RecoveryPath, json, moment, recovery};
use super::json;
use crate::domain::code::Malformed;
use crate::domain::secret::Secret;
use crate::recovery::{Recoveries, Verified};

/// What the person typed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    /// Blanks and dashes are forgiven. A text, for a code may begin with zeros.
    #[schema(value_type = String, example = "0123 4567")]
    code: Secret,
}

/// The code was right: whoever holds this may set one password.
#[derive(Serialize, ToSchema)]
pub(super) struct Right {
    /// For `POST /password`.
    #[schema(example = "AQIBmBqYHyvkTWuOKzJ3h0xDxAE…")]
    reset_token: String,
    /// When it no longer does.
    #[schema(format = DateTime, example = "2026-11-28T12:15:00Z")]
    expires_at: String,
}

struct Responses;

impl IntoResponses for Responses {
    fn responses() -> Answered {
        let example = json!({ "reset_token": "AQIBmBqYHyvkTWuOKzJ3h0xDxAE…", "expires_at": "2026-11-28T12:15:00Z" });
        Answers::to_post()
            .good::<Right>("The code was right.", &example)
            .faults(&[Fault::Members, Fault::Twice, Fault::NotJson, Fault::Code(Malformed::NotDigits)])
            .problem(Problem::WrongCode(3))
            .problem(Problem::CodesClosed)
            .problem(Problem::Over)
            .problem(slow_down())
            .build()
    }
}

/// Try a code
///
/// A wrong code costs a try, and so does one that is right and comes a second time. With none left
/// (`attempts_left` 0) codes are closed and a link lives on. What can be no code costs none.
#[utoipa::path(
    post,
    path = "/recoveries/{id}/verify",
    operation_id = "verify",
    params(RecoveryPath),
    request_body = Verify,
    responses(Responses)
)]
pub(super) async fn verify(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let call = Call::of(&request);
    let body: Verify = json::read(request).await?;
    let id = recovery(&id)?;
    let verified = recoveries.verify(&call.tenant, id, body.code.expose(), &call.source).await;
    match verified.map_err(|error| Problem::of(error, Some(id)))? {
        Verified::Right { reset, expires_at } => {
            let reset_token = reset.to_secret().expose().to_owned();
            Ok(json(GOOD, &Right { reset_token, expires_at: moment(expires_at) }))
        }
        Verified::Wrong { left } => Err(Problem::WrongCode(left)),
        Verified::Closed => Err(Problem::CodesClosed),
    }
}
