//! The `[limits]` section: the operator's, with the defaults and ceilings of SECURITY.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use crate::domain::problem::Problems;

const MINUTE: Duration = Duration::from_mins(1);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);

/// Where the counts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// In this process.
    #[default]
    Memory,
}

/// `[limits]` as it is written. All are per client, tenant and kind of act: so many at once, and each comes back
/// after its share of the time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the counts are kept; `memory` only.
    pub store: Kept,
    /// Starts in ten minutes.
    pub starts_per_10_min: u32,
    /// Starts in an hour.
    pub starts_per_hour: u32,
    /// Code checks in a minute.
    pub codes_per_min: u32,
    /// Each of: opening a link, posting a password, asking again, cancelling; in ten minutes.
    pub others_per_10_min: u32,
    /// Most clients that are counted at a time.
    pub clients: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store: Kept::Memory,
            starts_per_10_min: 10,
            starts_per_hour: 30,
            codes_per_min: 10,
            others_per_10_min: 30,
            clients: 1_000_000,
        }
    }
}

/// The section with nothing wrong in it.
#[derive(Clone, Debug)]
pub struct Settings(pub(super) Rates);

/// The rates of each kind of act.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub(super) start: Vec<Rate>,
    pub(super) code: Vec<Rate>,
    pub(super) other: Vec<Rate>,
    pub(super) clients: usize,
}

/// So many at once, and one more each time this has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) burst: NonZeroU32,
    pub(super) one_each: Duration,
}

impl Config {
    /// Checks every number against its ceiling; keys are named relative to the section.
    pub fn build(&self, problems: &mut Problems) -> Option<Settings> {
        let mut rate = |key: &str, count: u32, ceiling: u32, within: Duration| {
            let burst = NonZeroU32::new(count).filter(|burst| burst.get() <= ceiling);
            if burst.is_none() {
                problems.error(key, format!("{count} is not between 1 and {ceiling}"));
            }
            burst.map(|burst| Rate { burst, one_each: within / burst.get() })
        };
        let short = rate("starts_per_10_min", self.starts_per_10_min, 100, TEN_MINUTES);
        let long = rate("starts_per_hour", self.starts_per_hour, 300, HOUR);
        let code = rate("codes_per_min", self.codes_per_min, 60, MINUTE);
        let other = rate("others_per_10_min", self.others_per_10_min, 600, TEN_MINUTES);
        let clients = usize::try_from(self.clients).ok().filter(|clients| (1_000..=10_000_000).contains(clients));
        if clients.is_none() {
            problems.error("clients", format!("{} is not between 1000 and 10000000", self.clients));
        }
        let (short, long, code, other, clients) = (short?, long?, code?, other?, clients?);
        Some(Settings(Rates { start: vec![short, long], code: vec![code], other: vec![other], clients }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_over_its_ceiling_is_named_at_once() {
        let mut problems = Problems::new();
        let config = Config {
            starts_per_10_min: 0,
            starts_per_hour: 301,
            codes_per_min: 61,
            others_per_10_min: 601,
            clients: 999,
            ..Config::default()
        };

        let settings = problems.within("limits", |problems| config.build(problems));

        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(settings.is_none());
        assert_eq!(told.len(), 5);
        assert_eq!(told[0], "error: `limits.starts_per_10_min`: 0 is not between 1 and 100");
    }
}
