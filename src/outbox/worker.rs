//! The loop: look, work, settle; then sleep until something is written, something falls due, or a while has passed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Job;
use crate::clock::Clock;
use crate::domain::id::TenantId;
use crate::store::Store;
use crate::store::rows::{Claim, Lane, Settlement};
use crate::tenant::Registry;
use crate::{metrics, store};

/// Longest that handing one message over may take.
pub(super) const DEED: Duration = Duration::from_secs(20);
/// How long a claimed row is this worker's. Longer than any deed can take: look-up, rendering, delivery.
const LEASE: Duration = Duration::from_secs(90);
/// Deeds under way at the same time in each lane.
const AT_ONCE: u32 = 32;
/// Rows of one tenant that are claimed at a time, and how many under way keep it from getting more: one whose mail server
/// hangs holds fewer than twice as many, and leaves room for the others.
const PER_TENANT: u32 = 8;
/// Longest sleep: what another process has written is seen within a second.
const POLL: Duration = Duration::from_secs(1);

/// Works the outbox off for every tenant that has a snapshot.
#[derive(Debug)]
pub struct Worker {
    store: Store,
    clock: Arc<dyn Clock>,
    registry: Arc<ArcSwap<Registry>>,
    /// When the queue was last counted.
    counted: Mutex<Option<Instant>>,
}

/// The deeds under way. Each is a task of its own: a deed that is not polled could hold a connection that looking for
/// the next one waits for.
struct Running {
    lane: Lane,
    deeds: JoinSet<(TenantId, Settlement)>,
    by_tenant: HashMap<TenantId, u32>,
}

impl Running {
    fn new(lane: Lane) -> Self {
        Self { lane, deeds: JoinSet::new(), by_tenant: HashMap::new() }
    }

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
        Self { store, clock, registry, counted: Mutex::default() }
    }

    /// Works until `stop`; what has been claimed by then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.serve(Lane::Ends, &stop), self.serve(Lane::Messages, &stop));
    }

    async fn serve(&self, lane: Lane, stop: &CancellationToken) {
        let mut running = Running::new(lane);
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
                tokio::select! {
                    () = &mut changed => {}
                    () = tokio::time::sleep(self.until_due(lane).await) => self.count().await,
                    () = stop.cancelled() => {}
                }
                continue;
            }
            tokio::select! {
                settlements = running.finished() => self.settle(settlements).await,
                () = &mut changed, if running.room() > 0 => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Does everything that is due at this moment, for tests and for commands that wait; returns how many rows were
    /// worked on.
    pub async fn work_off(&self) -> Result<usize, store::Error> {
        let mut lanes = [Running::new(Lane::Ends), Running::new(Lane::Messages)];
        let mut total = 0;
        loop {
            let before = total;
            for running in &mut lanes {
                total += self.claim(running).await?;
                while !running.deeds.is_empty() {
                    let settlements = running.finished().await;
                    self.settle(settlements).await;
                }
            }
            if total == before {
                return Ok(total);
            }
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
        let claim = Claim {
            lane: running.lane,
            now,
            lease_until: now + LEASE,
            tenants: &tenants,
            per_tenant: PER_TENANT,
            most: room,
        };
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
    async fn settle(&self, settlements: Vec<Settlement>) {
        if let Err(error) = self.store.settle(&settlements, self.clock.now()).await {
            tracing::warn!(%error, "cannot settle messages; they will be done again");
        }
        self.count().await;
    }

    /// Counts what waits, once a second at most: it reads the whole queue.
    async fn count(&self) {
        let is_due = {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = counted.is_none_or(|at| at.elapsed() >= POLL);
            if is_due {
                *counted = Some(Instant::now());
            }
            is_due
        };
        if !is_due {
            return;
        }
        if let Ok(queue) = self.store.queue(self.clock.now()).await {
            metrics::queue(queue.depth, queue.oldest_age.unwrap_or_default());
            metrics::sessions_pending(queue.sessions_pending);
        }
    }

    async fn until_due(&self, lane: Lane) -> Duration {
        let registry = self.registry.load_full();
        let tenants: Vec<TenantId> = registry.tenants().map(|tenant| tenant.id.clone()).collect();
        let due = self.store.next_due(lane, &tenants).await.ok().flatten();
        let wait = due.map_or(POLL, |due| Duration::try_from(due - self.clock.now()).unwrap_or_default());
        // A row that another worker holds looks due to us: never spin on it.
        wait.clamp(Duration::from_millis(20), POLL)
    }
}
