//! When an account is looked at again after a change. Pure: from the moment of the change and the present it follows
//! which look comes next, so that nothing is remembered between two looks.
//!
//! A login that waits can be kept alive beyond its lifespan by whoever reloads its page (measured on Keycloak 26.7: no
//! end was seen). So the lifespans are moments to look at and no bound: between them and after them it is looked at
//! doubling distances, for a day at least.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::identity::Lifespans;

/// The two looks that come soon, for whoever overwrites the password at once.
const SOON: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(5)];
/// How long after the end of a lifespan it is looked: the provider measures it by its own clock.
const MARGIN: Duration = Duration::from_secs(30);
/// The first of the looks at doubling distances.
const DOUBLING: Duration = Duration::from_hours(1);
/// For how long it is looked at least.
const AT_LEAST: Duration = Duration::from_hours(24);
/// A lifespan beyond this is taken for this: the row keeps its recovery from being purged.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// The looks after one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    changed_at: Timestamp,
    /// After the two that come soon: when a login's and a mailed link's lifespan are over.
    lifespans_end: [Timestamp; 2],
    last: Timestamp,
}

impl Schedule {
    pub(super) fn new(changed_at: Timestamp, lifespans: Lifespans) -> Self {
        let end = |lifespan: Duration| changed_at + lifespan.min(LONGEST) + MARGIN;
        let lifespans_end = [end(lifespans.login), end(lifespans.mailed_link)];
        let last = lifespans_end.into_iter().fold(changed_at + AT_LEAST, Timestamp::max);
        Self { changed_at, lifespans_end, last }
    }

    /// The look that comes next; `None` after the last. What came late stands for all that it has missed, and takes
    /// none away that is still to come.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let soon = SOON.map(|after| self.changed_at + after);
        let doubling = std::iter::successors(Some(DOUBLING), |after| Some(*after * 2));
        let doubling = doubling.map(|after| self.changed_at + after).take_while(|look| *look < self.last);
        let looks = soon.into_iter().chain(self.lifespans_end).chain(doubling).chain([self.last]);
        looks.filter(|look| *look > now).min()
    }

    /// When no login lives any more that was under way at the change and that nobody kept alive.
    pub(super) fn logins_end(&self) -> Timestamp {
        self.lifespans_end[0]
    }
}

/// The first look: it is the same whatever the lifespans are, so that a change waits for no answer about them.
pub(super) fn first(changed_at: Timestamp, now: Timestamp) -> Timestamp {
    (changed_at + SOON[0]).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: Timestamp = time::macros::utc_datetime!(2026-11-20 12:00);
    const KEYCLOAK: Lifespans = Lifespans { login: Duration::from_mins(30), mailed_link: Duration::from_hours(12) };

    /// The seconds after the change at which it is looked, where each look is on time.
    fn looks(lifespans: Lifespans) -> Vec<u64> {
        let schedule = Schedule::new(CHANGED, lifespans);
        let mut looks = Vec::new();
        let mut next = Some(first(CHANGED, CHANGED));
        while let Some(at) = next.filter(|_| looks.len() < 20) {
            looks.push((at - CHANGED).unsigned_abs().as_secs());
            next = schedule.next(at);
        }
        looks
    }

    #[test]
    fn it_is_looked_soon_twice_when_each_lifespan_is_over_and_at_doubling_distances_for_a_day() {
        let hours = |count: u64| count * 3600;

        assert_eq!(
            looks(KEYCLOAK),
            [60, 300, 1830, hours(1), hours(2), hours(4), hours(8), 43_230, hours(16), hours(24)]
        );
    }

    #[test]
    fn looks_stand_in_the_order_of_time_and_never_twice() {
        let swapped = Lifespans { login: KEYCLOAK.mailed_link, mailed_link: KEYCLOAK.login };
        let short = Lifespans { login: Duration::from_secs(30), mailed_link: Duration::ZERO };

        assert_eq!(looks(swapped), looks(KEYCLOAK));
        assert_eq!(looks(short)[..4], [60, 300, 3600, 7200]);
        assert_eq!(looks(short).last(), Some(&86_400));
    }

    #[test]
    fn a_look_that_came_late_skips_none_and_does_not_pile_up() {
        let schedule = Schedule::new(CHANGED, KEYCLOAK);
        let after = |minutes| {
            let next = schedule.next(CHANGED + Duration::from_mins(minutes));
            next.map(|next| (next - CHANGED).whole_seconds())
        };

        assert_eq!([after(4), after(20), after(31), after(1000)], [Some(300), Some(1830), Some(3600), Some(86_400)]);
        assert_eq!(after(24 * 60), None);
    }

    #[test]
    fn a_first_look_that_is_past_is_due_now() {
        let late = CHANGED + Duration::from_mins(7);

        assert_eq!(first(CHANGED, CHANGED), CHANGED + Duration::from_mins(1));
        assert_eq!(first(CHANGED, late), late);
    }

    #[test]
    fn a_lifespan_without_end_is_looked_at_after_thirty_days() {
        let endless = Lifespans { login: Duration::MAX, mailed_link: Duration::MAX };

        let looks = looks(endless);
        assert_eq!((looks.len(), looks.last()), (13, Some(&(30 * 24 * 3600 + 30))));
    }
}
