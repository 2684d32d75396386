//! Logs: text for people, JSON lines for machines, to stderr.
//!
//! No secret reaches a log (invariant 8). Our own lines are written so; of other crates only warnings pass, at
//! every level: their traces print addresses of links, mails and statements.

use std::io::IsTerminal as _;

use serde::Deserialize;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::domain::problem::Problems;

/// `[log]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `auto` (text on a terminal, else JSON), `text` or `json`.
    pub format: Format,
    /// A level (`info`), or a filter such as `info,regain::proxy=debug`.
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

/// How to log, known to be right.
#[derive(Clone, Debug)]
pub struct Settings {
    format: Format,
    level: String,
}

impl Config {
    /// Checks `[log]`; keys are relative to it.
    pub fn build(self, problems: &mut Problems) -> Option<Settings> {
        if EnvFilter::builder().with_regex(false).parse(&self.level).is_err() {
            problems
                .error("level", "not a level")
                .help("write error, warn, info, debug or trace, or a filter such as `info,regain::proxy=debug`");
            return None;
        }
        Some(Settings { format: self.format, level: self.level })
    }
}

/// Begins to log, panics included. A second call in a process changes nothing.
pub fn start(settings: &Settings) {
    let filter = EnvFilter::builder().with_regex(false).parse_lossy(&settings.level);
    let is_terminal = std::io::stderr().is_terminal();
    let as_text = match settings.format {
        Format::Auto => is_terminal,
        Format::Text => true,
        Format::Json => false,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if as_text {
        // the layer itself looks at NO_COLOR
        let lines = if is_terminal { lines } else { lines.with_ansi(false) };
        lines.with_filter(own_words()).boxed()
    } else {
        let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
        lines.with_filter(own_words()).boxed()
    };
    if tracing_subscriber::registry().with(filter).with(lines).try_init().is_ok() {
        log_panics();
    }
}

fn own_words() -> FilterFn {
    filter_fn(|metadata| is_ours(metadata) || *metadata.level() <= Level::WARN)
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"))
}

/// A panic's message may quote what somebody sent, so only its place is told.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location();
        let (file, line) = (place.map(std::panic::Location::file), place.map(std::panic::Location::line));
        tracing::error!(file, line, "a panic was caught");
    }));
}
