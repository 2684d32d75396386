//! From a tenant's file to a tenant: offline, with every problem.

use std::sync::Arc;

use serde::Deserialize;

use super::{File, Tenant};
use crate::channel::Inbox;
use crate::clock::Clock;
use crate::domain::id::TenantId;
use crate::domain::key::Keyset;
use crate::domain::problem::Problems;
use crate::identity::Hashing;
use crate::store::Store;
use crate::template::Shipped;

/// What all tenants are built with.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The store that tenants keep their rows in.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The master keys.
    pub keyset: Arc<Keyset>,
    /// The templates that came with the program.
    pub shipped: Arc<Shipped>,
    /// Where the channel `inbox` puts its mails; `None` outside demo and tests.
    pub inbox: Option<Inbox>,
    /// Where passwords are hashed.
    pub hashing: Hashing,
}

/// Whom recovery never touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protect {
    /// Accounts with any of these roles.
    pub roles: Vec<String>,
    /// Members of any of these groups.
    pub groups: Vec<String>,
    /// These accounts, by id or username.
    pub users: Vec<String>,
}

impl File {
    /// Builds the tenant. Every problem is told; `None` where one of them is an error.
    #[must_use]
    pub fn build(self, _id: &TenantId, _wiring: &Wiring, _problems: &mut Problems) -> Option<Tenant> {
        None
    }
}
