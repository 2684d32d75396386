//! The directory as a provider.

use std::time::Duration;

use async_trait::async_trait;

use super::directory::Directory;
use crate::domain::Timestamp;
use crate::domain::id::AccountId;
use crate::domain::identifier::Identifier;
use crate::domain::password::NewPassword;
use crate::identity::{
    Account, Capabilities, Cause, Change, Ended, Ends, Error, IdentityProvider, MOST_FOUND, MustChange, Protects,
    Usernames,
};
use crate::store::{self, LocalAccount};

/// Longest time for one call.
const LIMIT: Duration = Duration::from_secs(8);

/// What this kind can do. Tokens of any other sort than its sessions do not exist here.
const CAPABILITIES: Capabilities = Capabilities {
    verified_addresses: true,
    phones: true,
    policy: false,
    must_change: MustChange::Unsupported,
    ends: Ends { sessions: true, refresh_tokens: false, offline_tokens: false },
    late_logins: false,
    credential_time: true,
    unlock: true,
    protect: Protects { roles: false, groups: true, attributes: false },
    usernames: Usernames::AsciiFold,
};

/// The provider over one tenant's directory.
#[derive(Debug)]
pub(super) struct Local {
    directory: Directory,
}

impl Local {
    pub(super) fn new(directory: Directory) -> Self {
        Self { directory }
    }

    async fn matching(&self, identifier: &Identifier) -> Result<Vec<Account>, store::Error> {
        let store = &self.directory.store;
        let mut found = match identifier.as_phone() {
            Some(number) => store.accounts_by_phone(number).await?,
            None => self.named(identifier).await?,
        };
        found.truncate(MOST_FOUND);
        Ok(found.into_iter().map(Account::from).collect())
    }

    /// Whose address or username it is.
    async fn named(&self, identifier: &Identifier) -> Result<Vec<LocalAccount>, store::Error> {
        let store = &self.directory.store;
        let mut found = match identifier.as_address() {
            Some(address) => store.accounts_by_email(&address.key()).await?,
            None => Vec::new(),
        };
        for account in store.accounts_by_username(&identifier.as_str().to_ascii_lowercase()).await? {
            if found.iter().all(|other| other.id != account.id) {
                found.push(account);
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl IdentityProvider for Local {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn find(&self, identifier: &Identifier) -> Result<Vec<Account>, Error> {
        within(self.matching(identifier)).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        Ok(within(self.directory.store.account(id)).await?.map(Account::from))
    }

    async fn set_password(&self, id: &AccountId, password: &NewPassword, change: Change) -> Result<(), Error> {
        if change.must_change {
            return Err(Error::Misconfigured(Cause::Unsupported));
        }
        // Until the hash is there nothing has been written; from then on only an answer of the store is one.
        let hash = tokio::time::timeout(LIMIT, self.directory.hashing.hash(password)).await;
        let hash = hash.map_err(|_| Error::Unavailable(Cause::Timeout))?;
        let hash = hash.map_err(|_| Error::Unavailable(Cause::Hashing))?;
        let now = self.directory.clock.now();
        let written = tokio::time::timeout(LIMIT, self.directory.store.set_password(id, &hash, now)).await;
        match written {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Error::Denied(Cause::NoAccount)),
            Ok(Err(store::Error::Unavailable(_))) => Err(Error::UnknownOutcome(Cause::Store)),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(Error::UnknownOutcome(Cause::Timeout)),
        }
    }

    async fn end_sessions(&self, id: &AccountId, before: Timestamp) -> Result<Ended, Error> {
        let ended = within(self.directory.store.end_sessions(id, before)).await?;
        Ok(Ended { sessions: Some(ended) })
    }

    async fn unlock(&self, id: &AccountId) -> Result<(), Error> {
        within(self.directory.store.forgive(id)).await
    }

    async fn check(&self) -> Result<(), Error> {
        let nobody = AccountId::new("");
        within(self.directory.store.account(&nobody)).await.map(drop)
    }
}

async fn within<T>(work: impl Future<Output = Result<T, store::Error>>) -> Result<T, Error> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done.map_err(|error| failed(&error)),
        Err(_) => Err(Error::Unavailable(Cause::Timeout)),
    }
}

fn failed(error: &store::Error) -> Error {
    match error {
        // Closed is how the store of a program that ends answers; the next one opens it again.
        store::Error::Conflict | store::Error::Unavailable(_) | store::Error::Closed => {
            Error::Unavailable(Cause::Store)
        }
        store::Error::Exists | store::Error::Unreadable { .. } => Error::Misconfigured(Cause::Store),
    }
}
