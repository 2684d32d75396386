//! The loop: look, work, settle; then sleep until something is written, something falls due, or a while has passed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Job;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::id::TenantId;
use crate::store::Store;
use crate::store::rows::{Claim, Settlement};
use crate::tenant::Registry;
use crate::{metrics, store};

/// Longest that handing one message over may take.
pub(super) const DEED: Duration = Duration::from_secs(20);
/// How long a claimed row is this worker's. Longer than any deed can take: look-up, rendering, delivery.
const LEASE: Duration = Duration::from_secs(90);
/// Deeds under way at the same time.
const AT_ONCE: u32 = 32;
/// Deeds under way for one tenant, so that one whose mail server hangs leaves room for the others.
const PER_TENANT: u32 = 8;
/// Longest sleep: what another process has written is seen within a second.
const POLL: Duration = Duration::from_secs(1);

/// Works the outbox off for every tenant that has a snapshot.
#[derive(Debug)]
pub struct Worker {
    store: Store,
    clock: Arc<dyn Clock>,
    registry: Arc<ArcSwap<Registry>>,
}

/// The deeds under way. Each is a task of its own: a deed that is not polled could hold a connection that looking for
/// the next one waits for.
#[derive(Default)]
struct Running {
    deeds: JoinSet<(TenantId, Settlement)>,
    by_tenant: HashMap<TenantId, u32>,
    /// When the queue was counted last, and whether it has changed since.
    counted_at: Option<Timestamp>,
    changed: bool,
}

impl Running {
    fn begin(&mut self, job: Job) {
        let tenant = job.tenant.id.clone();
        *self.by_tenant.entry(tenant.clone()).or_default() += 1;
        self.deeds.spawn(async move { (tenant, job.run().await) });
    }

    /// How many more deeds may be under way.
    fn room(&self) -> u32 {
        AT_ONCE.saturating_sub(u32::try_from(self.deeds.len()).unwrap_or(AT_ONCE))
    }

    /// Waits for one deed and takes along whatever else is ready. Empty where none is under way.
    async fn finished(&mut self) -> Vec<Settlement> {
        let mut settlements = Vec::new();
        let mut next = self.deeds.join_next().await;
        while let Some(finished) = next {
            match finished {
                Ok((tenant, settlement)) => {
                    if let Some(count) = self.by_tenant.get_mut(&tenant) {
                        *count = count.saturating_sub(1);
                    }
                    settlements.push(settlement);
                }
                // Its lease runs out and it is done again; whose it was is not known, so all are counted anew.
                Err(_panicked) => self.by_tenant.clear(),
            }
            next = self.deeds.try_join_next();
        }
        self.by_tenant.retain(|_, count| *count > 0);
        settlements
    }
}

impl Worker {
    /// Joins the worker to what it works with.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, registry: Arc<ArcSwap<Registry>>) -> Self {
        Self { store, clock, registry }
    }

    /// Works until `stop`; what has been claimed by then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut running = Running::default();
        loop {
            // Interest is registered before looking, so that a row written in between wakes us.
            let changed = self.store.changed().notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let claimed = if stop.is_cancelled() { 0 } else { self.claim_logged(&mut running).await };
            if claimed > 0 {
                continue;
            }
            if running.deeds.is_empty() {
                if stop.is_cancelled() {
                    return;
                }
                if running.changed {
                    self.count(&mut running).await;
                }
                tokio::select! {
                    () = &mut changed => {}
                    () = tokio::time::sleep(self.until_due().await) => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            tokio::select! {
                settlements = running.finished() => self.settle(settlements, &mut running).await,
                () = &mut changed, if running.room() > 0 => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Does everything that is due at this moment, for tests and for commands that wait; returns how many rows were
    /// worked on.
    pub async fn work_off(&self) -> Result<usize, store::Error> {
        let mut running = Running::default();
        let mut total = 0;
        loop {
            let claimed = self.claim(&mut running).await?;
            if claimed == 0 && running.deeds.is_empty() {
                return Ok(total);
            }
            total += claimed;
            let settlements = running.finished().await;
            self.settle(settlements, &mut running).await;
        }
    }

    async fn claim_logged(&self, running: &mut Running) -> usize {
        match self.claim(running).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "cannot look for messages");
                0
            }
        }
    }

    /// Claims as many rows as there is room for, a few of each tenant, and begins with them.
    async fn claim(&self, running: &mut Running) -> Result<usize, store::Error> {
        let room = running.room();
        if room == 0 {
            return Ok(0);
        }
        let registry = self.registry.load_full();
        let has_room = |id: &TenantId| running.by_tenant.get(id).is_none_or(|count| *count < PER_TENANT);
        let tenants: Vec<TenantId> =
            registry.tenants().map(|tenant| tenant.id.clone()).filter(|id| has_room(id)).collect();
        let now = self.clock.now();
        let claim = Claim { now, lease_until: now + LEASE, tenants: &tenants, per_tenant: PER_TENANT, most: room };
        let messages = self.store.claim(claim).await?;
        let claimed = messages.len();
        for message in messages {
            if let Some(tenant) = registry.tenant(&message.tenant) {
                running.begin(Job { tenant, store: self.store.clone(), clock: self.clock.clone(), message });
            }
        }
        Ok(claimed)
    }

    /// A settlement that cannot be saved is no loss: the lease runs out and the row is done again, saying the same.
    async fn settle(&self, settlements: Vec<Settlement>, running: &mut Running) {
        if let Err(error) = self.store.settle(&settlements, self.clock.now()).await {
            tracing::warn!(%error, "cannot settle messages; they will be done again");
        }
        running.changed = true;
        let now = self.clock.now();
        // Counting reads every row that is due: while there is a flood of them, once a second is enough.
        if running.counted_at.is_none_or(|counted_at| now < counted_at || now >= counted_at + POLL) {
            self.count(running).await;
        }
    }

    /// Tells the metrics how long the queue is.
    async fn count(&self, running: &mut Running) {
        let now = self.clock.now();
        (running.counted_at, running.changed) = (Some(now), false);
        if let Ok(queue) = self.store.queue(now).await {
            metrics::queue(queue.depth, queue.oldest_age.unwrap_or_default());
            metrics::sessions_pending(queue.sessions_pending);
        }
    }

    async fn until_due(&self) -> Duration {
        let registry = self.registry.load_full();
        let tenants: Vec<TenantId> = registry.tenants().map(|tenant| tenant.id.clone()).collect();
        let due = self.store.next_due(&tenants).await.ok().flatten();
        let wait = due.map_or(POLL, |due| Duration::try_from(due - self.clock.now()).unwrap_or_default());
        // A row that another worker holds looks due to us: never spin on it.
        wait.clamp(Duration::from_millis(20), POLL)
    }
}
