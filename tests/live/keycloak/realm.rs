//! A realm that lives as long as a test, made by the administration of the real Keycloak.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::admin::Admin;

/// The client whose service account regain is.
pub(crate) const CLIENT: &str = "regain";
/// Its secret.
pub(crate) const SECRET: &str = "s3cret of the service account";
/// The client with which people sign in.
pub(crate) const PORTAL: &str = "portal";

/// What the service account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// The role `manage-users`, the simple way.
    ManageUsers,
    /// Fine-grained permissions: the role `query-users`, view and manage on users, view on groups.
    FineGrained,
}

/// A realm of the test's own; it is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Realm {
    pub(crate) name: String,
    /// The secret of the client [`CLIENT`].
    pub(crate) secret: String,
    pub(crate) admin: Admin,
}

impl Realm {
    /// Makes one with a client to sign in with, and the service account.
    pub(crate) async fn new(rights: Rights) -> Self {
        let realm = Self::bare(rights == Rights::FineGrained).await;
        let account = realm.service_account(CLIENT).await;
        match rights {
            Rights::ManageUsers => realm.grant_roles(&account, &["manage-users"]).await,
            Rights::FineGrained => {
                realm.grant_roles(&account, &["query-users"]).await;
                realm.permit(&account, "Users", &["view", "manage"]).await;
                realm.permit(&account, "Groups", &["view"]).await;
            }
        }
        realm
    }

    /// Makes one without a service account.
    pub(crate) async fn bare(is_fine_grained: bool) -> Self {
        let admin = Admin::new();
        let name = format!("keycloak-{}", uuid::Uuid::from_u128(rand::random()).simple());
        let settings = json!({
            "realm": name,
            "enabled": true,
            "sslRequired": "none",
            "adminPermissionsEnabled": is_fine_grained,
            "duplicateEmailsAllowed": true,
            "loginWithEmailAllowed": false,
            "bruteForceProtected": true,
            "failureFactor": 3,
            "waitIncrementSeconds": 900,
            "quickLoginCheckMilliSeconds": 0,
            "internationalizationEnabled": true,
            "supportedLocales": ["en", "de"],
        });
        let (status, body) = admin.ask(Method::POST, "", Some(&settings)).await;
        assert_eq!(status, 201, "{body}");
        let realm = Self { name, secret: SECRET.to_owned(), admin };
        let portal = json!({
            "clientId": PORTAL,
            "publicClient": true,
            "directAccessGrantsEnabled": true,
            "redirectUris": ["http://127.0.0.1:9/*"],
        });
        realm.make("/clients", &portal).await;
        realm.declare_attributes().await;
        realm
    }

    /// Asks below the realm, whatever the answer.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.admin.ask(method, &format!("/{}{path}", self.name), body).await
    }

    /// Reads what must be there.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// Makes or changes something, which must succeed.
    pub(crate) async fn make(&self, path: &str, body: &Value) -> Value {
        self.must(Method::POST, path, body).await
    }

    /// Makes or changes something, which must succeed.
    pub(crate) async fn must(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Tries to sign in by password alone.
    pub(crate) async fn sign_in(&self, username: &str, password: &str, scope: &str) -> Option<Value> {
        let form = [
            ("grant_type", "password"),
            ("client_id", PORTAL),
            ("username", username),
            ("password", password),
            ("scope", scope),
        ];
        let (status, body) = self.admin.grant(&self.name, &form).await;
        (status == 200).then_some(body)
    }

    /// Whether a refresh token still gets a new one.
    pub(crate) async fn refreshes(&self, token: &str) -> bool {
        let form = [("grant_type", "refresh_token"), ("client_id", PORTAL), ("refresh_token", token)];
        self.admin.grant(&self.name, &form).await.0 == 200
    }

    /// The internal id of a client.
    pub(crate) async fn client(&self, client_id: &str) -> String {
        text(&self.read(&format!("/clients?clientId={client_id}")).await[0]["id"])
    }

    /// Makes a confidential client, and gives the id of its service account.
    pub(crate) async fn service_account(&self, client_id: &str) -> String {
        let client = json!({
            "clientId": client_id,
            "secret": SECRET,
            "serviceAccountsEnabled": true,
            "standardFlowEnabled": false,
        });
        self.make("/clients", &client).await;
        let client = self.client(client_id).await;
        text(&self.read(&format!("/clients/{client}/service-account-user")).await["id"])
    }

    /// Gives an account roles of the realm's administration.
    pub(crate) async fn grant_roles(&self, account: &str, roles: &[&str]) {
        let client = self.client("realm-management").await;
        let mut representations = Vec::new();
        for role in roles {
            representations.push(self.read(&format!("/clients/{client}/roles/{role}")).await);
        }
        self.make(&format!("/users/{account}/role-mappings/clients/{client}"), &json!(representations)).await;
    }

    /// Gives an account fine-grained permissions on all of a kind.
    pub(crate) async fn permit(&self, account: &str, kind: &str, scopes: &[&str]) {
        let client = self.client("admin-permissions").await;
        let base = format!("/clients/{client}/authz/resource-server");
        let policy = json!({ "name": format!("{account} {kind}"), "users": [account], "logic": "POSITIVE" });
        let policy = self.make(&format!("{base}/policy/user"), &policy).await;
        let permission = json!({
            "name": format!("{account} on {kind}"),
            "resourceType": kind,
            "scopes": scopes,
            "policies": [policy["id"]],
        });
        self.make(&format!("{base}/permission/scope"), &permission).await;
    }

    /// Lets administrators write phone and language, and demands no names of anybody.
    async fn declare_attributes(&self) {
        let mut profile = self.read("/users/profile").await;
        for attribute in profile["attributes"].as_array_mut().expect("a list") {
            attribute.as_object_mut().expect("an attribute").remove("required");
        }
        profile["unmanagedAttributePolicy"] = json!("ADMIN_EDIT");
        self.must(Method::PUT, "/users/profile", &profile).await;
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        let (url, path) = (self.admin.url().to_owned(), format!("/{}", self.name));
        // The test's own runtime may be going away.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            // A client belongs to the runtime that it was made in.
            let admin = Admin::at(&url);
            runtime.block_on(async {
                let limit = Duration::from_secs(30);
                drop(tokio::time::timeout(limit, admin.ask(Method::DELETE, &path, None)).await);
            });
        });
        drop(removal.join());
    }
}

/// A text of an answer.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
