//! Setting a password. Only the documented answer is success; what cannot be known is said to be unknown.

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use super::provider::Keycloak;
use super::realm::plausible;
use super::refusal::violation;
use crate::domain::id::AccountId;
use crate::domain::password::NewPassword;
use crate::identity::{Cause, Change, Error};

/// Bytes of the body besides the password.
const FRAME: usize = 64;
/// Most bytes that one byte of a password takes in JSON.
const ESCAPED: usize = 6;

#[derive(Serialize)]
struct Credential<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    value: &'a str,
    temporary: bool,
}

impl Keycloak {
    /// Sets it; with `must_change` Keycloak asks for another at the next sign-in, without it a request to do so that
    /// stood there is taken back.
    pub(super) async fn reset(&self, id: &AccountId, password: &NewPassword, change: Change) -> Result<(), Error> {
        let Some(id) = plausible(id) else { return Err(Error::Denied(Cause::NoAccount)) };
        let body = body(password, change)?;
        let path = ["users", id, "reset-password"];
        let answer = self.realm.operation().ask(Method::PUT, &path, &[], Some(body)).await;
        let answer = answer.map_err(super::answer::NoAnswer::of_a_change)?;
        if let Some(violation) = violation(&answer) {
            return Err(Error::PasswordRefused(vec![violation]));
        }
        match answer.status {
            204 => Ok(()),
            // Something else answered for it, or it failed on the way.
            200..=299 => Err(Error::UnknownOutcome(Cause::Answer)),
            500..=599 => Err(Error::UnknownOutcome(Cause::Status(answer.status))),
            _ => Err(answer.refused()),
        }
    }
}

/// The body, wiped once it has been sent: there is room enough from the start, so that growing leaves nothing behind.
fn body(password: &NewPassword, change: Change) -> Result<Bytes, Error> {
    let value = password.expose();
    let mut body = Zeroizing::new(Vec::with_capacity(FRAME + ESCAPED * value.len()));
    let credential = Credential { kind: "password", value, temporary: change.must_change };
    serde_json::to_writer(&mut *body, &credential).map_err(|_| Error::Unavailable(Cause::Answer))?;
    Ok(Bytes::from_owner(body))
}
