//! Finds the tenant of a request: by host, then by the longest path, in whole segments.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Tenant, Upstream};
use crate::domain::id::TenantId;

/// All tenants of one load of the configuration.
#[derive(Debug, Default)]
pub struct Registry {
    tenants: HashMap<TenantId, Arc<Tenant>>,
}

/// A tenant whose file is mistaken. What could be read of where it lives answers 503.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The tenant.
    pub id: TenantId,
    /// The hosts that its file names.
    pub hosts: Vec<String>,
    /// Its path on a shared host; empty on hosts of its own.
    pub path: String,
}

/// Where a request belongs.
#[derive(Clone, Debug)]
pub enum Route {
    /// To this tenant: its pages, and what stands behind its host for all else.
    Tenant {
        /// The tenant.
        tenant: Arc<Tenant>,
        /// What the rest is proxied to.
        upstream: Option<Arc<Upstream>>,
    },
    /// To a shared host, on a path that is no tenant's.
    Shared {
        /// What it is proxied to.
        upstream: Arc<Upstream>,
    },
    /// To a tenant whose file is mistaken.
    Broken(TenantId),
    /// To nobody.
    Unknown,
}

impl Registry {
    /// Finds where a request belongs. `host` is the `Host` header as it came, `path` the normalised path.
    #[must_use]
    pub fn route(&self, _host: &str, _path: &str) -> Route {
        Route::Unknown
    }

    /// All tenants that serve, in no order.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.tenants.values()
    }

    /// The tenant of that name, where it serves.
    #[must_use]
    pub fn tenant(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.tenants.get(id).cloned()
    }
}
