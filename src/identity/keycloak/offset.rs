//! How far the provider's clock is from ours. The contract speaks in our time; Keycloak dates credentials and sessions
//! by its own, and sends no `Date`: what it says about its clock is when it made a token (`iat`, in whole seconds).

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Timestamp;

/// What is no offset but the grain of seconds and the way to and fro.
const TOLERATED_MS: i64 = 2_000;
/// From here on the clocks are wrong.
const WRONG_MS: i64 = 30_000;

/// By how much the provider's clock is ahead of ours.
#[derive(Debug, Default)]
pub(super) struct Offset {
    ahead_ms: AtomicI64,
    is_wrong: AtomicBool,
}

impl Offset {
    /// Takes note of a second that the provider wrote between two of our moments. What lies between them is no offset:
    /// an answer may have been long under way. A clock that goes wrong, or right again, is logged once.
    pub(super) fn note(&self, written: i64, asked_at: Timestamp, heard_at: Timestamp) {
        let (asked, heard) = (to_ms(asked_at), to_ms(heard_at));
        let (first, last) = (written.saturating_mul(1000), written.saturating_mul(1000).saturating_add(999));
        let ahead = if first > heard { first - heard } else { (last - asked).min(0) };
        self.ahead_ms.store(ahead, Ordering::Relaxed);
        let is_wrong = self.is_wrong();
        if self.is_wrong.swap(is_wrong, Ordering::Relaxed) != is_wrong {
            if is_wrong {
                tracing::warn!(offset_ms = ahead, "the provider's clock and ours are far apart");
            } else {
                tracing::info!("the provider's clock and ours are together again");
            }
        }
    }

    /// By how much the provider's clock is ahead, where that is more than the grain of the measurement.
    pub(super) fn ahead_ms(&self) -> i64 {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        if ahead.abs() > TOLERATED_MS { ahead } else { 0 }
    }

    /// Whether one of the two clocks is wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.ahead_ms().abs() > WRONG_MS
    }

    /// A moment of the provider's in our time; `None` where it is out of all range.
    pub(super) fn to_ours(&self, ms: i64) -> Option<Timestamp> {
        let ms = ms.checked_sub(self.ahead_ms())?;
        Timestamp::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok()
    }

    /// A moment of ours in the provider's time, in milliseconds.
    pub(super) fn to_theirs(&self, moment: Timestamp) -> i64 {
        to_ms(moment).saturating_add(self.ahead_ms())
    }

    /// How far apart they are.
    pub(super) fn distance(&self) -> Duration {
        Duration::from_millis(self.ahead_ms().unsigned_abs())
    }
}

fn to_ms(moment: Timestamp) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    const ASKED: Timestamp = utc_datetime!(2026-11-20 12:00:00.400);
    const HEARD: Timestamp = utc_datetime!(2026-11-20 12:00:00.500);

    fn noted(by_seconds: i64, asked_at: Timestamp, heard_at: Timestamp) -> Offset {
        let offset = Offset::default();
        offset.note(HEARD.unix_timestamp() + by_seconds, asked_at, heard_at);
        offset
    }

    #[test]
    fn two_seconds_are_no_offset_and_more_are_one_either_way() {
        for (by_seconds, ahead_ms) in [(0, 0), (1, 0), (2, 0), (3, 2500), (3600, 3_599_500), (-1, 0), (-3, -2401)] {
            assert_eq!(noted(by_seconds, ASKED, HEARD).ahead_ms(), ahead_ms, "{by_seconds}");
        }
    }

    #[test]
    fn what_was_long_under_way_is_no_offset() {
        let asked_at = HEARD - Duration::from_secs(9);

        assert_eq!(noted(-8, asked_at, HEARD).ahead_ms(), 0);
        assert_eq!(noted(-12, asked_at, HEARD).ahead_ms(), -2501);
    }

    #[test]
    fn moments_are_moved_there_and_back() {
        let offset = noted(3600, ASKED, HEARD);

        let theirs = offset.to_theirs(HEARD);

        assert_eq!(theirs, to_ms(HEARD) + 3_599_500);
        assert_eq!(offset.to_ours(theirs), Some(HEARD));
        assert!(offset.is_wrong());
        assert_eq!(offset.to_ours(i64::MAX), None);
    }
}
