//! Time that moves when a test moves it.

use std::sync::Mutex;
use std::time::Duration;

use regain::clock::Clock;
use regain::domain::Timestamp;

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    /// A clock that shows noon of 2026-11-20.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(time::macros::utc_datetime!(2026-11-20 12:00)))
    }

    /// Moves it ahead.
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().expect("no test has panicked in here") += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no test has panicked in here")
    }
}
