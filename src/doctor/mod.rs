//! A live look at everything that recovery needs: store, keys, limits, providers, mail servers, text messages, what is
//! proxied, clocks. What `regain doctor` tells.
//!
//! It changes nothing, and a program that serves beside it does not notice. Each room that can be asked knows its own
//! remedies; here is only what lies between rooms. Every call has a time limit.

mod calls;
mod clock;
mod keys;
mod provider;
pub mod proxy;
mod sms;
mod smtp;
mod store;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};

use crate::clock::SystemClock;
use crate::config::{Config, Loaded, Tenants};
use crate::domain::address::EmailAddress;
use crate::domain::finding::{Finding, Verdict};
use crate::domain::id::TenantId;
use crate::domain::key::Keyset;
use crate::domain::problem::Problems;
use crate::identity::Hashing;
use crate::limit;
use crate::outward::Clients;
use crate::store::Store;
use crate::template::Shipped;
use crate::tenant::{Tenant, Wiring};
use proxy::Front;

/// How many tenants or hosts are looked at at the same time.
const AT_ONCE: usize = 8;

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The database.
    Store,
    /// The keys file.
    Keys,
    /// Where clients are counted.
    Limits,
    /// Each tenant's provider.
    Provider,
    /// Each tenant's mail server.
    Smtp,
    /// Who sends each tenant's text messages.
    Sms,
    /// What stands behind each host, and its doors.
    Proxy,
    /// This machine's clock beside others'.
    Clock,
}

impl Topic {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 8] =
        [Self::Store, Self::Keys, Self::Limits, Self::Provider, Self::Smtp, Self::Sms, Self::Proxy, Self::Clock];
}

/// What shall be looked at.
#[derive(Clone, Debug)]
pub struct Wish {
    /// These topics.
    pub topics: Vec<Topic>,
    /// This tenant alone.
    pub tenant: Option<TenantId>,
    /// Whom to send a test mail, by every tenant's channel.
    pub send_test: Option<EmailAddress>,
    /// This machine's addresses beyond loopback; [`proxy::own_addresses`] finds them.
    pub own_addresses: Vec<IpAddr>,
}

/// Everything that was found.
#[derive(Debug)]
pub struct Report {
    /// What is wrong with the configuration, as `regain check` tells it.
    pub problems: Problems,
    /// What was looked at.
    pub categories: Vec<Category>,
}

/// What was found of one thing.
#[derive(Debug)]
pub struct Category {
    /// The topic, with the tenant or host where there are several.
    pub name: String,
    /// One for each step.
    pub findings: Vec<Finding>,
}

impl Category {
    fn new(name: impl Into<String>, findings: Vec<Finding>) -> Self {
        Self { name: name.into(), findings }
    }
}

impl Report {
    /// The worst of everything; mistakes of the configuration are as bad as anything.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        if self.problems.has_errors() {
            return Verdict::Bad;
        }
        let verdicts = self.categories.iter().flat_map(|category| &category.findings).map(|finding| finding.verdict);
        let warnings = self.problems.iter().map(|_| Verdict::Warning);
        verdicts.chain(warnings).max().unwrap_or(Verdict::Good)
    }
}

/// Looks. What the configuration does not allow to be built is told among the problems, and the rest is looked at.
pub async fn examine(loaded: Loaded, wish: &Wish) -> Report {
    let (config, mut problems) = loaded.take_apart();
    let wants = |topic: Topic| wish.topics.contains(&topic);
    let mut categories = Vec::new();
    let (mut open, mut listen) = (None, None);
    let tenants = match config {
        Ok(Config { server, store: settings, keys_file, limits, tenants, .. }) => {
            listen = Some(server.listen);
            let needs_store = [Topic::Store, Topic::Keys, Topic::Provider, Topic::Clock].into_iter().any(wants);
            let looked = if needs_store { Some(store::look(&settings).await) } else { None };
            if let Some(looked) = looked {
                if wants(Topic::Keys) {
                    categories.push(Category::new("keys", keys::look(&keys_file, &looked).await));
                }
                if wants(Topic::Store) {
                    categories.insert(0, Category::new("store", looked.findings));
                }
                open = looked.store;
            }
            if wants(Topic::Limits) {
                categories.push(Category::new("limits", limit::diagnose(&limits).await));
            }
            Some(tenants)
        }
        Err(orphans) => orphans,
    };
    let clients = Clients::default();
    let (chosen, fronts) = match tenants {
        Some(tenants) => build(tenants, open.as_ref(), &clients, wish, &mut problems),
        None => (Vec::new(), Vec::new()),
    };
    if wants(Topic::Provider) {
        categories.extend(each(&chosen, |tenant| Box::pin(provider::look(tenant, open.is_some()))).await);
    }
    if wants(Topic::Smtp) {
        categories.extend(each(&chosen, |tenant| Box::pin(smtp::look(tenant, wish.send_test.as_ref()))).await);
    }
    if wants(Topic::Sms) {
        categories.extend(each(&chosen, |tenant| Box::pin(sms::look(tenant))).await);
    }
    if wants(Topic::Proxy) {
        let own = &wish.own_addresses;
        categories.extend(each(&fronts, |front| Box::pin(proxy::look(front, &clients, listen, own))).await);
    }
    if wants(Topic::Clock) {
        categories.push(Category::new("clock", clock::look(open.as_ref(), &fronts, &clients).await));
    }
    if let Some(store) = open {
        store.close().await;
    }
    Report { problems, categories }
}

/// Builds the tenants as a start does, over a store that is only read.
fn build(
    tenants: Tenants,
    store: Option<&Store>,
    clients: &Clients,
    wish: &Wish,
    problems: &mut Problems,
) -> (Vec<Arc<Tenant>>, Vec<Front>) {
    let is_wanted = |id: &TenantId| wish.tenant.as_ref().is_none_or(|wanted| wanted == id);
    let others: Vec<String> =
        tenants.files().filter(|(id, _)| !is_wanted(id)).map(|(_, file)| file.to_owned()).collect();
    let shared = tenants.hosts().to_vec();
    let keyset = Keyset::parse(&Keyset::generate()).expect("a generated keyset reads back, as a test shows");
    let (registry, found) = tenants.build(&Wiring {
        store: store.cloned().unwrap_or_else(Store::offline),
        clock: Arc::new(SystemClock::default()),
        // No link is made or read here.
        keyset: Arc::new(keyset),
        shipped: Shipped::load(),
        inbox: None,
        hashing: Hashing::new(1),
        clients: clients.clone(),
    });
    for problem in found.iter() {
        if !problem.place.as_ref().is_some_and(|place| others.contains(&place.file)) {
            problems.push(problem.clone());
        }
    }
    let mut chosen: Vec<Arc<Tenant>> = registry.tenants().filter(|tenant| is_wanted(&tenant.id)).cloned().collect();
    chosen.sort_by(|one, other| one.id.cmp(&other.id));
    let fronts = Front::all(&chosen, &shared, wish.tenant.is_none());
    (chosen, fronts)
}

/// Looks at several at the same time, and tells them in their order.
async fn each<'a, T>(all: &'a [T], look: impl Fn(&'a T) -> BoxFuture<'a, Category>) -> Vec<Category> {
    // Collected first: a closure inside the stream would have to promise more about its lifetimes than it can.
    let looks: Vec<BoxFuture<'a, Category>> = all.iter().map(look).collect();
    stream::iter(looks).buffered(AT_ONCE).collect().await
}

/// Where a program that listens here is reached from this machine: an address to listen on everywhere is none to
/// connect to.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}
