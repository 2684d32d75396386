//! One kind of limit: its rates, each counted for the client and for the wider prefix, with a bound on how many
//! clients are counted.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::{Quota, RateLimiter};

use super::SlowDown;
use super::client::{Client, Fingerprint};
use super::config::Rate;

/// How many clients' worth an IPv6 /48 has.
const WIDE: NonZeroU32 = NonZeroU32::new(4).expect("four is not zero");
/// Least time between two looks for clients that can be forgotten: over a million it takes tens of milliseconds.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(5);
/// When a client without a place would have its turn again: 146 years on, far from where sums of moments overflow.
const FAR: Nanos = Nanos::new(u64::MAX / 4);
/// Nobody is told to come back sooner.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// The rates of one kind of limit.
pub(super) struct Gate<C: Clock + Clone> {
    clock: C,
    meters: Vec<Meter<C>>,
}

impl<C: Clock + Clone> Gate<C> {
    pub(super) fn new(rates: &[Rate], most: usize, clock: &C) -> Self {
        let meters = rates.iter().map(|rate| Meter::new(rate, most, clock)).collect();
        Self { clock: clock.clone(), meters }
    }

    /// Counts one act, or says for how long the client must wait. What is refused to a client is not counted for the
    /// prefix around it, or one client could shut its neighbours out.
    pub(super) fn check(&self, client: &Client) -> Result<(), SlowDown> {
        self.ask(|meter| meter.check_client(client, &self.clock))?;
        self.ask(|meter| meter.check_neighbours(client, &self.clock))
    }

    /// Asks every rate, so that the longest wait is told.
    fn ask(&self, wait_of: impl Fn(&Meter<C>) -> Duration) -> Result<(), SlowDown> {
        let wait = self.meters.iter().map(wait_of).max().unwrap_or_default();
        if wait.is_zero() { Ok(()) } else { Err(SlowDown { retry_after: wait }) }
    }
}

impl<C: Clock + Clone> fmt::Debug for Gate<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients: usize = self.meters.iter().map(|meter| meter.narrow.len() + meter.wide.len()).sum();
        write!(f, "Gate({clients} counted)")
    }
}

type Counter<C> = RateLimiter<Fingerprint, Bounded, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// One rate, for clients and for the prefixes around them.
struct Meter<C: Clock + Clone> {
    narrow: Counter<C>,
    wide: Counter<C>,
    longest_wait: Duration,
    most: usize,
    swept_at: Mutex<C::Instant>,
}

impl<C: Clock + Clone> Meter<C> {
    fn new(rate: &Rate, most: usize, clock: &C) -> Self {
        let counter = |times: NonZeroU32| {
            let quota = Quota::with_period(rate.one_each / times.get()).expect("a rate's period is not zero");
            let quota = quota.allow_burst(rate.burst.saturating_mul(times));
            RateLimiter::new(quota, Bounded::new(most), clock.clone())
        };
        Self {
            narrow: counter(NonZeroU32::MIN),
            wide: counter(WIDE),
            longest_wait: rate.one_each * rate.burst.get(),
            most,
            swept_at: Mutex::new(clock.now()),
        }
    }

    /// How long the client must wait; zero where it need not.
    fn check_client(&self, client: &Client, clock: &C) -> Duration {
        self.sweep(clock.now());
        self.ask(&self.narrow, &client.narrow, clock)
    }

    /// How long the client must wait for those around it; zero where it need not.
    fn check_neighbours(&self, client: &Client, clock: &C) -> Duration {
        client.wide.map_or(Duration::ZERO, |wide| self.ask(&self.wide, &wide, clock))
    }

    fn ask(&self, counter: &Counter<C>, key: &Fingerprint, clock: &C) -> Duration {
        match counter.check_key(key) {
            Ok(()) => Duration::ZERO,
            Err(refusal) => refusal.wait_time_from(clock.now()).clamp(LEAST_WAIT, self.longest_wait.max(LEAST_WAIT)),
        }
    }

    /// Forgets the clients that have all of their turns again, once there is no room for new ones.
    fn sweep(&self, now: C::Instant) {
        if self.narrow.len() < self.most && self.wide.len() < self.most {
            return;
        }
        let Ok(mut swept_at) = self.swept_at.try_lock() else {
            return;
        };
        if Duration::from(now.duration_since(*swept_at)) >= BETWEEN_SWEEPS {
            self.narrow.retain_recent();
            self.wide.retain_recent();
            *swept_at = now;
        }
    }
}

/// Governor's map of counts with a bound: a key that has no place is measured as one that has used up everything.
struct Bounded {
    counts: DashMapStateStore<Fingerprint>,
    most: usize,
}

impl Bounded {
    fn new(most: usize) -> Self {
        Self { counts: DashMapStateStore::default(), most }
    }
}

impl StateStore for Bounded {
    type Key = Fingerprint;

    fn measure_and_replace<T, F, E>(&self, key: &Fingerprint, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let has_place = self.counts.len() < self.most || self.counts.contains_key(key);
        if has_place {
            return self.counts.measure_and_replace(key, f);
        }
        f(Some(FAR)).map(|(answer, _)| answer)
    }
}

impl ShrinkableKeyedStateStore<Fingerprint> for Bounded {
    fn retain_recent(&self, drop_below: Nanos) {
        ShrinkableKeyedStateStore::retain_recent(&self.counts, drop_below);
    }

    fn len(&self) -> usize {
        self.counts.len()
    }

    fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}
