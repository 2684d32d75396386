//! What the service account may do, and what is said where it may not. Each missing right is made on a real realm.

use regain::domain::finding::{Finding, Verdict};
use regain::domain::id::AccountId;
use regain::domain::identifier::Identifier;
use regain::identity::{Cause, Error, IdentityProvider};
use reqwest::Method;
use serde_json::json;

use super::fixture::{provider, provider_as};
use super::realm::{CLIENT, Realm, Rights, SECRET, text};
use crate::promises::typed;

fn alice() -> Identifier {
    typed("alice")
}

async fn add(realm: &Realm, username: &str) -> String {
    text(&realm.make("/users", &json!({ "username": username, "enabled": true })).await["id"])
}

/// What is not good, as `verdict what: detail`.
fn told(findings: &[Finding]) -> Vec<String> {
    let notable = findings.iter().filter(|it| it.verdict != Verdict::Good);
    notable.map(|it| format!("{:?} {}: {}", it.verdict, it.what, it.detail.as_deref().unwrap_or_default())).collect()
}

async fn look(provider: &dyn IdentityProvider) -> Vec<String> {
    let findings = provider.diagnose().await;
    let is_mute = |it: &Finding| it.verdict != Verdict::Good && it.remedy.is_none();
    assert!(!findings.iter().any(is_mute), "{findings:?}");
    told(&findings)
}

#[tokio::test]
async fn with_the_rights_of_the_manual_only_what_may_be_is_told() {
    for rights in [Rights::ManageUsers, Rights::FineGrained] {
        let realm = Realm::new(rights).await;
        add(&realm, "alice").await;
        let provider = provider(&realm.name, "sentinel = 'alice'\nprotect = { attributes = ['administrator'] }");

        let told = look(&*provider).await;

        let lifespans = "Warning the realm's lifespans can be read: the service account may not; those of a new realm \
                         are taken for granted";
        assert_eq!(told, [lifespans], "{rights:?}");
        provider.check().await.expect("all is well");
    }
}

#[tokio::test]
async fn a_service_account_without_the_right_roles_is_told_which_one_is_missing() {
    let realm = Realm::bare(false).await;
    add(&realm, "alice").await;
    let of = async |roles: &[&str]| {
        let client = format!("with-{}", roles.join("-"));
        let account = realm.service_account(&client).await;
        realm.grant_roles(&account, roles).await;
        let provider = provider_as(&client, SECRET, &realm.name, "sentinel = 'alice'");
        let checked = provider.check().await.map_err(|error| error.to_string());
        (checked, look(&*provider).await)
    };

    let nothing = of(&[]).await;
    let query = of(&["query-users"]).await;
    let view = of(&["view-users"]).await;
    let admin = of(&["realm-admin"]).await;

    let without = |right: &str| Err(format!("the provider denied the call: the right is missing to {right}"));
    assert_eq!(nothing.0, without("find users (`query-users`, or `manage-users`)"));
    assert_eq!(nothing.1, ["Bad users can be listed: the service account may not"]);
    let unseen = "Bad the sentinel is found: no account has its username, or none may be seen";
    let see = "see users (`view` on Users, or `manage-users`), or `sentinel` is no account";
    assert_eq!(query, (without(see), vec![unseen.to_owned()]));
    assert_eq!(view.0, without("set passwords (`manage` on Users, or `manage-users`)"));
    assert_eq!(
        view.1[..2],
        [
            "Bad passwords can be set: no password could be set",
            "Bad sessions can be ended: no session could be ended and no lock-out lifted"
        ]
    );
    assert_eq!(admin.0, Ok(()));
    assert!(admin.1.iter().any(|it| it.contains("it has realm-admin, manage-realm")), "{admin:?}");
}

#[tokio::test]
async fn fine_grained_permissions_that_are_half_given_are_told_apart() {
    let realm = Realm::bare(true).await;
    add(&realm, "alice").await;
    let account = realm.service_account(CLIENT).await;
    realm.grant_roles(&account, &["query-users"]).await;
    let provider = provider(&realm.name, "sentinel = 'alice'\nprotect = { groups = ['staff'] }");

    let before = look(&*provider).await;
    realm.permit(&account, "Users", &["view"]).await;
    let viewing = look(&*provider).await;

    assert_eq!(before, ["Bad the sentinel is found: no account has its username, or none may be seen"]);
    assert!(viewing.iter().any(|it| it.starts_with("Bad passwords can be set")), "{viewing:?}");
    assert!(viewing.iter().any(|it| it.starts_with("Bad sessions can be ended")), "{viewing:?}");
}

#[tokio::test]
async fn a_credential_that_does_not_fit_is_named() {
    let realm = Realm::new(Rights::ManageUsers).await;
    let client = |id: &str, more: serde_json::Value| {
        let mut client = json!({ "clientId": id, "secret": SECRET });
        client.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        client
    };
    realm.make("/clients", &client("public", json!({ "publicClient": true }))).await;
    realm.make("/clients", &client("accountless", json!({ "serviceAccountsEnabled": false }))).await;
    let bearing = json!({ "serviceAccountsEnabled": true, "clientAuthenticatorType": "client-jwt" });
    realm.make("/clients", &client("signing", bearing)).await;
    let at = async |client: &str, secret: &str, realm: &str| {
        let provider = provider_as(client, secret, realm, "");
        let checked = provider.check().await.expect_err("no way in");
        assert!(matches!(checked, Error::Misconfigured(Cause::Status(400..=404))), "{client}: {checked:?}");
        look(&*provider).await.join("\n")
    };

    insta::assert_snapshot!(at(CLIENT, "wrong", &realm.name).await, @"Bad client and secret are accepted: the secret is wrong");
    insta::assert_snapshot!(at("nobody", SECRET, &realm.name).await, @"Bad client and secret are accepted: there is no such client in this realm, or it is disabled");
    insta::assert_snapshot!(at("public", SECRET, &realm.name).await, @"Bad client and secret are accepted: the client is public");
    insta::assert_snapshot!(at("accountless", SECRET, &realm.name).await, @"Bad client and secret are accepted: the client has no service account");
    insta::assert_snapshot!(at("signing", SECRET, &realm.name).await, @"Bad client and secret are accepted: the client takes no secret");
    insta::assert_snapshot!(at(CLIENT, SECRET, "no-such-realm").await, @"Bad the realm exists: there is no such realm");
    realm.must(Method::PUT, "", &json!({ "enabled": false })).await;
    insta::assert_snapshot!(at(CLIENT, SECRET, &realm.name).await, @"Bad the realm exists: the realm is disabled");
}

/// With fine-grained permissions a group that may not be viewed is left out of the list of a person's groups.
#[tokio::test]
async fn groups_that_are_hidden_are_no_proof_that_nobody_is_protected() {
    let realm = Realm::bare(true).await;
    let account = realm.service_account(CLIENT).await;
    realm.grant_roles(&account, &["query-users"]).await;
    realm.permit(&account, "Users", &["view", "manage"]).await;
    let id = add(&realm, "alice").await;
    let group = text(&realm.make("/groups", &json!({ "name": "staff" })).await["id"]);
    let inner = realm.make(&format!("/groups/{group}/children"), &json!({ "name": "admins" })).await;
    let path = format!("/users/{id}/groups/{}", text(&inner["id"]));
    realm.must(Method::PUT, &path, &json!({})).await;
    let provider = provider(&realm.name, "protect = { groups = ['/staff'] }\nsentinel = 'alice'");

    let hidden = provider.find(&alice()).await;
    let (looked, checked) = (look(&*provider).await, provider.check().await);
    realm.permit(&account, "Groups", &["view"]).await;
    let seen = provider.find(&alice()).await.expect("an answer");

    let right = "see groups (`view` on Groups, or `manage-users`)";
    assert!(matches!(checked, Err(Error::Denied(Cause::Right(named))) if named == right), "{checked:?}");
    provider.check().await.expect("nothing is missing any more");
    assert!(matches!(hidden, Err(Error::Denied(Cause::Hidden))), "{hidden:?}");
    assert!(
        looked.contains(&"Bad groups can be seen: some are hidden from the service account".to_owned()),
        "{looked:?}"
    );
    assert_eq!(seen[0].groups, ["staff", "staff/admins"]);
}

/// A role that comes by a group, and one that is part of another, count like one that was given by hand.
#[tokio::test]
async fn roles_are_seen_whole_or_not_at_all() {
    let realm = Realm::new(Rights::ManageUsers).await;
    let id = add(&realm, "alice").await;
    let management = realm.client("realm-management").await;
    let group = text(&realm.make("/groups", &json!({ "name": "admins" })).await["id"]);
    let admin = realm.read(&format!("/clients/{management}/roles/realm-admin")).await;
    realm.make(&format!("/groups/{group}/role-mappings/clients/{management}"), &json!([admin])).await;
    realm.must(Method::PUT, &format!("/users/{id}/groups/{group}"), &json!({})).await;
    for role in ["inner", "outer"] {
        realm.make("/roles", &json!({ "name": role })).await;
    }
    let inner = realm.read("/roles/inner").await;
    realm.make("/roles/outer/composites", &json!([inner])).await;
    let outer = realm.read("/roles/outer").await;
    realm.make(&format!("/users/{id}/role-mappings/realm"), &json!([outer])).await;
    let of_realm = provider(&realm.name, "protect = { roles = ['inner'] }");
    let of_client =
        provider(&realm.name, "protect = { roles = ['realm-management/manage-users'] }\nsentinel = 'alice'");

    let seen = of_realm.find(&alice()).await.expect("an answer");
    let hidden = of_client.account(&AccountId::new(&id)).await;
    let (looked, checked) = (look(&*of_client).await, of_client.check().await);
    let account = realm.client(CLIENT).await;
    let account = text(&realm.read(&format!("/clients/{account}/service-account-user")).await["id"]);
    realm.grant_roles(&account, &["view-clients"]).await;
    let shown = of_client.account(&AccountId::new(&id)).await.expect("an answer").expect("an account");

    assert!(seen[0].roles.iter().any(|role| role == "inner"), "{:?}", seen[0].roles);
    assert!(matches!(hidden, Err(Error::Denied(Cause::Status(403)))), "{hidden:?}");
    assert!(looked.contains(&"Bad roles can be seen: the service account may not".to_owned()), "{looked:?}");
    let right = "see the roles of `protect.roles` (`query-clients` with `view` on their Clients, or `view-clients`)";
    assert!(matches!(checked, Err(Error::Denied(Cause::Right(named))) if named == right), "{checked:?}");
    of_client.check().await.expect("nothing is missing any more");
    assert!(shown.roles.iter().any(|role| role == "realm-management/manage-users"), "{:?}", shown.roles);
}

#[tokio::test]
async fn lifespans_come_from_the_realm_where_it_may_be_read() {
    let realm = Realm::new(Rights::ManageUsers).await;
    let settings = json!({ "accessCodeLifespanLogin": 90, "accessCodeLifespanUserAction": 600,
        "actionTokenGeneratedByAdminLifespan": 60, "actionTokenGeneratedByUserLifespan": 120 });
    realm.must(Method::PUT, "", &settings).await;
    let provider = provider(&realm.name, "");
    let seconds = async || {
        let lifespans = provider.lifespans().await.expect("an answer").expect("lifespans");
        (lifespans.login.as_secs(), lifespans.mailed_link.as_secs())
    };

    let hidden = seconds().await;
    let account = realm.client(CLIENT).await;
    let account = text(&realm.read(&format!("/clients/{account}/service-account-user")).await["id"]);
    realm.grant_roles(&account, &["view-realm"]).await;

    assert_eq!(hidden, (1800, 43200));
    assert_eq!(seconds().await, (600, 120));
}
