//! The directory itself: who is in it. Signing in stands beside it in `sessions`.

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::{AccountId, uuid_v7};
use crate::domain::identifier::{Identifier, Kind};
use crate::domain::password::NewPassword;
use crate::identity::{Account, CannotHash, Hashing};
use crate::store::{self, LocalAccount, TenantStore};

/// The accounts and sessions of one tenant. Clones share them.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(super) store: TenantStore,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hashing: Hashing,
}

/// An account to add. It may sign in unless something here says otherwise.
#[derive(Debug, Default)]
pub struct NewAccount {
    /// The name to sign in with; other accounts' names differ from it in more than the case of ASCII letters.
    pub username: String,
    /// The mail address.
    pub email: Option<EmailAddress>,
    /// Whether the address is known to be the person's.
    pub email_verified: bool,
    /// The telephone number.
    pub phone: Option<PhoneNumber>,
    /// Whether the number is known to be the person's.
    pub phone_verified: bool,
    /// The password; without one nobody signs in until a recovery sets it.
    pub password: Option<NewPassword>,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// Whether an administrator locked it.
    pub locked_by_administrator: bool,
    /// Whether its password lives elsewhere.
    pub federated: bool,
    /// Whether it belongs to a program.
    pub service: bool,
    /// Its groups.
    pub groups: Vec<String>,
    /// The language that the person chose, as a BCP 47 tag.
    pub locale: Option<String>,
}

/// Why an account was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Nobody could type this name, or it could be taken for another.
    #[error("a username is one line, at most 254 bytes, in normal form (NFKC)")]
    Username,
    /// There is one of that name.
    #[error("the username is taken")]
    Taken,
    /// The machine could not hash the password.
    #[error(transparent)]
    Hashing(#[from] CannotHash),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Directory {
    /// Opens a tenant's directory.
    #[must_use]
    pub fn new(store: TenantStore, clock: Arc<dyn Clock>, hashing: Hashing) -> Self {
        Self { store, clock, hashing }
    }

    /// Adds an account and gives its id.
    pub async fn add(&self, new: NewAccount) -> Result<AccountId, AddError> {
        let typed = Identifier::parse(&new.username, Kind::Username).map_err(|_| AddError::Username)?;
        if typed.as_str() != new.username {
            return Err(AddError::Username);
        }
        // Two that add the same name in other letters at the same time both succeed; then it means nobody.
        if !self.store.accounts_by_username(&new.username.to_ascii_lowercase()).await?.is_empty() {
            return Err(AddError::Taken);
        }
        let password = match &new.password {
            Some(password) => Some(self.hashing.hash(password).await?),
            None => None,
        };
        let now = self.clock.now();
        let account = LocalAccount {
            id: AccountId::new(uuid_v7(now).to_string()),
            username: new.username,
            email: new.email,
            email_verified: new.email_verified,
            phone: new.phone,
            phone_verified: new.phone_verified,
            password_changed_at: password.is_some().then_some(now),
            password,
            enabled: !new.disabled,
            locked_by_administrator: new.locked_by_administrator,
            locked_until: None,
            failed: 0,
            federated: new.federated,
            service: new.service,
            groups: new.groups,
            locale: new.locale,
            created_at: now,
        };
        match self.store.insert_account(&account).await {
            Ok(()) => Ok(account.id),
            Err(store::Error::Exists) => Err(AddError::Taken),
            Err(error) => Err(AddError::Store(error)),
        }
    }

    /// All accounts, by username.
    pub async fn list(&self) -> Result<Vec<Account>, store::Error> {
        Ok(self.store.accounts().await?.into_iter().map(Account::from).collect())
    }

    /// Removes an account and its sessions, and says whether it was there.
    pub async fn remove(&self, id: &AccountId) -> Result<bool, store::Error> {
        self.store.remove_account(id).await
    }
}
