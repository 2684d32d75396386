//! Time's door. Nothing else in the program reads a clock, so that no test ever sleeps and every moment is
//! corrected alike.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};

use time::UtcDateTime;

/// Where the time comes from.
pub trait Clock: Send + Sync + Debug {
    /// The present, in whole milliseconds, never earlier than it has said before.
    fn now(&self) -> UtcDateTime;
}

/// The machine's clock, moved by the offset to the database's. A step back of the machine's clock holds the time
/// still until it has caught up, so that nothing that expired comes back (FT-11).
#[derive(Debug, Default)]
pub struct SystemClock {
    offset_ms: AtomicI64,
    latest_ms: AtomicI64,
}

impl SystemClock {
    /// Sets by how many milliseconds the database's clock is ahead of the machine's.
    pub fn correct_by(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }

    /// By how many milliseconds the database's clock is ahead of the machine's.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UtcDateTime {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        let machine = UtcDateTime::now();
        let nanos_per_ms = 1_000_000;
        let machine_ms = i64::try_from(machine.unix_timestamp_nanos() / nanos_per_ms).unwrap_or(i64::MAX);
        let corrected = machine_ms.saturating_add(self.offset_ms());
        let latest = self.latest_ms.fetch_max(corrected, Ordering::Relaxed).max(corrected);
        UtcDateTime::from_unix_timestamp_nanos(i128::from(latest) * nanos_per_ms).unwrap_or(machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_back_holds_the_time_still() {
        let clock = SystemClock::default();
        clock.correct_by(60_000);
        let ahead = clock.now();

        clock.correct_by(0);

        assert_eq!(clock.now(), ahead);
    }
}
