//! A password is posted with a proof. The account is the proof's own: nothing else in the call names one (TL-06).

use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoResponses, ToSchema};

use super::super::details::Fault;
use super::super::problem::{GOOD, Problem};
use super::answers::{Answered, Answers, slow_down};
use super::call::{Answer, Call, json, presented};
use super::json;
use crate::domain::password::{NewPassword, Violation};
use crate::domain::secret::Secret;
use crate::recovery::{Confirmation, PasswordForm, Recoveries};

/// A proof and the password to set with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    /// A reset token, or the token of a message's link.
    #[schema(value_type = String, example = "AQEBmBqYHyvkTWuOKzJ3h0xDxAE…")]
    token: Secret,
    /// The new password, as it was typed: it is never cut and never normalised.
    #[schema(value_type = String, format = Password, example = "plinth ostrich varnish")]
    password: Secret,
}

/// The password is set.
#[derive(Serialize, ToSchema)]
pub(super) struct Set {
    /// Whether every session that began before has ended, or ends shortly.
    sessions: Sessions,
    /// Where to send the person now.
    #[schema(example = "https://login.acme.example/")]
    sign_in_url: String,
}

/// What became of the sessions that began before the change.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sessions {
    /// They have ended.
    Ended,
    /// They end shortly; it is tried until it is done.
    Pending,
}

struct Responses;

impl IntoResponses for Responses {
    fn responses() -> Answered {
        let example = json!({ "sessions": "ended", "sign_in_url": "https://login.acme.example/" });
        Answers::to_post()
            .good::<Set>("The password is set.", &example)
            .faults(&[Fault::Members, Fault::Twice, Fault::NotJson])
            .problem(Problem::Refused(vec![Violation::TooShort { min: 15 }, Violation::Common]))
            .problem(Problem::Busy)
            .problem(Problem::Over)
            .problem(slow_down())
            .build()
    }
}

/// Set the password
///
/// With a token, once. A `password-refused` or a 503 leaves the token as it was: post again, with another password or
/// with the same.
#[utoipa::path(post, path = "/password", operation_id = "password", request_body = Password, responses(Responses))]
pub(super) async fn set_password(State(recoveries): State<Recoveries>, request: Request) -> Answer {
    let call = Call::of(&request);
    let body: Password = json::read(request).await?;
    let presented = presented(body.token.expose(), recoveries.now());
    // A text that is no token costs no query (RC-09).
    let id = presented.proof.as_ref().ok_or(Problem::Over)?.recovery();
    let password = NewPassword::new(body.password.expose());
    let form = PasswordForm { password, confirmation: Confirmation::Elsewhere };
    let set = recoveries.set_password(&call.tenant, id, &presented, form, &call.source).await;
    let set = set.map_err(|error| Problem::of(error, Some(id)))?;
    let target = set.return_to.as_deref().and_then(|target| call.tenant.return_target(target));
    let set = Set {
        sessions: if set.sessions_ended { Sessions::Ended } else { Sessions::Pending },
        sign_in_url: target.as_ref().unwrap_or(&call.tenant.recovery.sign_in_url).to_string(),
    };
    Ok(json(GOOD, &set))
}
