//! A realm of its own in a Keycloak that runs: people to recover, and a service account for regain. It is removed at the
//! end.

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};

/// Where the Keycloak of the live suites listens.
const KEYCLOAK: &str = "http://127.0.0.1:8180";
/// The secret of the client `regain`.
pub(crate) const SECRET: &str = "figures-secret";
/// How many people the realm knows.
pub(crate) const PEOPLE: u32 = 200;

/// The realm.
pub(crate) struct Realm {
    client: Client,
    url: String,
    name: String,
}

impl Realm {
    /// Makes it, with its mails going to a port of this machine.
    pub(crate) async fn make(mail_port: u16) -> Result<Self> {
        let url = address();
        let name = format!("figures-{}", std::process::id());
        let realm = Self { client: Client::new(), url, name };
        let token = realm.token().await?;
        let made = realm
            .client
            .post(format!("{}/admin/realms", realm.url))
            .bearer_auth(token)
            .json(&description(&realm.name, mail_port))
            .send()
            .await?;
        ensure!(made.status() == 201, "the realm cannot be made: {}", made.text().await?);
        Ok(realm)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Removes it.
    pub(crate) async fn remove(&self) -> Result<()> {
        let token = self.token().await?;
        let address = format!("{}/admin/realms/{}", self.url, self.name);
        self.client.delete(address).bearer_auth(token).send().await?.error_for_status()?;
        Ok(())
    }

    /// An administrator's token; it lives for a minute only.
    async fn token(&self) -> Result<String> {
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", "admin"),
            ("password", "admin-dev-password"),
        ];
        let address = format!("{}/realms/master/protocol/openid-connect/token", self.url);
        let answer =
            self.client.post(address).form(&form).send().await.with_context(|| {
                format!("no Keycloak at {}; `tests/live/servers/keycloak start` starts one", self.url)
            })?;
        let answer: Value = answer.error_for_status()?.json().await?;
        answer["access_token"].as_str().map(str::to_owned).context("no token for the administrator")
    }
}

#[expect(clippy::disallowed_methods, reason = "no configuration is read: whoever measures names the Keycloak")]
fn address() -> String {
    std::env::var("REGAIN_TEST_KEYCLOAK_URL").unwrap_or_else(|_| KEYCLOAK.to_owned())
}

fn description(name: &str, mail_port: u16) -> Value {
    let people = (0..PEOPLE).map(|number| {
        json!({
            "username": format!("known{number}"),
            "email": format!("known{number}@example.org"),
            "emailVerified": true,
            "enabled": true,
            "firstName": "Known",
            "lastName": "Person",
        })
    });
    let service = json!({
        "username": "service-account-regain",
        "enabled": true,
        "serviceAccountClientId": "regain",
        "clientRoles": { "realm-management": ["manage-users"] },
    });
    let users: Vec<Value> = people.chain([service]).collect();
    json!({
        "realm": name,
        "enabled": true,
        "sslRequired": "none",
        "resetPasswordAllowed": true,
        "smtpServer": { "host": "127.0.0.1", "port": mail_port.to_string(), "from": "no-reply@example.org" },
        "clients": [{
            "clientId": "regain",
            "enabled": true,
            "publicClient": false,
            "secret": SECRET,
            "serviceAccountsEnabled": true,
            "standardFlowEnabled": false,
        }],
        "users": users,
    })
}
