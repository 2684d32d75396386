//! When a row is tried again.

use std::time::Duration;

/// After how long a message is tried again: soon at first, for its secret does not live long.
pub(super) fn message(tries: u32) -> Duration {
    match tries {
        0 => Duration::from_secs(5),
        1 => Duration::from_secs(30),
        _ => Duration::from_mins(2),
    }
}

/// After how long a notice is tried again; it has no secret that dies.
pub(super) fn notice(tries: u32) -> Duration {
    doubled(Duration::from_secs(5), tries, Duration::from_hours(1))
}

/// After how long an end of sessions is tried again: 1 s → 5 min for a day, then hourly.
pub(super) fn end_sessions(tries: u32, age: Duration) -> Duration {
    if age > Duration::from_hours(24) {
        return Duration::from_hours(1);
    }
    doubled(Duration::from_secs(1), tries, Duration::from_mins(5))
}

fn doubled(first: Duration, tries: u32, most: Duration) -> Duration {
    // 2^20 seconds are beyond every `most`.
    first.saturating_mul(1 << tries.min(20)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_sessions_are_retried_from_a_second_to_five_minutes_and_then_hourly() {
        let hour = Duration::from_hours(1);
        let waits: Vec<u64> = (0..11).map(|tries| end_sessions(tries, hour).as_secs()).collect();

        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(end_sessions(400, Duration::from_hours(25)), hour);
        assert_eq!(end_sessions(u32::MAX, hour), Duration::from_mins(5));
    }
}
