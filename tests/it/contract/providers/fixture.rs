//! What the suite needs of a kind besides the contract: people, and a door to sign in at.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use figment::providers::Format as _;
use regain::clock::Clock;
use regain::domain::Timestamp;
use regain::domain::address::{EmailAddress, PhoneNumber};
use regain::domain::id::{AccountId, TenantId};
use regain::domain::password::NewPassword;
use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::identity::local::{Directory, NewAccount};
use regain::identity::{Config, Hashing, IdentityProvider, Wiring};
use regain::outward::Clients;
use regain::store::{Settings, Store, TenantStore};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::contract::identity::{Fixture, OLD, Who};
use crate::support::fake_identity::{FakeIdentity, LOCKED_AFTER, Person};
use crate::support::hand_clock::HandClock;

/// How finely these kinds date what happens.
const TICK: Duration = Duration::from_millis(1);

/// `local` on a SQLite file, made as a tenant's file would make it.
pub(super) struct OnLocal {
    pub(super) provider: Arc<dyn IdentityProvider>,
    pub(super) directory: Directory,
    pub(super) store: TenantStore,
    pub(super) clock: Arc<HandClock>,
    tokens: Mutex<Vec<(AccountId, Secret)>>,
    folder: TempDir,
}

impl OnLocal {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings::sqlite(folder.path().join("regain.db"));
        let store = Store::open(&settings, &TaskTracker::new()).await.expect("a store");
        let store = store.tenant(&TenantId::parse("acme").expect("a tenant"));
        let clock = Arc::new(HandClock::new());
        let hashing = Hashing::new(2);
        let provider =
            provider("kind = 'local'", &store, Arc::clone(&clock) as Arc<dyn Clock>).expect("a right configuration");
        let directory = Directory::new(store.clone(), Arc::clone(&clock) as Arc<dyn Clock>, hashing);
        Self { provider, directory, store, clock, tokens: Mutex::default(), folder }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Builds a provider of what a tenant's `[provider]` says.
pub(super) fn provider(
    toml: &str,
    store: &TenantStore,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn IdentityProvider>, String> {
    build(toml, store, clock, false)
}

/// The same, where the proxy in front leads its own recovery to ours.
pub(super) fn intercepted(
    toml: &str,
    store: &TenantStore,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn IdentityProvider>, String> {
    build(toml, store, clock, true)
}

fn build(
    toml: &str,
    store: &TenantStore,
    clock: Arc<dyn Clock>,
    is_intercepted: bool,
) -> Result<Arc<dyn IdentityProvider>, String> {
    let config: Config =
        figment::Figment::from(figment::providers::Toml::string(toml)).extract().map_err(|error| error.to_string())?;
    let mut problems = Problems::new();
    let (store, hashing, clients) = (store.clone(), Hashing::new(2), Clients::default());
    let wiring = Wiring { store, clock, hashing, clients, is_intercepted };
    let built = config.build(&wiring, &mut problems);
    built.ok_or_else(|| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[async_trait]
impl Fixture for OnLocal {
    fn provider(&self) -> &dyn IdentityProvider {
        &*self.provider
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn tick(&self) {
        self.clock.advance(TICK);
    }

    async fn add(&self, who: Who<'_>) -> AccountId {
        let new = NewAccount {
            username: who.username.to_owned(),
            email: who.email.map(|(text, _)| EmailAddress::parse(text).expect("an address")),
            email_verified: who.email.is_some_and(|(_, verified)| verified),
            phone: who.phone.map(|(text, _)| PhoneNumber::held(text).expect("a number")),
            phone_verified: who.phone.is_some_and(|(_, verified)| verified),
            password: Some(NewPassword::new(OLD)),
            disabled: who.disabled,
            locked_by_administrator: who.locked_by_administrator,
            federated: who.federated,
            service: who.service,
            groups: who.groups.iter().map(ToString::to_string).collect(),
            locale: who.locale.map(str::to_owned),
        };
        self.directory.add(new).await.expect("added")
    }

    async fn remove(&self, id: &AccountId) {
        assert!(self.directory.remove(id).await.expect("an answer"));
    }

    async fn sign_in(&self, username: &str, password: &str) -> bool {
        let Ok(token) = self.directory.sign_in(username, &Secret::new(password)).await else { return false };
        let account = self.directory.session(&token).await.expect("an answer").expect("a session");
        self.tokens.lock().expect("no test has panicked in here").push((account.id, token));
        true
    }

    async fn sessions(&self, id: &AccountId) -> usize {
        let tokens = self.tokens.lock().expect("no test has panicked in here").clone();
        let mut live = 0;
        for (_, token) in tokens.iter().filter(|(of, _)| of == id) {
            live += usize::from(self.directory.session(token).await.expect("an answer").is_some());
        }
        live
    }

    async fn must_change(&self, _: &AccountId) -> bool {
        false
    }

    async fn lock_out(&self, username: &str) {
        for _ in 0..LOCKED_AFTER {
            assert!(!self.sign_in(username, "wrong").await);
        }
    }
}

/// The fake, untold.
pub(super) struct OnFake {
    fake: FakeIdentity,
    clock: Arc<HandClock>,
    _folder: Option<TempDir>,
}

impl OnFake {
    pub(super) fn in_memory() -> Self {
        let clock = Arc::new(HandClock::new());
        Self { fake: FakeIdentity::new(Arc::clone(&clock) as Arc<dyn Clock>), clock, _folder: None }
    }

    pub(super) fn in_folder() -> Self {
        let clock = Arc::new(HandClock::new());
        let folder = tempfile::tempdir().expect("a folder");
        let fake = FakeIdentity::in_folder(folder.path(), Arc::clone(&clock) as Arc<dyn Clock>);
        Self { fake, clock, _folder: Some(folder) }
    }
}

#[async_trait]
impl Fixture for OnFake {
    fn provider(&self) -> &dyn IdentityProvider {
        &self.fake
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn tick(&self) {
        self.clock.advance(TICK);
    }

    async fn add(&self, who: Who<'_>) -> AccountId {
        let mut person = Person::new(who.username, "nobody@nowhere.example", OLD);
        let email = who.email.map(|(text, verified)| (EmailAddress::parse(text).expect("an address"), verified));
        let phone = who.phone.map(|(text, verified)| (PhoneNumber::held(text).expect("a number"), verified));
        person.emails = email.into_iter().collect();
        person.phones = phone.into_iter().collect();
        person.enabled = !who.disabled;
        person.locked_by_administrator = who.locked_by_administrator;
        person.federated = who.federated;
        person.service = who.service;
        person.groups = who.groups.iter().map(ToString::to_string).collect();
        person.locale = who.locale.map(str::to_owned);
        self.fake.add(person)
    }

    async fn remove(&self, id: &AccountId) {
        self.fake.remove(id);
    }

    async fn sign_in(&self, username: &str, password: &str) -> bool {
        self.fake.sign_in(username, password)
    }

    async fn sessions(&self, id: &AccountId) -> usize {
        self.fake.sessions(id).len()
    }

    async fn must_change(&self, id: &AccountId) -> bool {
        self.fake.person(id).expect("an account").must_change
    }

    async fn lock_out(&self, username: &str) {
        for _ in 0..LOCKED_AFTER {
            assert!(!self.sign_in(username, "wrong").await);
        }
    }
}
