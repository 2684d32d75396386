//! The realm as a provider.

use async_trait::async_trait;

use super::account::Attributes;
use super::realm::Realm;
use super::roles::Wanted;
use super::unfinished::Unfinished;
use crate::domain::Timestamp;
use crate::domain::finding::Finding;
use crate::domain::id::AccountId;
use crate::domain::identifier::Identifier;
use crate::domain::password::NewPassword;
use crate::identity::{
    Account, Capabilities, Change, Ended, Ends, Error, IdentityProvider, Lifespans, MustChange, Protects, Usernames,
};

/// What this kind can do.
const CAPABILITIES: Capabilities = Capabilities {
    verified_addresses: true,
    phones: true,
    policy: true,
    must_change: MustChange::Native,
    ends: Ends { sessions: true, refresh_tokens: true, offline_tokens: true },
    late_logins: true,
    credential_time: true,
    unlock: true,
    protect: Protects { roles: true, groups: true, attributes: true },
    usernames: Usernames::AsciiFold,
};

/// The provider over one realm.
#[derive(Debug)]
pub(super) struct Keycloak {
    pub(super) realm: Realm,
    pub(super) attributes: Attributes,
    pub(super) roles: Wanted,
    pub(super) needs_all_groups: bool,
    pub(super) is_anybody_protected: bool,
    /// The username that a check looks for.
    pub(super) sentinel: Sentinel,
    pub(super) unfinished: Unfinished,
    /// Whether the link of Keycloak's login page leads to us.
    pub(super) is_intercepted: bool,
}

/// An account that must be found: what is missing a right looks like an empty realm.
#[derive(Clone, Debug)]
pub(super) enum Sentinel {
    /// The one that the operator has named.
    Named(String),
    /// Our own service account, which is always there.
    Own(String),
}

impl Sentinel {
    pub(super) fn username(&self) -> &str {
        match self {
            Self::Named(username) | Self::Own(username) => username,
        }
    }
}

#[async_trait]
impl IdentityProvider for Keycloak {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn find(&self, identifier: &Identifier) -> Result<Vec<Account>, Error> {
        self.matching(identifier).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        self.by_id(id).await
    }

    async fn set_password(&self, id: &AccountId, password: &NewPassword, change: Change) -> Result<(), Error> {
        self.reset(id, password, change).await
    }

    async fn end_sessions(&self, id: &AccountId, before: Timestamp) -> Result<Ended, Error> {
        self.end(id, before).await
    }

    async fn unlock(&self, id: &AccountId) -> Result<(), Error> {
        self.forgive(id).await
    }

    async fn check(&self) -> Result<(), Error> {
        self.may_recover().await
    }

    async fn lifespans(&self) -> Result<Option<Lifespans>, Error> {
        self.lives().await.map(Some)
    }

    async fn diagnose(&self) -> Vec<Finding> {
        self.look().await
    }
}
