//! Counts in this process, with a bound on how many clients are counted. The counts are governor's map; the rate comes
//! with each question, so that a tenant's stricter one, or a reload, counts on from what was used already.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{NotKeyed, StateStore};

use super::client::{Client, Fingerprint};
use super::config::OfAct;
use super::rate::Rate;
use super::{Limited, SlowDown};

/// Least time between two looks for clients that can be forgotten: over a million it takes tens of milliseconds.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(5);

/// All counts of one process. The clock is the machine's monotonic one: no step of the wall clock opens or shuts a
/// limit.
pub(super) struct Memory<C: Clock> {
    clock: C,
    began: C::Instant,
    start: Counts<C>,
    start_for_good: Counts<C>,
    code: Counts<C>,
    other: Counts<C>,
    backend: Counts<C>,
}

impl<C: Clock> Memory<C> {
    pub(super) fn new(most: usize, clock: C) -> Self {
        let began = clock.now();
        let counts = || Counts::new(most, began);
        Self {
            start: counts(),
            start_for_good: counts(),
            code: counts(),
            other: counts(),
            backend: counts(),
            clock,
            began,
        }
    }

    /// Counts one act under everything that it counts for, or under nothing: then it says for how long the client must
    /// wait. One client that is refused must not use up what its neighbours have.
    pub(super) fn check(&self, what: Limited, client: &Client, (rate, second): OfAct) -> Result<(), SlowDown> {
        let now = self.clock.now();
        let since = now.duration_since(self.began).as_u64();
        let first = match what {
            Limited::Start => &self.start,
            Limited::Code => &self.code,
            Limited::Resend | Limited::Link | Limited::Password | Limited::Cancel => &self.other,
            Limited::Backend => &self.backend,
        };
        let rates = || [Some((first, rate)), second.map(|rate| (&self.start_for_good, rate))].into_iter().flatten();
        rates().for_each(|(counts, _)| counts.sweep(now, since));
        // Between the look and the count somebody else may come first; then a turn is lost, and nobody is let through.
        for is_look in [true, false] {
            let own = rates().map(|(counts, rate)| counts.own.ask(&client.narrow, rate, since, is_look));
            let around = client.wide.iter().flat_map(|wide| {
                rates().map(|(counts, rate)| counts.around.ask(wide, rate.of_neighbours(), since, is_look))
            });
            SlowDown::unless_zero(own.chain(around).max().unwrap_or_default())?;
        }
        Ok(())
    }
}

impl<C: Clock> fmt::Debug for Memory<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.start, &self.start_for_good, &self.code, &self.other, &self.backend];
        let clients: usize = all.iter().map(|counts| counts.own.0.len() + counts.around.0.len()).sum();
        write!(f, "Memory({clients} counted)")
    }
}

/// What was used of one rate, by clients and by the prefixes around them.
struct Counts<C: Clock> {
    own: Bounded,
    around: Bounded,
    swept_at: Mutex<C::Instant>,
}

impl<C: Clock> Counts<C> {
    fn new(most: usize, began: C::Instant) -> Self {
        Self { own: Bounded::new(most), around: Bounded::new(most), swept_at: Mutex::new(began) }
    }

    /// Forgets the clients that have all of their turns again, once there is no room for new ones.
    fn sweep(&self, now: C::Instant, since: u64) {
        if !self.own.is_full() && !self.around.is_full() {
            return;
        }
        let Ok(mut swept_at) = self.swept_at.try_lock() else {
            return;
        };
        if Duration::from(now.duration_since(*swept_at)) >= BETWEEN_SWEEPS {
            self.own.0.retain_recent(Nanos::new(since));
            self.around.0.retain_recent(Nanos::new(since));
            *swept_at = now;
        }
    }
}

/// Governor's map of counts with a bound: a key that has no place is measured as one that has used up everything.
struct Bounded(DashMapStateStore<Fingerprint>, usize);

impl Bounded {
    fn new(most: usize) -> Self {
        Self(DashMapStateStore::default(), most)
    }

    fn is_full(&self) -> bool {
        self.0.len() >= self.1
    }

    /// How long this key must wait; nothing where it need not, and then it is counted, unless this is but a look.
    fn ask(&self, key: &Fingerprint, rate: Rate, now: u64, is_look: bool) -> Duration {
        let judge = |back: Option<Nanos>| rate.count(back.map(u64::from), now).map(Nanos::new);
        if is_look && let Some(known) = self.0.get(key) {
            let judged: Result<(), _> = known.measure_and_replace(&NotKeyed::NonKey, |back| Err(judge(back)));
            return judged.err().and_then(Result::err).unwrap_or_default();
        }
        if self.is_full() && !self.0.contains_key(key) {
            return rate.whole();
        }
        if is_look {
            return Duration::ZERO;
        }
        let counted = self.0.measure_and_replace(key, |back| judge(back).map(|back| ((), back)));
        counted.err().unwrap_or_default()
    }
}
