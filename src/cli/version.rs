//! `regain version`.

use clap::Args;

use super::say;

/// Prints the version
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  regain version\n  regain version --json")]
pub(super) struct Version {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Version {
    pub(super) fn run(&self) {
        let version = env!("CARGO_PKG_VERSION");
        if self.json {
            say(&serde_json::json!({ "name": "regain", "version": version }).to_string());
        } else {
            say(&format!("regain {version}"));
        }
    }
}
