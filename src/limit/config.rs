//! The `[limits]` section: the operator's, with the defaults and ceilings of SECURITY, and a tenant's, which is
//! stricter or nothing.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::Limited;
use super::address::{self, Kept};
use super::rate::Rate;
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;

/// A limit that the operator sets: its key in `[limits]`, what holds without it, and what it may be at most.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// Its key in `[limits]`.
    pub key: &'static str,
    /// Without the key.
    pub default: u32,
    /// The most.
    pub ceiling: u32,
    within: Duration,
}

/// Starts at a time.
pub const STARTS: Bound =
    Bound { key: "starts_per_10_min", default: 10, ceiling: 100, within: Duration::from_mins(10) };
/// Starts for good.
pub const STARTS_FOR_GOOD: Bound =
    Bound { key: "starts_per_hour", default: 30, ceiling: 300, within: Duration::from_hours(1) };
/// Code checks.
pub const CODES: Bound = Bound { key: "codes_per_min", default: 10, ceiling: 60, within: Duration::from_mins(1) };
/// Everything else that a person does.
pub const OTHERS: Bound =
    Bound { key: "others_per_10_min", default: 30, ceiling: 600, within: Duration::from_mins(10) };
/// Calls of one backend.
pub const BACKEND_CALLS: Bound =
    Bound { key: "backend_calls_per_min", default: 600, ceiling: 6_000, within: Duration::from_mins(1) };
/// Text messages of all tenants, in a day. They are counted in the store; here is the number alone.
pub const TEXTS: Bound =
    Bound { key: "sms_per_day", default: 5_000, ceiling: 10_000_000, within: Duration::from_hours(24) };
/// Clients that are remembered by default.
pub const CLIENTS: u32 = 1_000_000;
/// Fewest and most clients that are remembered.
pub const CLIENTS_BETWEEN: std::ops::RangeInclusive<u32> = 1_000..=10_000_000;

impl Bound {
    fn rate(self, count: u32, problems: &mut Problems) -> Option<Rate> {
        let burst = NonZeroU32::new(count).filter(|burst| burst.get() <= self.ceiling);
        if burst.is_none() {
            problems.error(self.key, format!("{count} is not between 1 and {}", self.ceiling));
        }
        burst.map(|burst| Rate::new(burst, self.within))
    }
}

/// `[limits]` as it is written. All are per client, tenant and kind of act: so many at once, and each comes back
/// after its share of the time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the counts are kept: `memory`, or the address of a Redis; secret, because that may hold a password.
    pub store: Secret,
    /// Lets a Redis be spoken to over a network without TLS.
    pub insecure: bool,
    /// Starts in ten minutes.
    pub starts_per_10_min: u32,
    /// Starts in an hour.
    pub starts_per_hour: u32,
    /// Code checks in a minute.
    pub codes_per_min: u32,
    /// Each of: opening a link, posting a password, asking again, cancelling; in ten minutes.
    pub others_per_10_min: u32,
    /// Calls of each backend of a tenant in a minute.
    pub backend_calls_per_min: u32,
    /// Most text messages of all tenants in a day.
    pub sms_per_day: u32,
    /// Most clients that are counted in memory at a time.
    pub clients: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store: Secret::new(address::MEMORY),
            insecure: false,
            starts_per_10_min: STARTS.default,
            starts_per_hour: STARTS_FOR_GOOD.default,
            codes_per_min: CODES.default,
            others_per_10_min: OTHERS.default,
            backend_calls_per_min: BACKEND_CALLS.default,
            sms_per_day: TEXTS.default,
            clients: CLIENTS,
        }
    }
}

/// The section with nothing wrong in it.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) rates: Rates,
    pub(super) clients: usize,
    texts_per_day: u32,
    pub(super) kept: Kept,
}

impl Settings {
    /// Most text messages of all tenants in a day.
    #[must_use]
    pub fn texts_per_day(&self) -> u32 {
        self.texts_per_day
    }

    /// Whether several processes count together.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.kept, Kept::Shared(_))
    }
}

/// The operator's rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    start: Rate,
    start_for_good: Rate,
    code: Rate,
    other: Rate,
    backend: Rate,
}

/// The rates of one kind of act: mostly one.
pub(super) type OfAct = (Rate, Option<Rate>);

impl Rates {
    /// What holds for this act at a tenant: the stricter of the operator's and the tenant's own.
    pub(super) fn of(&self, what: Limited, own: &Own) -> OfAct {
        let stricter = |rate: Rate, own: Option<Rate>| own.filter(|own| own.burst < rate.burst).unwrap_or(rate);
        match what {
            Limited::Start => {
                let for_good = stricter(self.start_for_good, own.start_for_good);
                (stricter(self.start, own.start), Some(for_good))
            }
            Limited::Code => (stricter(self.code, own.code), None),
            Limited::Resend | Limited::Link | Limited::Password | Limited::Cancel => {
                (stricter(self.other, own.other), None)
            }
            Limited::Backend => (self.backend, None),
        }
    }
}

impl Config {
    /// Checks every number against its ceiling; keys are named relative to the section.
    pub fn build(&self, problems: &mut Problems) -> Option<Settings> {
        let start = STARTS.rate(self.starts_per_10_min, problems);
        let start_for_good = STARTS_FOR_GOOD.rate(self.starts_per_hour, problems);
        let code = CODES.rate(self.codes_per_min, problems);
        let other = OTHERS.rate(self.others_per_10_min, problems);
        let backend = BACKEND_CALLS.rate(self.backend_calls_per_min, problems);
        let clients = usize::try_from(self.clients).ok().filter(|_| CLIENTS_BETWEEN.contains(&self.clients));
        if clients.is_none() {
            let (least, most) = (CLIENTS_BETWEEN.start(), CLIENTS_BETWEEN.end());
            problems.error("clients", format!("{} is not between {least} and {most}", self.clients));
        }
        let texts = TEXTS.rate(self.sms_per_day, problems).map(|rate| rate.burst.get());
        let kept = address::read(&self.store, self.insecure, problems);
        let rates =
            Rates { start: start?, start_for_good: start_for_good?, code: code?, other: other?, backend: backend? };
        Some(Settings { rates, clients: clients?, texts_per_day: texts?, kept: kept? })
    }
}

/// `[limits]` of a tenant as it is written: what is left out is the operator's.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnConfig {
    starts_per_10_min: Option<u32>,
    starts_per_hour: Option<u32>,
    codes_per_min: Option<u32>,
    others_per_10_min: Option<u32>,
}

/// A tenant's own rates, none of them looser than the operator's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own {
    start: Option<Rate>,
    start_for_good: Option<Rate>,
    code: Option<Rate>,
    other: Option<Rate>,
}

impl OwnConfig {
    /// Holds every number against the operator's; keys are named relative to the section.
    #[must_use]
    pub fn build(&self, operator: &Settings, problems: &mut Problems) -> Own {
        let mut own = |bound: Bound, count: Option<u32>, operator: Rate| {
            let (count, most) = (count?, operator.burst.get());
            let burst = NonZeroU32::new(count).filter(|burst| burst.get() <= most);
            match (burst, count) {
                (Some(burst), _) => return Some(Rate::new(burst, bound.within)),
                (None, 0) => problems.error(bound.key, format!("0 is not between 1 and {most}")),
                (None, _) => problems
                    .error(bound.key, format!("{count} is looser than the operator's {most}"))
                    .help(format!("write {most} or less, or leave it out; `[limits]` of regain.toml holds for all")),
            };
            None
        };
        let Rates { start, start_for_good, code, other, .. } = operator.rates;
        Own {
            start: own(STARTS, self.starts_per_10_min, start),
            start_for_good: own(STARTS_FOR_GOOD, self.starts_per_hour, start_for_good),
            code: own(CODES, self.codes_per_min, code),
            other: own(OTHERS, self.others_per_10_min, other),
        }
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
            backend_calls_per_min: 6_001,
            sms_per_day: 10_000_001,
            clients: 999,
            ..Config::default()
        };

        let settings = problems.within("limits", |problems| config.build(problems));

        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(settings.is_none());
        assert_eq!(told.len(), 7);
        assert_eq!(told[0], "error: `limits.starts_per_10_min`: 0 is not between 1 and 100");
    }
}
