//! Finds the tenant of a request: by host, then by the longest path, in whole segments.
//!
//! The rules for `Host` (PX-08): ASCII letters are lowered; a trailing dot, a user, blanks or anything else that is no
//! host name is unknown; a port may be left out, as proxies in front do, but one that is named must be the port of the
//! public address. Nothing of what is asked for is ever repeated: addresses are built from `public_url` alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use url::Url;

use super::realms::{self, Realm, Realms};
use super::{SharedHost, Tenant, Upstream, web_address};
use crate::domain::id::TenantId;
use crate::domain::problem::Problems;

/// All tenants of one load of the configuration. Never changed; a reload makes another one.
#[derive(Debug, Default)]
pub struct Registry {
    tenants: HashMap<TenantId, Arc<Tenant>>,
    /// For each host what lives there, the longest path first.
    hosts: HashMap<String, Vec<Lodger>>,
    realms: Realms,
}

/// A tenant whose file is mistaken. What could be read of where it lives answers 503.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The tenant.
    pub id: TenantId,
    /// The hosts that its file names, its own or the shared one.
    pub hosts: Vec<String>,
    /// Its path on a shared host; empty on hosts of its own.
    pub path: String,
    /// The shared host that its file names, also where its path cannot be read.
    pub shared_host: Option<String>,
    /// Its realm at the provider.
    pub realm: Option<String>,
}

/// A host, or a path or realm on a shared one, that more than one claims. It goes to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The host.
    pub host: String,
    /// The path; empty for the whole host.
    pub path: String,
    /// The realm, where it is that which is claimed.
    pub realm: Option<String>,
    /// The tenants that claim it; one alone where the host is a shared one.
    pub tenants: Vec<TenantId>,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.tenants.iter().map(TenantId::as_str).collect();
        match names.as_slice() {
            [one] => write!(f, "{}{} is a shared host and claimed by {one}: nobody gets it", self.host, self.path),
            names => {
                if let Some(realm) = &self.realm {
                    write!(f, "the realm {realm} on ")?;
                }
                write!(f, "{}{} is claimed by {}: nobody gets it", self.host, self.path, names.join(" and "))
            }
        }
    }
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

#[derive(Debug)]
struct Lodger {
    path: String,
    /// The port that `Host` may name; any where it could not be read.
    port: Option<u16>,
    what: What,
}

#[derive(Debug)]
enum What {
    Tenant(Arc<Tenant>, Option<Arc<Upstream>>),
    Shared(Arc<Upstream>),
    Broken(TenantId),
    /// Claimed by several: nobody's.
    Nobody,
}

impl Registry {
    /// Arranges tenants by host and path; what is claimed twice is told in `problems` and goes to nobody.
    #[must_use]
    pub fn new(shared: &[SharedHost], tenants: Vec<Tenant>, broken: Vec<Broken>, problems: &mut Problems) -> Self {
        let (registry, conflicts) = Self::arrange(shared, tenants, broken);
        for conflict in conflicts {
            problems.error("hosts", conflict.to_string());
        }
        registry
    }

    /// Like [`Registry::new`], with the conflicts as values.
    #[must_use]
    pub fn arrange(shared: &[SharedHost], tenants: Vec<Tenant>, broken: Vec<Broken>) -> (Self, Vec<Conflict>) {
        let mut claims: BTreeMap<(String, String), Vec<(TenantId, Lodger)>> = BTreeMap::new();
        let mut realms = realms::Claims::default();
        let mut registry = Self::default();
        for tenant in tenants {
            let tenant = Arc::new(tenant);
            let upstream = match tenant.path.as_str() {
                "" => tenant.upstream.clone(),
                _ => {
                    shared.iter().find(|host| tenant.hosts.contains(&host.name)).and_then(|host| host.upstream.clone())
                }
            };
            for host in &tenant.hosts {
                realms.of_tenant(host, &tenant);
                let what = What::Tenant(Arc::clone(&tenant), upstream.clone());
                let lodger = Lodger { path: tenant.path.clone(), port: port(&tenant.public_url), what };
                claims.entry((host.clone(), tenant.path.clone())).or_default().push((tenant.id.clone(), lodger));
            }
            registry.tenants.insert(tenant.id.clone(), tenant);
        }
        for broken in broken {
            realms.of_broken(&broken, shared);
            for host in &broken.hosts {
                let what = What::Broken(broken.id.clone());
                let lodger = Lodger { path: broken.path.clone(), port: None, what };
                claims.entry((host.clone(), broken.path.clone())).or_default().push((broken.id.clone(), lodger));
            }
        }
        let mut conflicts = Vec::new();
        for ((host, path), mut claimants) in claims {
            let is_shared = path.is_empty() && shared.iter().any(|shared| shared.name == host);
            let lodger = match claimants.pop() {
                Some((_, lodger)) if claimants.is_empty() && !is_shared => lodger,
                Some((last, lodger)) => {
                    let mut tenants: Vec<TenantId> = claimants.into_iter().map(|(id, _)| id).collect();
                    tenants.push(last);
                    tenants.sort();
                    tenants.dedup();
                    conflicts.push(Conflict { host: host.clone(), path: path.clone(), realm: None, tenants });
                    Lodger { what: What::Nobody, port: None, ..lodger }
                }
                None => continue,
            };
            registry.hosts.entry(host).or_default().push(lodger);
        }
        for host in shared {
            let lodgers = registry.hosts.entry(host.name.clone()).or_default();
            let is_whole_taken = lodgers.iter().any(|lodger| lodger.path.is_empty());
            if let Some(upstream) = host.upstream.clone().filter(|_| !is_whole_taken) {
                let what = What::Shared(upstream);
                lodgers.push(Lodger { path: String::new(), port: port(&host.public_url), what });
            }
        }
        registry.realms = realms.settle(shared, &mut conflicts);
        for lodgers in registry.hosts.values_mut() {
            lodgers.sort_by_key(|lodger| std::cmp::Reverse(lodger.path.len()));
        }
        (registry, conflicts)
    }

    /// Finds where a request belongs. `host` is the `Host` header or `:authority` as it came, `path` the normalised
    /// path without its query.
    #[must_use]
    pub fn route(&self, host: &str, path: &str) -> Route {
        let Some((name, port)) = split(host) else { return Route::Unknown };
        let Some(lodgers) = self.hosts.get(&name) else { return Route::Unknown };
        let Some(lodger) = lodgers.iter().find(|lodger| web_address::lies_below(path, &lodger.path)) else {
            return Route::Unknown;
        };
        let is_its_port = port.is_none() || lodger.port.is_none() || port == lodger.port;
        if !is_its_port {
            return Route::Unknown;
        }
        match &lodger.what {
            What::Tenant(tenant, upstream) => Route::Tenant { tenant: Arc::clone(tenant), upstream: upstream.clone() },
            What::Shared(upstream) => Route::Shared { upstream: Arc::clone(upstream) },
            What::Broken(id) => Route::Broken(id.clone()),
            What::Nobody => Route::Unknown,
        }
    }

    /// Finds whose realm is meant at a host whose provider is intercepted. `host` is as it came, `realm` as
    /// [`leniently`](crate::domain::path::leniently) reads it.
    #[must_use]
    pub fn realm(&self, host: &str, realm: &str) -> Realm {
        split(host).map_or(Realm::Unknown, |(name, _)| self.realms.find(&name, realm))
    }

    /// All tenants that serve, in no order.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.tenants.values()
    }

    /// Everything that is proxied to, each once for every host that it stands behind.
    pub fn upstreams(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.hosts.values().flatten().filter_map(|lodger| match &lodger.what {
            What::Tenant(_, upstream) => upstream.as_ref(),
            What::Shared(upstream) => Some(upstream),
            What::Broken(_) | What::Nobody => None,
        })
    }

    /// The tenants whose files are mistaken, as far as their hosts could be read.
    pub fn broken(&self) -> impl Iterator<Item = &TenantId> {
        self.hosts.values().flatten().filter_map(|lodger| match &lodger.what {
            What::Broken(id) => Some(id),
            What::Tenant(..) | What::Shared(_) | What::Nobody => None,
        })
    }

    /// The tenant of that name, where it serves.
    #[must_use]
    pub fn tenant(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.tenants.get(id).cloned()
    }
}

fn port(url: &Url) -> Option<u16> {
    url.port_or_known_default()
}

/// Takes `Host` apart; `None` where it is none.
fn split(host: &str) -> Option<(String, Option<u16>)> {
    let end_of_name = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let (name, rest) = host.split_at(end_of_name);
    let port = match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        None if rest.is_empty() => None,
        Some(_) | None => return None,
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), port))
}
