//! One more message, or another method for it.

use axum::extract::{Path, Request, State};
use serde::Deserialize;
use utoipa::{IntoResponses, ToSchema};

use super::super::details::Fault;
use super::super::problem::{ACCEPTED, Problem};
use super::answers::{Answered, Answers, slow_down};
use super::call::{Answer, Call, RecoveryPath, Underway, json, recovery};
use super::{json, start};
use crate::domain::method::Method;
use crate::recovery::Recoveries;

/// How to reach the person this time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resend {
    /// The last one's method where none is named.
    method: Option<Method>,
}

struct Responses;

impl IntoResponses for Responses {
    fn responses() -> Answered {
        let told = "Under way. Before `resend_at` of the last one nothing new is sent, and the last one is told again.";
        Answers::to_post()
            .accepted::<Underway>(told, &start::example())
            .faults(&[Fault::Members, Fault::Twice, Fault::NotJson, Fault::Method])
            .problem(Problem::Over)
            .problem(slow_down())
            .build()
    }
}

/// Ask for one more message
///
/// "Send it again", or "try another way". The body may be `{}`.
#[utoipa::path(
    post,
    path = "/recoveries/{id}/resend",
    operation_id = "resend",
    params(RecoveryPath),
    request_body = Resend,
    responses(Responses)
)]
pub(super) async fn resend(State(recoveries): State<Recoveries>, Path(id): Path<String>, request: Request) -> Answer {
    let call = Call::of(&request);
    let body: Resend = json::read(request).await?;
    let id = recovery(&id)?;
    let issued = recoveries.resend(&call.tenant, id, body.method, &call.source).await;
    let issued = issued.map_err(|error| Problem::of(error, Some(id)))?;
    Ok(json(ACCEPTED, &Underway::new(id, issued)))
}
