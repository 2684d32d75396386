//! Realms as an operator has them, from the starter's files, and the people in them.

use reqwest::Method;
use serde_json::{Value, json};

use super::admin::Admin;
use super::realm::{Realm, text};

const ACME: &str = include_str!("../servers/keycloak-realms/acme.json");
const GLOBEX: &str = include_str!("../servers/keycloak-realms/globex.json");

/// What everybody's password is at the beginning.
pub(super) const OLD: &str = "the old pass phrase of before";
/// What it will be.
pub(super) const NEW: &str = "plinth ostrich varnish";

/// Somebody in a realm.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) email: String,
}

impl Realm {
    /// One like acme: twelve characters, no username, none of the last three passwords.
    pub(super) async fn acme() -> Self {
        Self::acme_with(json!({})).await
    }

    /// The same, with some of its keys changed.
    pub(super) async fn acme_with(keys: Value) -> Self {
        Self::like(ACME, keys).await
    }

    /// One like globex.
    pub(super) async fn globex() -> Self {
        Self::like(GLOBEX, json!({})).await
    }

    /// Without its people, and without a lock-out: where Keycloak counts failures, it refuses a second sign-in of
    /// somebody whose first it is still writing down.
    async fn like(file: &str, keys: Value) -> Self {
        let mut realm: Value = serde_json::from_str(file).expect("a realm's file");
        let secret = text(&realm["clients"][0]["secret"]);
        let name = format!("live-{}-{}", text(&realm["realm"]), fresh());
        realm["realm"] = json!(name);
        realm["bruteForceProtected"] = json!(false);
        realm["users"].as_array_mut().expect("users").retain(|user| user.get("serviceAccountClientId").is_some());
        merge(&mut realm, keys);
        let admin = Admin::new();
        let (status, body) = admin.ask(Method::POST, "", Some(&realm)).await;
        assert_eq!(status, 201, "{body}");
        Self { name, secret, admin }
    }

    /// Somebody with a verified address and the password [`OLD`].
    pub(super) async fn person(&self) -> Person {
        self.person_with(json!({})).await
    }

    /// Links somebody with an identity provider of the realm's, which is made for it.
    pub(super) async fn link(&self, person: &Person) {
        let nowhere = "http://127.0.0.1:9";
        let config =
            json!({ "clientId": "acme", "clientSecret": "x", "authorizationUrl": nowhere, "tokenUrl": nowhere });
        let corp = json!({ "alias": "corp", "providerId": "oidc", "enabled": true, "config": config });
        let (status, body) = self.ask(Method::POST, "/identity-provider/instances", Some(&corp)).await;
        assert!(matches!(status, 201 | 409), "{body}");
        let identity = json!({ "identityProvider": "corp", "userId": person.id, "userName": person.email });
        self.make(&format!("/users/{}/federated-identity/corp", person.id), &identity).await;
    }

    /// The same, with some keys changed.
    pub(super) async fn person_with(&self, keys: Value) -> Person {
        let username = format!("u{}", fresh());
        let mut user = json!({
            "username": username, "firstName": "Una", "lastName": "Acme", "email": format!("{username}@example.org"),
            "emailVerified": true, "enabled": true,
            "credentials": [{ "type": "password", "value": OLD, "temporary": false }],
        });
        merge(&mut user, keys);
        let made = self.make("/users", &user).await;
        Person { id: text(&made["id"]), username: text(&user["username"]), email: text(&user["email"]) }
    }
}

/// Some letters that were never used before.
pub(super) fn fresh() -> String {
    data_encoding::HEXLOWER.encode(&rand::random::<[u8; 6]>())
}

/// Puts keys over others, objects key by key.
fn merge(into: &mut Value, keys: Value) {
    match (into, keys) {
        (Value::Object(into), Value::Object(keys)) => {
            for (key, value) in keys {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, keys) => *into = keys,
    }
}
