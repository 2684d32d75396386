//! The realm as a provider.

use async_trait::async_trait;
use url::Url;

use crate::domain::Timestamp;
use crate::domain::id::AccountId;
use crate::domain::identifier::Identifier;
use crate::domain::password::NewPassword;
use crate::identity::{
    Account, Capabilities, Cause, Change, Ended, Ends, Error, IdentityProvider, MustChange, Protects, Usernames,
};

/// What this kind can do.
const CAPABILITIES: Capabilities = Capabilities {
    verified_addresses: true,
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
    url: Url,
}

impl Keycloak {
    pub(super) fn new(url: Url) -> Self {
        Self { url }
    }
}

#[async_trait]
impl IdentityProvider for Keycloak {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn find(&self, _identifier: &Identifier) -> Result<Vec<Account>, Error> {
        Err(Error::Misconfigured(Cause::Unsupported))
    }

    async fn account(&self, _id: &AccountId) -> Result<Option<Account>, Error> {
        Err(Error::Misconfigured(Cause::Unsupported))
    }

    async fn set_password(&self, _id: &AccountId, _password: &NewPassword, _change: Change) -> Result<(), Error> {
        Err(Error::Misconfigured(Cause::Unsupported))
    }

    async fn end_sessions(&self, _id: &AccountId, _before: Timestamp) -> Result<Ended, Error> {
        Err(Error::Misconfigured(Cause::Unsupported))
    }

    async fn unlock(&self, _id: &AccountId) -> Result<(), Error> {
        Err(Error::Misconfigured(Cause::Unsupported))
    }

    async fn check(&self) -> Result<(), Error> {
        Err(Error::Misconfigured(Cause::Unsupported))
    }
}
