//! Ending what is hard to end: offline sessions, and sessions whose client refreshes while they are being ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use regain::domain::Timestamp;
use regain::domain::id::AccountId;
use regain::domain::password::NewPassword;
use regain::identity::{Cause, Change, Error};
use serde_json::json;

use super::fixture::OnKeycloak;
use super::realm::{PORTAL, Realm, Rights, text};
use crate::promises::{Fixture as _, NEW, OLD, Who};

/// How often the race with a client that refreshes is run: without its guards one run in five is lost.
const RACES: usize = 12;

async fn token(realm: &Realm, scope: &str) -> String {
    text(&realm.sign_in("alice", OLD, scope).await.expect("signed in")["refresh_token"])
}

/// The refresh token that is granted, if one is.
async fn granted(realm: &Realm, form: &[(&str, &str)]) -> Option<String> {
    let (status, body) = realm.admin.grant(&realm.name, form).await;
    (status == 200).then(|| text(&body["refresh_token"]))
}

fn refresh(token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("client_id", PORTAL), ("refresh_token", token)]
}

/// Sets the new password, and gives the moment before which everything is to end.
async fn set(it: &OnKeycloak, id: &AccountId) -> Timestamp {
    it.provider.set_password(id, &NewPassword::new(NEW), Change::default()).await.expect("set");
    let account = it.provider.account(id).await.expect("an answer").expect("an account");
    account.credential_changed_at.expect("a time") + Duration::from_millis(1)
}

async fn change(it: &OnKeycloak, id: &AccountId) -> Option<u64> {
    let before = set(it, id).await;
    it.provider.end_sessions(id, before).await.expect("ended").sessions
}

/// Now and then Keycloak answers 500 to an end that meets a refresh: then it is tried again a second later, as an outbox
/// row does.
async fn change_while_refreshed(it: &OnKeycloak, id: &AccountId) {
    let before = set(it, id).await;
    for _ in 0..5 {
        match it.provider.end_sessions(id, before).await {
            Ok(_) => return,
            Err(Error::Unavailable(Cause::Status(500))) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => panic!("not ended: {error:?}"),
        }
    }
    panic!("five times 500");
}

#[tokio::test]
async fn everything_ends_offline_sessions_included() {
    let it = OnKeycloak::new(Rights::ManageUsers).await;
    let id = it.add(Who::named("alice")).await;
    let online = token(&it.realm, "openid").await;
    let offline = token(&it.realm, "openid offline_access").await;

    let ended = change(&it, &id).await;

    assert_eq!(ended, Some(2));
    assert!(!it.realm.refreshes(&online).await);
    assert!(!it.realm.refreshes(&offline).await);
    assert!(it.sign_in("alice", NEW).await);
}

/// A client's name may be an address, as SAML has it.
#[tokio::test]
async fn offline_sessions_of_a_client_with_slashes_in_its_name_end() {
    let it = OnKeycloak::new(Rights::FineGrained).await;
    let id = it.add(Who::named("alice")).await;
    let name = "https://app.example/a b?c";
    let client = json!({ "clientId": name, "publicClient": true, "directAccessGrantsEnabled": true });
    it.realm.make("/clients", &client).await;
    let password = [("grant_type", "password"), ("client_id", name), ("username", "alice"), ("password", OLD)];
    let offline = granted(&it.realm, &[&password[..], &[("scope", "openid offline_access")]].concat()).await;
    let offline = offline.expect("signed in");
    let refresh = [("grant_type", "refresh_token"), ("client_id", name), ("refresh_token", &offline)];
    assert!(granted(&it.realm, &refresh).await.is_some());

    assert_eq!(change(&it, &id).await, Some(1));

    assert_eq!(granted(&it.realm, &refresh).await, None);
}

/// The person has signed in again before a late end: only what began before is ended, offline sessions as well.
#[tokio::test]
async fn who_signed_in_after_the_change_stays_signed_in_when_the_end_comes_late() {
    let it = OnKeycloak::new(Rights::FineGrained).await;
    let id = it.add(Who::named("alice")).await;
    let old = [token(&it.realm, "openid").await, token(&it.realm, "openid offline_access").await];
    it.tick().await;
    let before = it.now();
    let new = [token(&it.realm, "openid").await, token(&it.realm, "openid offline_access").await];

    let ended = it.provider.end_sessions(&id, before).await.expect("ended");

    assert_eq!(ended.sessions, Some(2));
    for (token, lives) in old.iter().zip([false; 2]).chain(new.iter().zip([true; 2])) {
        assert_eq!(it.realm.refreshes(token).await, lives);
    }
}

/// FT-09: a session that was brought back by a refresh is in no list any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_refreshes_without_pause_loses_its_session() {
    let it = Arc::new(OnKeycloak::new(Rights::ManageUsers).await);
    let id = it.add(Who::named("alice")).await;
    for scope in ["openid", "openid offline_access"] {
        for race in 0..RACES {
            it.provider.set_password(&id, &NewPassword::new(OLD), Change::default()).await.expect("set");
            let first = token(&it.realm, scope).await;
            let is_over = Arc::new(AtomicBool::new(false));
            let clients: Vec<_> = (0..2).map(|_| refreshing(&it, &first, &is_over)).collect();
            tokio::time::sleep(Duration::from_millis(300)).await;

            change_while_refreshed(&it, &id).await;

            tokio::time::sleep(Duration::from_millis(300)).await;
            is_over.store(true, Ordering::Relaxed);
            for client in clients {
                let last = client.await.expect("no panic");
                assert!(!it.realm.refreshes(&last).await, "{scope}, race {race}");
            }
        }
    }
}

/// Refreshes a token again and again, refused or not, and gives the last one that came.
#[expect(clippy::disallowed_methods, reason = "a test's own task")]
fn refreshing(it: &Arc<OnKeycloak>, first: &str, is_over: &Arc<AtomicBool>) -> tokio::task::JoinHandle<String> {
    let (it, is_over, mut token) = (Arc::clone(it), Arc::clone(is_over), first.to_owned());
    tokio::spawn(async move {
        while !is_over.load(Ordering::Relaxed) {
            if let Some(next) = granted(&it.realm, &refresh(&token)).await {
                token = next;
            }
        }
        token
    })
}
