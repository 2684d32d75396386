//! A tenant's accounts: find who is meant, guard, change the password, end the sessions, look again. The one way to touch a
//! provider: every call goes through `call`, with its time limit and its metrics.
//!
//! Who is meant is decided once, here, for all kinds of provider; so is who may not be recovered. Nothing of what is
//! decided here reaches a request before it holds a proof.

mod again;
mod call;
mod change;
mod end;
mod enter;
mod find;
mod guard;

use std::sync::Arc;

pub use again::Looked;
pub use change::{Changed, Request};
pub use end::Swept;
pub use find::Subject;
pub use guard::{guessed_account, guessed_identifier};

use crate::clock::Clock;
use crate::store::TenantStore;
use crate::tenant::Tenant;

/// The accounts of one tenant, as one snapshot of its configuration sees them.
#[derive(Clone, Debug)]
pub struct Accounts {
    tenant: Arc<Tenant>,
    store: TenantStore,
    clock: Arc<dyn Clock>,
}

impl Accounts {
    /// Binds a tenant's snapshot to its store.
    #[must_use]
    pub fn new(tenant: Arc<Tenant>, store: TenantStore, clock: Arc<dyn Clock>) -> Self {
        Self { tenant, store, clock }
    }
}

/// Why a deed on an account could not be decided: the world failed, and a retry may help.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] crate::store::Error),
    /// The provider failed.
    #[error("the provider failed")]
    Provider(#[from] crate::identity::Error),
    /// The recovery's key is not in this process's keyset.
    #[error("the keyset lacks the key {0} of a recovery")]
    MissingKey(u8),
    /// A sealed column does not open.
    #[error("a sealed column does not open")]
    Sealed(#[from] crate::domain::seal::Broken),
}
