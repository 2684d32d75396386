//! For how long a login under way and a link of Keycloak's own mails can outlive a change.
//!
//! A login that waits for a code ends with the login's lifespan, one that waits at a required action with the action's;
//! reloads and new tabs begin either anew, so for somebody who does that on purpose there is no end to tell.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;

use super::provider::Keycloak;
use super::realm::Operation;
use crate::identity::{Error, Lifespans};

/// The realm's own settings, lifespans in seconds. To whom may not see them they are left out, which is no zero.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    access_code_lifespan_user_action: u64,
    access_code_lifespan_login: u64,
    action_token_generated_by_admin_lifespan: u64,
    action_token_generated_by_user_lifespan: u64,
    /// Whether Keycloak's own "Forgot password" is on.
    pub(super) reset_password_allowed: Option<bool>,
    /// Whether fine-grained permissions are on.
    pub(super) admin_permissions_enabled: Option<bool>,
}

/// What a new realm has.
const OF_A_NEW_REALM: Settings = Settings {
    access_code_lifespan_user_action: 300,
    access_code_lifespan_login: 1800,
    action_token_generated_by_admin_lifespan: 43200,
    action_token_generated_by_user_lifespan: 300,
    reset_password_allowed: None,
    admin_permissions_enabled: None,
};

impl Settings {
    /// Reads them; `None` where we may not see them, or not all.
    pub(super) async fn read(operation: &Operation<'_>) -> Result<Option<Self>, Error> {
        let answer = operation.ask(Method::GET, &[], &[], None).await?;
        match answer.status {
            403 => Ok(None),
            200 => {
                let told: serde_json::Value = answer.read()?;
                Ok(serde_json::from_value(told).ok())
            }
            _ => Err(answer.refused()),
        }
    }
}

impl Keycloak {
    /// From the realm where we may see it, else as a new realm has them.
    pub(super) async fn lives(&self) -> Result<Lifespans, Error> {
        let settings = Settings::read(&self.realm.operation()).await?.unwrap_or(OF_A_NEW_REALM);
        let login = settings.access_code_lifespan_login.max(settings.access_code_lifespan_user_action);
        let by_admin = settings.action_token_generated_by_admin_lifespan;
        let mailed = by_admin.max(settings.action_token_generated_by_user_lifespan);
        Ok(Lifespans { login: Duration::from_secs(login), mailed_link: Duration::from_secs(mailed) })
    }
}
