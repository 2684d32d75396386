//! What `local` promises beyond the contract.

use std::sync::Arc;
use std::time::Duration;

use regain::clock::{Clock, SystemClock};
use regain::domain::id::{AccountId, TenantId};
use regain::domain::password::NewPassword;
use regain::domain::secret::Secret;
use regain::identity::local::{AddError, Directory, NewAccount, SignInError};
use regain::identity::{Cause, Change, Error, Hashing};
use regain::store::Store;

use super::fixture::{OnLocal, provider};
use crate::contract::identity::{Fixture as _, Who};
use crate::contract::identity::{NEW, OLD, typed};
use crate::support::hand_clock::HandClock;

fn named(username: &str) -> NewAccount {
    NewAccount { username: username.to_owned(), ..NewAccount::default() }
}

#[tokio::test]
async fn a_username_is_given_once_and_must_be_one_that_can_be_typed() {
    let it = OnLocal::new().await;
    it.add(Who::named("Alice")).await;

    let taken = it.directory.add(named("aLICE")).await;

    assert!(matches!(taken, Err(AddError::Taken)), "{taken:?}");
    for bad in ["", " bob", "bob\n", "ｂob", &"b".repeat(255)] {
        let refused = it.directory.add(named(bad)).await;
        assert!(matches!(refused, Err(AddError::Username)), "{bad:?}");
    }
    let names: Vec<String> =
        it.directory.list().await.expect("an answer").into_iter().map(|account| account.username).collect();
    assert_eq!(names, ["Alice"]);
}

#[tokio::test]
async fn one_signs_in_by_a_verified_address_too_and_signs_out() {
    let it = OnLocal::new().await;
    it.add(Who { email: Some(("alice@example.org", true)), ..Who::named("alice") }).await;
    it.add(Who { email: Some(("bob@example.org", false)), ..Who::named("bob") }).await;

    let token = it.directory.sign_in("Alice@Example.org", &Secret::new(OLD)).await.expect("signed in");
    let unverified = it.directory.sign_in("bob@example.org", &Secret::new(OLD)).await;

    assert_eq!(it.directory.session(&token).await.expect("an answer").expect("a session").username, "alice");
    assert!(matches!(unverified, Err(SignInError::Refused)));
    it.directory.sign_out(&token).await.expect("signed out");
    assert!(it.directory.session(&token).await.expect("an answer").is_none());
    assert!(it.directory.session(&Secret::new("")).await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_lock_out_and_a_session_end_by_themselves() {
    let it = OnLocal::new().await;
    let id = it.add(Who::named("alice")).await;
    assert!(it.sign_in("alice", OLD).await);

    it.lock_out("alice").await;

    assert_eq!(it.sessions(&id).await, 1);
    it.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert!(!it.sign_in("alice", OLD).await);
    it.clock.advance(Duration::from_secs(1));
    assert!(it.sign_in("alice", OLD).await);
    it.clock.advance(Duration::from_hours(12));
    assert_eq!(it.sessions(&id).await, 0);
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones() {
    let it = OnLocal::new().await;
    it.add(Who::named("alice")).await;

    for _ in 0..3 {
        for _ in 0..9 {
            assert!(!it.sign_in("alice", "wrong").await);
        }
        assert!(it.sign_in("alice", OLD).await);
    }
}

#[tokio::test]
async fn an_account_that_was_removed_has_no_session() {
    let it = OnLocal::new().await;
    let id = it.add(Who::named("alice")).await;
    assert!(it.sign_in("alice", OLD).await);

    it.remove(&id).await;

    assert_eq!(it.sessions(&id).await, 0);
}

/// Invariant 3.
#[tokio::test]
async fn neither_a_password_nor_a_token_is_stored() {
    let it = OnLocal::new().await;
    let id = it.add(Who::named("alice")).await;
    let token = it.directory.sign_in("alice", &Secret::new(OLD)).await.expect("signed in");
    it.provider.set_password(&id, &NewPassword::new(NEW), Change::default()).await.expect("set");

    let hash = it.store.account(&id).await.expect("an answer").and_then(|account| account.password).expect("a hash");

    assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    for file in std::fs::read_dir(it.folder()).expect("a folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("a readable file");
        for secret in [OLD, NEW, token.expose()] {
            let stands_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!stands_there);
        }
    }
}

/// The capability `late_logins` is false: logins that raced the change are gone when the sessions have been ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_login_with_the_old_password_outlives_the_change() {
    let it = OnLocal::new().await;
    let id = it.add(Who::named("alice")).await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let provider = provider("kind = 'local'", &it.store, Arc::clone(&clock)).expect("a right configuration");
    let directory = Directory::new(it.store.clone(), clock, Hashing::new(2));
    let (old, new) = (Secret::new(OLD), NewPassword::new(NEW));

    let logins = futures_util::future::join_all((0..24).map(|_| directory.sign_in("alice", &old)));
    let change = async {
        provider.set_password(&id, &new, Change::default()).await.expect("set");
        let changed_at = provider.account(&id).await.expect("an answer").and_then(|it| it.credential_changed_at);
        provider.end_sessions(&id, changed_at.expect("a credential time")).await.expect("ended");
    };
    let (logins, ()) = tokio::join!(logins, change);

    for token in logins.into_iter().flatten() {
        assert!(directory.session(&token).await.expect("an answer").is_none());
    }
}

#[tokio::test]
async fn a_store_that_is_closed_is_no_empty_directory() {
    let store = Store::offline().tenant(&TenantId::parse("acme").expect("a tenant"));
    let provider = provider("kind = 'local'", &store, Arc::new(HandClock::new())).expect("a right configuration");
    let id = AccountId::new("x");

    let found = provider.find(&typed("alice")).await;
    let set = provider.set_password(&id, &NewPassword::new(NEW), Change::default()).await;

    assert!(matches!(found, Err(Error::Unavailable(Cause::Store))), "{found:?}");
    assert!(matches!(set, Err(Error::Unavailable(Cause::Store))), "{set:?}");
    assert!(provider.check().await.is_err());
}

#[tokio::test]
async fn what_is_wrong_in_the_section_is_told() {
    let store = Store::offline().tenant(&TenantId::parse("acme").expect("a tenant"));
    let built = |toml: &str| provider(toml, &store, Arc::new(HandClock::new()));
    let told = |toml: &str| built(toml).expect_err("a wrong configuration");

    assert!(built("kind = 'local'\nunlock = false\nprotect = { users = ['root'], groups = ['staff'] }").is_ok());
    insta::assert_snapshot!(told("kind = 'local'\nunlok = true"), @"unknown field: found `unlok`, expected `one of `protect`, `unlock`, `late_logins``");
    insta::assert_snapshot!(told("kind = 'lokal'"), @r#"unknown variant: found `lokal`, expected ``local` or `keycloak`` for key "default.kind" in TOML source string"#);
    insta::assert_snapshot!(told("kind = 'local'\nprotect = { users = ['root '] }"), @r"
    error: `protect.users`: no account can have one of these names
      help: write usernames
    ");
}
