//! What a front end must know to show its forms.

use axum::extract::Request;
use serde::Serialize;
use serde_json::json;
use utoipa::{IntoResponses, ToSchema};

use super::super::problem::{ELSEWHERE, GOOD};
use super::answers::{Answered, Answers};
use super::call::{Answer, Call, json};
use crate::domain::identifier::Kind;
use crate::domain::method::Method;

/// What the tenant offers and asks for.
#[derive(Serialize, ToSchema)]
pub(super) struct Offer<'a> {
    /// The methods on offer, in the order in which to show them. One: there is nothing to choose.
    methods: &'a [Method],
    /// What people type.
    identifier: Kind,
    /// What a new password must be.
    password: PasswordRules,
}

/// What a new password must be. The provider may ask for more.
#[derive(Serialize, ToSchema)]
pub(super) struct PasswordRules {
    /// Fewest code points.
    #[schema(example = 15)]
    min_length: usize,
    /// Most code points.
    #[schema(example = 256)]
    max_length: usize,
}

struct Responses;

impl IntoResponses for Responses {
    fn responses() -> Answered {
        let example = json!({
            "methods": ["email_link", "email_otp"],
            "identifier": "either",
            "password": { "min_length": 15, "max_length": 256 },
        });
        Answers::to_get()
            .good::<Offer<'_>>("The offer.", &example)
            .empty(ELSEWHERE, "The tenant's API lies on the host of its `public_url`.")
            .build()
    }
}

/// What the tenant offers
///
/// The methods to choose from, what people type, and what a new password must be.
#[utoipa::path(get, path = "/methods", operation_id = "methods", responses(Responses))]
pub(super) async fn methods(request: Request) -> Answer {
    let tenant = Call::of(&request).tenant;
    let password = PasswordRules { min_length: tenant.password.min_length, max_length: tenant.password.max_length };
    let offer = Offer { methods: &tenant.recovery.methods, identifier: tenant.recovery.identifier, password };
    Ok(json(GOOD, &offer))
}
