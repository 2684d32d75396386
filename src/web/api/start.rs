//! Somebody forgot a password.

use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoResponses, ToSchema};

use super::super::details::Fault;
use super::super::problem::{ACCEPTED, Problem};
use super::answers::{Answered, Answers, slow_down};
use super::call::{Answer, Call, Underway, json};
use super::json;
use crate::domain::identifier::Malformed;
use crate::domain::method::Method;
use crate::recovery::{Ask, Recoveries};

/// Who asks, and how to reach them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    /// What the person typed.
    #[schema(example = "alice@acme.example", min_length = 1, max_length = 254)]
    identifier: String,
    /// The tenant's first method where none is named.
    method: Option<Method>,
    /// The language of the messages, as a BCP 47 tag; without one `Accept-Language` decides.
    #[schema(example = "en")]
    locale: Option<String>,
    /// Where the person wants to go afterwards; forgotten where its origin is not on the tenant's list.
    #[schema(example = "https://app.acme.example/inbox")]
    return_to: Option<String>,
}

struct Responses;

impl IntoResponses for Responses {
    fn responses() -> Answered {
        let faults = [Fault::Members, Fault::Twice, Fault::NotJson, Fault::Method];
        Answers::to_post()
            .accepted::<Underway>("Under way, the same for everybody.", &example())
            .faults(&faults)
            .problem(Problem::Fault(Fault::Identifier(Malformed::Unreadable)))
            .problem(slow_down())
            .build()
    }
}

/// What a call that is under way is answered, as the description shows it.
pub(super) fn example() -> serde_json::Value {
    json!({
        "id": "mBqYHyvkTWuOKzJ3h0xDxA",
        "method": "email_otp",
        "expires_at": "2026-11-28T13:00:00Z",
        "resend_at": "2026-11-28T12:01:00Z",
    })
}

/// Start a recovery
///
/// The answer is the same whether the account exists or not: a message goes to a verified address that the provider
/// holds, never to what was typed.
#[utoipa::path(post, path = "/recoveries", operation_id = "start", request_body = Start, responses(Responses))]
pub(super) async fn start(State(recoveries): State<Recoveries>, request: Request) -> Answer {
    let call = Call::of(&request);
    let body: Start = json::read(request).await?;
    let locale = call.tenant.templates.negotiate(call.accept_language.as_deref(), body.locale.as_deref());
    let ask = Ask {
        identifier: &body.identifier,
        method: body.method,
        locale: locale.tag(),
        return_to: body.return_to.as_deref(),
        login: None,
    };
    let started = recoveries.start(&call.tenant, ask, &call.source).await.map_err(|error| Problem::of(error, None))?;
    Ok(json(ACCEPTED, &Underway::new(started.id, started.issued)))
}
