//! Whose realm is whose: behind a host stands one provider, and the realm in its addresses says which tenant is meant.
//!
//! A realm that is claimed twice goes to nobody, and one of a tenant whose file is mistaken stays that tenant's: their
//! doors are closed until the files are mended, never open for want of a tenant.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Broken, Conflict, SharedHost, Tenant};
use crate::domain::id::TenantId;
use crate::domain::path::leniently;

/// Whose a realm of a host's provider is.
#[derive(Clone, Debug)]
pub enum Realm {
    /// This tenant's.
    Tenant(Arc<Tenant>),
    /// That of a tenant whose file is mistaken, or claimed by several.
    Unusable,
    /// No tenant's.
    Unknown,
}

/// The realms of every host, by the name that all spellings have in common.
#[derive(Debug, Default)]
pub(super) struct Realms(HashMap<String, HashMap<String, Realm>>);

/// Who claims what, before it is known who gets it.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<(String, String), Vec<(TenantId, Realm)>>);

impl Claims {
    /// Notes the realm of a tenant on this host.
    pub(super) fn of_tenant(&mut self, host: &str, tenant: &Arc<Tenant>) {
        if let Some(realm) = tenant.realm.as_ref().filter(|_| tenant.login_path.is_some()) {
            self.note(host, realm, &tenant.id, Realm::Tenant(tenant.clone()));
        }
    }

    /// Notes what could be read of a mistaken file. A host of its own is not served at all.
    pub(super) fn of_broken(&mut self, broken: &Broken, shared: &[SharedHost]) {
        let (Some(host), Some(realm)) = (&broken.shared_host, &broken.realm) else { return };
        if shared.iter().any(|shared| shared.name == *host && shared.is_intercepted()) {
            self.note(host, realm, &broken.id, Realm::Unusable);
        }
    }

    fn note(&mut self, host: &str, realm: &str, id: &TenantId, whose: Realm) {
        self.0.entry((host.to_owned(), leniently(realm))).or_default().push((id.clone(), whose));
    }

    /// Gives every realm to the one that claims it. Two tenants on one host of their own are told as such.
    pub(super) fn settle(self, shared: &[SharedHost], conflicts: &mut Vec<Conflict>) -> Realms {
        let mut realms = Realms::default();
        for ((host, realm), mut claimants) in self.0 {
            let whose = match claimants.pop() {
                Some((_, whose)) if claimants.is_empty() => whose,
                Some((last, _)) => {
                    let mut tenants: Vec<TenantId> = claimants.into_iter().map(|(id, _)| id).collect();
                    tenants.push(last);
                    tenants.sort();
                    if shared.iter().any(|shared| shared.name == host) {
                        let realm = Some(realm.clone());
                        conflicts.push(Conflict { host: host.clone(), path: String::new(), realm, tenants });
                    }
                    Realm::Unusable
                }
                None => continue,
            };
            realms.0.entry(host).or_default().insert(realm, whose);
        }
        realms
    }
}

impl Realms {
    /// Whose the realm is. `realm` is read [`leniently`].
    pub(super) fn find(&self, host: &str, realm: &str) -> Realm {
        let found = self.0.get(host).and_then(|realms| realms.get(realm));
        found.cloned().unwrap_or(Realm::Unknown)
    }
}
