//! A provider over a realm of its own, as a tenant's file would make it, and the people in it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use figment::providers::Format as _;
use regain::clock::{Clock as _, SystemClock};
use regain::domain::Timestamp;
use regain::domain::id::{AccountId, TenantId};
use regain::domain::problem::Problems;
use regain::identity::{Config, Hashing, IdentityProvider, Wiring};
use regain::outward::Clients;
use regain::store::Store;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::admin::url;
use super::realm::{CLIENT, Realm, Rights, SECRET, text};
use crate::promises::{Fixture, OLD, Who};

/// The provider and its realm.
pub(super) struct OnKeycloak {
    pub(super) provider: Arc<dyn IdentityProvider>,
    pub(super) realm: Realm,
    clock: SystemClock,
    /// The account and the refresh token of every session that began here.
    tokens: Mutex<Vec<(String, String)>>,
    federation: OnceCell<String>,
}

impl OnKeycloak {
    pub(super) async fn new(rights: Rights) -> Self {
        let realm = Realm::new(rights).await;
        let provider = provider(&realm.name, "protect = { groups = ['nobody'], roles = ['nobody'] }");
        let clock = SystemClock::default();
        Self { provider, realm, clock, tokens: Mutex::default(), federation: OnceCell::new() }
    }

    /// An account whose password lives elsewhere: its directory is known to the realm, and shut.
    async fn add_federated(&self, username: &str) -> String {
        let directory = async || {
            let component = json!({
                "name": "directory",
                "providerId": "ldap",
                "providerType": "org.keycloak.storage.UserStorageProvider",
                "config": {
                    "enabled": ["false"],
                    "vendor": ["other"],
                    "connectionUrl": ["ldap://127.0.0.1:9"],
                    "usersDn": ["ou=people,dc=example,dc=org"],
                    "usernameLDAPAttribute": ["uid"],
                    "rdnLDAPAttribute": ["uid"],
                    "uuidLDAPAttribute": ["entryUUID"],
                    "userObjectClasses": ["inetOrgPerson"],
                    "authType": ["none"],
                    "editMode": ["READ_ONLY"],
                },
            });
            text(&self.realm.make("/components", &component).await["id"])
        };
        let directory = self.federation.get_or_init(directory).await;
        let user = json!({ "username": username, "enabled": true, "federationLink": directory });
        let import = json!({ "ifResourceExists": "FAIL", "users": [user] });
        self.realm.make("/partialImport", &import).await;
        self.user(username).await
    }

    async fn user(&self, username: &str) -> String {
        text(&self.realm.read(&format!("/users?exact=true&username={username}")).await[0]["id"])
    }

    async fn join(&self, user: &str, group: &str) {
        let (_, made) = self.realm.ask(Method::POST, "/groups", Some(&json!({ "name": group }))).await;
        let group = match made["id"].as_str() {
            Some(id) => id.to_owned(),
            None => text(&self.realm.read(&format!("/groups?exact=true&search={group}")).await[0]["id"]),
        };
        let path = format!("/users/{user}/groups/{group}");
        self.realm.must(Method::PUT, &path, &json!({})).await;
    }

    fn token_of(&self, id: &AccountId) -> Vec<String> {
        let tokens = self.tokens.lock().expect("no test has panicked in here");
        tokens.iter().filter(|(of, _)| of == id.as_str()).map(|(_, token)| token.clone()).collect()
    }
}

/// Builds the provider over a realm; `more` stands in its section.
pub(super) fn provider(realm: &str, more: &str) -> Arc<dyn IdentityProvider> {
    provider_as(CLIENT, SECRET, realm, more)
}

/// Builds it with another client.
pub(super) fn provider_as(client: &str, secret: &str, realm: &str, more: &str) -> Arc<dyn IdentityProvider> {
    let toml = format!(
        "kind = 'keycloak'\nurl = '{}'\nrealm = '{realm}'\nclient_id = '{client}'\nclient_secret = '{secret}'\n{more}\n",
        url()
    );
    let toml = figment::providers::Toml::string(&toml);
    let config: Config = figment::Figment::from(toml).extract().expect("a section");
    let wiring = Wiring {
        store: Store::offline().tenant(&TenantId::parse("acme").expect("a tenant")),
        clock: Arc::new(SystemClock::default()),
        hashing: Hashing::new(2),
        clients: Clients::default(),
        is_intercepted: true,
    };
    config.build(&wiring, &mut Problems::new()).expect("a right configuration")
}

#[async_trait]
impl Fixture for OnKeycloak {
    fn provider(&self) -> &dyn IdentityProvider {
        &*self.provider
    }

    /// Keycloak dates sessions by whole seconds.
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.replace_nanosecond(0).expect("a second begins with none")
    }

    async fn tick(&self) {
        let next = self.now() + Duration::from_secs(1);
        while self.clock.now() < next {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn add(&self, who: Who<'_>) -> AccountId {
        if who.service {
            return AccountId::new(self.realm.service_account(who.username).await);
        }
        if who.federated {
            return AccountId::new(self.add_federated(who.username).await);
        }
        let mut attributes = serde_json::Map::new();
        if let Some((number, verified)) = who.phone {
            attributes.insert("phoneNumber".to_owned(), json!([number]));
            attributes.insert("phoneNumberVerified".to_owned(), json!([verified.to_string()]));
        }
        if let Some(locale) = who.locale {
            attributes.insert("locale".to_owned(), json!([locale]));
        }
        let user = json!({
            "username": who.username,
            "email": who.email.map(|(address, _)| address),
            "emailVerified": who.email.is_some_and(|(_, verified)| verified),
            "enabled": !who.disabled && !who.locked_by_administrator,
            "attributes": Value::Object(attributes),
            "credentials": [{ "type": "password", "value": OLD, "temporary": false }],
        });
        let id = text(&self.realm.make("/users", &user).await["id"]);
        for group in who.groups {
            self.join(&id, group).await;
        }
        AccountId::new(id)
    }

    async fn remove(&self, id: &AccountId) {
        let (status, body) = self.realm.ask(Method::DELETE, &format!("/users/{}", id.as_str()), None).await;
        assert_eq!(status, 204, "{body}");
    }

    async fn sign_in(&self, username: &str, password: &str) -> bool {
        let Some(granted) = self.realm.sign_in(username, password, "openid").await else { return false };
        let id = self.user(username).await;
        let token = text(&granted["refresh_token"]);
        self.tokens.lock().expect("no test has panicked in here").push((id, token));
        true
    }

    async fn sessions(&self, id: &AccountId) -> usize {
        let mut live = 0;
        for token in self.token_of(id) {
            live += usize::from(self.realm.refreshes(&token).await);
        }
        live
    }

    async fn must_change(&self, id: &AccountId) -> bool {
        let user = self.realm.read(&format!("/users/{}", id.as_str())).await;
        user["requiredActions"].as_array().is_some_and(|actions| actions.contains(&json!("UPDATE_PASSWORD")))
    }

    async fn lock_out(&self, username: &str) {
        let id = self.user(username).await;
        for _ in 0..20 {
            assert!(!self.sign_in(username, "wrong").await);
            if self.realm.read(&format!("/attack-detection/brute-force/users/{id}")).await["disabled"] == json!(true) {
                return;
            }
        }
        panic!("nobody was locked out");
    }
}
