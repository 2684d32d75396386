//! How often is too often: the numbers, and the arithmetic that counts (GCRA, the generic cell rate algorithm). One
//! number stands for one client: the moment at which it has all of its turns again.

use std::num::NonZeroU32;
use std::time::Duration;

/// How many clients' worth an IPv6 /48 has.
const WIDE: NonZeroU32 = NonZeroU32::new(4).expect("four is not zero");

/// So many at once, and one more each time its share of the time has passed. All in whole microseconds: the shared
/// limiter counts in them (`gcra.lua`), and both shall say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) burst: NonZeroU32,
    pub(super) one_each_us: u64,
}

impl Rate {
    /// So many within that time.
    pub(super) fn new(burst: NonZeroU32, within: Duration) -> Self {
        let within = u64::try_from(within.as_micros()).unwrap_or(u64::MAX);
        Self { burst, one_each_us: (within / u64::from(burst.get())).max(1) }
    }

    /// What the prefix around a client has.
    pub(super) fn of_neighbours(self) -> Self {
        let one_each_us = (self.one_each_us / u64::from(WIDE.get())).max(1);
        Self { burst: self.burst.saturating_mul(WIDE), one_each_us }
    }

    /// Whoever has used up everything has it again after this time.
    pub(super) fn whole(self) -> Duration {
        Duration::from_micros(self.one_each_us.saturating_mul(u64::from(self.burst.get())))
    }

    /// Counts one act at `now` of a client that has all of its turns again at `back`; both in nanoseconds of one
    /// clock. Gives the new moment, or how long the client must wait. Nothing is counted of what is refused.
    pub(super) fn count(self, back: Option<u64>, now: u64) -> Result<u64, Duration> {
        let one_each = self.one_each_us.saturating_mul(1_000);
        let whole = one_each.saturating_mul(u64::from(self.burst.get()));
        // Never further off than a whole measure: a clock that was set back must not shut anybody out for longer.
        let back = back.unwrap_or(now).clamp(now, now.saturating_add(whole)).saturating_add(one_each);
        let used = back - now;
        if used > whole { Err(Duration::from_nanos(used - whole)) } else { Ok(back) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_HOURS: u64 = 5 * 3_600 * 1_000_000_000;

    fn rate(burst: u32, within: Duration) -> Rate {
        Rate::new(NonZeroU32::new(burst).expect("a burst"), within)
    }

    #[test]
    fn whoever_has_waited_long_has_no_more_than_everything() {
        let rate = rate(3, Duration::from_mins(1));
        let mut back = rate.count(None, 0).expect("a first turn");

        let allowed =
            (0..10).take_while(|_| rate.count(Some(back), FIVE_HOURS).map(|next| back = next).is_ok()).count();

        assert_eq!(allowed, 3);
    }

    #[test]
    fn a_clock_that_was_set_back_shuts_nobody_out_for_longer_than_a_turn() {
        let rate = rate(3, Duration::from_mins(1));
        let back = rate.count(None, FIVE_HOURS).expect("a first turn");

        let wait = rate.count(Some(back), 0).expect_err("everything is used up");

        assert_eq!(wait, Duration::from_secs(20));
    }

    #[test]
    fn a_stricter_rate_takes_over_what_was_used_of_the_other() {
        let (wide, strict) = (rate(10, Duration::from_mins(10)), rate(5, Duration::from_mins(10)));
        let mut back = None;
        for _ in 0..8 {
            back = Some(wide.count(back, 0).expect("a turn"));
        }

        let next = strict.count(back, 0).expect("the fifth of five");

        assert!(strict.count(Some(next), 0).is_err());
    }
}
