//! "I did not ask for this".

use axum::extract::{Path, Request, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::{IntoResponses, ToSchema};

use super::super::details::Fault;
use super::super::problem::{NOTHING, Problem};
use super::answers::{Answered, Answers, slow_down};
use super::call::{Answer, Call, RecoveryPath, presented, recovery};
use super::json;
use crate::domain::secret::Secret;
use crate::recovery::Recoveries;

/// The proof of who says so.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    /// The token of a message's link, or a reset token.
    #[schema(value_type = String, example = "AQEBmBqYHyvkTWuOKzJ3h0xDxAE…")]
    token: Secret,
}

struct Responses;

impl IntoResponses for Responses {
    fn responses() -> Answered {
        Answers::to_post()
            .empty(NOTHING, "Done: codes, further messages and reset tokens are dead. The link lives out its minutes.")
            .faults(&[Fault::Members, Fault::Twice, Fault::NotJson])
            .problem(Problem::Over)
            .problem(slow_down())
            .build()
    }
}

/// Say "I did not ask for this"
///
/// Kills what somebody without the message could use.
#[utoipa::path(
    post,
    path = "/recoveries/{id}/cancel",
    operation_id = "cancel",
    params(RecoveryPath),
    request_body = Cancel,
    responses(Responses)
)]
pub(super) async fn cancel(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let call = Call::of(&request);
    let body: Cancel = json::read(request).await?;
    let id = recovery(&id)?;
    let presented = presented(body.token.expose(), recoveries.now());
    let cancelled = recoveries.cancel(&call.tenant, id, &presented, &call.source).await;
    cancelled.map_err(|error| Problem::of(error, Some(id)))?;
    Ok(NOTHING.into_response())
}
