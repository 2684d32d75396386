//! The `[limits]` section: the operator's, with the defaults and ceilings of SECURITY.

use serde::Deserialize;

use crate::domain::problem::Problems;

/// Where the counts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// In this process.
    #[default]
    Memory,
}

/// `[limits]` as it is written. All are per client and tenant.
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
pub struct Settings(pub(super) Config);

impl Config {
    /// Checks every number against its ceiling; keys are named relative to the section.
    pub fn build(&self, problems: &mut Problems) -> Option<Settings> {
        let rows = [
            ("starts_per_10_min", self.starts_per_10_min, 1, 100),
            ("starts_per_hour", self.starts_per_hour, 1, 300),
            ("codes_per_min", self.codes_per_min, 1, 60),
            ("others_per_10_min", self.others_per_10_min, 5, 600),
            ("clients", self.clients, 1_000, 10_000_000),
        ];
        let mut sound = true;
        for (key, value, least, most) in rows {
            if !(least..=most).contains(&value) {
                problems.error(key, format!("{value} is not between {least} and {most}"));
                sound = false;
            }
        }
        sound.then(|| Settings(self.clone()))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self(Config::default())
    }
}
