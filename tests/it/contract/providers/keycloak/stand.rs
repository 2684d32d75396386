//! A realm with `alice` in it, that answers as Keycloak does unless a test has it say something else.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use regain::clock::Clock;
use regain::domain::id::{AccountId, TenantId};
use regain::identity::IdentityProvider;
use regain::store::Store;

use super::super::fixture::{intercepted, provider};
use crate::support::hand_clock::HandClock;
use crate::support::scripted::{Asked, Scripted, json};

/// The id of alice.
pub(super) const ALICE: &str = "d04d8c8b-d2de-4408-b9d4-bfe8141704c7";
/// The secret of the service account.
pub(super) const SECRET: &str = "canary-of-the-secret";
/// How every path of the realm's administration begins.
const ADMIN: &str = "/admin/realms/acme";

/// The provider and the server that it asks.
pub(super) struct Stand {
    pub(super) server: Scripted,
    pub(super) provider: Arc<dyn IdentityProvider>,
    pub(super) clock: Arc<HandClock>,
}

impl Stand {
    /// Answers what `otherwise` has an answer for so, and all else as Keycloak does. It is given what was asked, with the
    /// path below the realm, or `token`.
    pub(super) fn new(otherwise: impl Fn(&str, &Asked) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::with("", otherwise)
    }

    /// The same, with more in the provider's section.
    pub(super) fn with(more: &str, otherwise: impl Fn(&str, &Asked) -> Option<String> + Send + Sync + 'static) -> Self {
        let server = Scripted::open(move |asked| {
            let path = path(asked);
            let line = format!("{} {path}", asked.method);
            otherwise(&line, asked).unwrap_or_else(|| honest(&line))
        });
        let clock = Arc::new(HandClock::new());
        let section = section(&format!("http://127.0.0.1:{}", server.port()), more);
        let store = Store::offline().tenant(&TenantId::parse("acme").expect("a tenant"));
        let provider = provider(&section, &store, Arc::clone(&clock) as Arc<dyn Clock>).expect("a right configuration");
        Self { server, provider, clock }
    }

    /// The same provider, with a proxy in front that leads Keycloak's own recovery to ours.
    pub(super) fn intercepted(&self) -> Arc<dyn IdentityProvider> {
        let section = section(&format!("http://127.0.0.1:{}", self.server.port()), "sentinel = 'alice'");
        let store = Store::offline().tenant(&TenantId::parse("acme").expect("a tenant"));
        intercepted(&section, &store, Arc::clone(&self.clock) as Arc<dyn Clock>).expect("a right configuration")
    }

    /// Every call but those for a token, with the path below the realm.
    pub(super) fn calls(&self) -> Vec<String> {
        let asked = self.server.asked();
        let calls = asked.iter().map(|asked| format!("{} {}", asked.method, path(asked)));
        calls.filter(|line| line != "POST token").collect()
    }

    /// How many tokens were asked for.
    pub(super) fn tokens(&self) -> usize {
        self.server.asked().len() - self.calls().len()
    }
}

/// A provider's section.
pub(super) fn section(url: &str, more: &str) -> String {
    format!(
        "kind = 'keycloak'\nurl = '{url}'\nrealm = 'acme'\nclient_id = 'regain'\nclient_secret = '{SECRET}'\n{more}\n"
    )
}

/// The id of alice as the provider has it.
pub(super) fn alice() -> AccountId {
    AccountId::new(ALICE)
}

/// An answer that grants a token made at that second, and good for so many.
pub(super) fn granted(made_at: i64, seconds: u64) -> String {
    granted_with(r#"["manage-users"]"#, made_at, seconds)
}

/// The same, with these roles of the realm's administration.
pub(super) fn granted_with(roles: &str, made_at: i64, seconds: u64) -> String {
    let access = format!(r#"{{"realm-management":{{"roles":{roles}}}}}"#);
    let claims = format!(r#"{{"iat":{made_at},"sub":"a32ff3cb","resource_access":{access}}}"#);
    let token = format!("e30.{}.canary-of-the-token", BASE64URL_NOPAD.encode(claims.as_bytes()));
    json(200, &format!(r#"{{"access_token":"{token}","expires_in":{seconds},"token_type":"Bearer"}}"#))
}

/// The record of alice, with more in it.
pub(super) fn record(more: &str) -> String {
    format!(
        r#"{{"id":"{ALICE}","username":"alice","email":"alice@example.org","emailVerified":true,"enabled":true,{more}
            "createdTimestamp":1795225327593,"totp":false,"requiredActions":[],"notBefore":0,
            "access":{{"manageGroupMembership":true,"resetPassword":true,"view":true,"manage":true}}}}"#
    )
}

/// When the stand's tokens are made: at the hand clock's noon.
pub(super) fn noon() -> i64 {
    HandClock::new().now().unix_timestamp()
}

fn path(asked: &Asked) -> String {
    if asked.target.ends_with("/realms/acme/protocol/openid-connect/token") {
        return "token".to_owned();
    }
    asked.target.strip_prefix(ADMIN).unwrap_or(&asked.target).to_owned()
}

/// What Keycloak says.
fn honest(line: &str) -> String {
    let user = format!("/users/{ALICE}");
    let (method, path) = line.split_once(' ').expect("a method");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match (method, path.strip_prefix(&user).unwrap_or(path)) {
        ("POST", "token") => granted(noon(), 300),
        ("GET", "/users")
            if query.starts_with("username=alice&") || query.starts_with("email=alice%40example.org&") =>
        {
            json(200, &format!("[{}]", record("")))
        }
        ("GET", "") if path.is_empty() => json(200, r#"{"realm":"acme","bruteForceProtected":true}"#),
        ("GET", "/role-mappings/realm/composite") => json(200, r#"[{"id":"r","name":"default-roles-acme"}]"#),
        ("GET", "") if path == user => json(200, &record("")),
        ("GET", "/credentials") => json(
            200,
            r#"[{"id":"e5","type":"password","createdDate":1795176000123,"credentialData":"{}"},{"id":"e6","type":"otp","createdDate":1795176999999}]"#,
        ),
        ("GET", "/groups/count") => json(200, r#"{"count":0}"#),
        ("GET", "/users" | "/groups" | "/sessions" | "/consents" | "/federated-identity") => json(200, "[]"),
        ("GET", path) if path.starts_with("/attack-detection") => json(200, &detection(false, 0)),
        ("PUT", "/reset-password") | ("POST", "/logout") | ("DELETE", _) => {
            "HTTP/1.1 204 X\r\nconnection: close\r\n\r\n".to_owned()
        }
        _ => json(404, r#"{"error":"User not found"}"#),
    }
}

/// What brute-force detection says of an account.
pub(super) fn detection(disabled: bool, not_before: i64) -> String {
    format!(
        r#"{{"failedLoginNotBefore":{not_before},"numFailures":3,"numTemporaryLockouts":1,"disabled":{disabled},"lastIPFailure":"127.0.0.1","lastFailure":1795209907421}}"#
    )
}
