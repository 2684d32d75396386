//! The way in: the address, TLS, the realm, the credential. Keycloak's answers tell these apart by their words, which
//! are read here and told in ours.

use std::time::Duration;

use tokio::time::Instant;

use super::super::answer::{Answer, NoAnswer};
use super::super::realm::Realm;
use crate::domain::finding::Finding;
use crate::identity::{Cause, Error};

/// Longest that one look at the door takes.
const LOOK: Duration = Duration::from_secs(5);
/// What is told of the address.
const REACHABLE: &str = "the Keycloak can be reached";
/// What is told of the realm.
const EXISTS: &str = "the realm exists";
/// What is told of client and secret.
const ACCEPTED: &str = "client and secret are accepted";

/// Knocks, and says what is right as far as the door; or the first thing that shuts it.
pub(super) async fn door(realm: &Realm) -> Result<Vec<Finding>, Finding> {
    let answer = realm.ask_for_token(Instant::now() + LOOK).await;
    let answer = answer.map_err(|none| unreached(&none))?;
    if let Some(shut) = shut(&answer) {
        return Err(shut);
    }
    // The service itself uses the token from here on; where it was made for another address it opens nothing.
    let operation = realm.operation();
    operation.token().await.map_err(|error| Finding::bad(ACCEPTED, error.to_string(), "look at Keycloak's log"))?;
    match operation.read::<serde_json::Value>(&[], &[]).await {
        Err(Error::Misconfigured(Cause::Status(401))) => Err(Finding::bad(
            "the token counts at the same address",
            "a token was given and then refused",
            "let `url` be an address that Keycloak takes for its own: set its KC_HOSTNAME to a full URL, and let nothing \
             on the way change Host or X-Forwarded headers from call to call",
        )),
        Ok(_) | Err(_) => Ok([REACHABLE, EXISTS, ACCEPTED].map(Finding::good).into()),
    }
}

fn unreached(none: &NoAnswer) -> Finding {
    let (detail, remedy) = match none {
        NoAnswer::NotAsked(Error::Unavailable(Cause::Tls)) => (
            "its certificate is not trusted, or not made for this name",
            "name its CA in `ca_file`, and use its name in `url`",
        ),
        NoAnswer::NotAsked(Error::Misconfigured(Cause::Tls)) => {
            ("this machine's roots cannot be read", "install the system's CA certificates")
        }
        NoAnswer::NotAsked(_) => ("no connection", "look whether it runs, and whether `url` names its host and port"),
        NoAnswer::Lost(Cause::Timeout) => {
            ("it takes the connection and does not answer", "look at its log and its load")
        }
        NoAnswer::Lost(_) => ("its answer broke off or is too long", "look whether `url` leads to Keycloak itself"),
    };
    Finding::unreachable(REACHABLE, detail, remedy)
}

/// What an answer that grants no token means.
fn shut(answer: &Answer) -> Option<Finding> {
    let words = answer.words();
    let says = |text: &str| words.error_description.contains(text);
    let status = format!("status {}", answer.status);
    let finding = match (answer.status, words.error.as_str()) {
        (200, _) if answer.json::<serde_json::Value>().is_some_and(|it| it.get("access_token").is_some()) => {
            return None;
        }
        (300..=399, _) => Finding::bad(
            REACHABLE,
            "it redirects, and redirects are not followed",
            "let `url` be the address to which it redirects, such as https in place of http",
        ),
        (404, "Realm does not exist") => {
            Finding::bad(EXISTS, "there is no such realm", "write `realm` as it stands in Keycloak's addresses")
        }
        (404, _) => Finding::bad(
            REACHABLE,
            "something answers that knows no such path",
            "let `url` end in Keycloak's `http-relative-path`, where it has one",
        ),
        (403, "access_denied") => Finding::bad(EXISTS, "the realm is disabled", "enable it in its settings"),
        (403, _) if says("HTTPS required") => Finding::bad(
            REACHABLE,
            "Keycloak demands https of this address",
            "use https in `url`, or let the proxy in front of Keycloak send X-Forwarded-Proto",
        ),
        (401, "unauthorized_client") if says("Public client") => Finding::bad(
            ACCEPTED,
            "the client is public",
            "switch on \"Client authentication\" of the client `client_id`",
        ),
        (401, "unauthorized_client") if says("service account") => Finding::bad(
            ACCEPTED,
            "the client has no service account",
            "switch on \"Service account roles\" of the client `client_id`",
        ),
        (401, "unauthorized_client") => {
            Finding::bad(ACCEPTED, "the secret is wrong", "copy it again from the client's tab \"Credentials\"")
        }
        (401, "invalid_client") => Finding::bad(
            ACCEPTED,
            "there is no such client in this realm, or it is disabled",
            "make the client `client_id` in the same realm, as `docs/providers/keycloak.md` says",
        ),
        (401, "invalid_request") => Finding::bad(
            ACCEPTED,
            "the service account itself is disabled",
            "enable the user `service-account-<client_id>`",
        ),
        (400, "invalid_client") => Finding::bad(
            ACCEPTED,
            "the client takes no secret",
            "let its tab \"Credentials\" say \"Client Id and Secret\"",
        ),
        (500..=599, _) => Finding::unreachable(REACHABLE, status, "look at Keycloak's log"),
        _ => Finding::bad(REACHABLE, format!("{status}, in a form that is not Keycloak's"), "look where `url` leads"),
    };
    Some(finding)
}
