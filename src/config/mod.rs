//! What the operator wrote: layers merged by figment, secrets read before anything is deserialised, every problem told
//! at once with file, line, key and remedy, and for every value where it came from.
//!
//! Layers, the later wins: built in (`config/regain.toml`) < `regain.toml` < its `[defaults]` for tenants < the
//! tenant's file < environment. Loading reads files and nothing else; it never touches the network or the store.

pub mod ceilings;
mod environment;
mod extract;
mod fence;
pub mod keys;
mod layer;
mod load;
mod merged;
mod operator;
mod own_listeners;
mod paths;
mod secrets;
mod show;
mod tenants;
mod tree;

use std::path::PathBuf;

pub use environment::current as environment;
pub use load::load;
pub use show::Line;
pub use tenants::Tenants;

use crate::domain::problem::Problems;
use crate::{audit, limit, server, store, telemetry};

/// From where configuration is read.
#[derive(Clone)]
pub struct Inputs {
    /// The folder with `regain.toml` in it.
    pub dir: PathBuf,
    /// The environment, as names and values; [`environment`] gives the process's own.
    pub env: Vec<(String, String)>,
}

impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// Everything that `regain.toml` says, and the tenants' files.
#[derive(Debug)]
pub struct Config {
    /// The folder that it was read from.
    pub dir: PathBuf,
    /// `[server]`.
    pub server: server::Settings,
    /// `[management]`.
    pub management: server::Settings,
    /// `[store]`.
    pub store: store::Settings,
    /// Where the keyset lies; see [`keys`].
    pub keys_file: PathBuf,
    /// `[limits]`.
    pub limits: limit::Settings,
    /// `[audit]`.
    pub audit: audit::Config,
    /// `[log]`.
    pub log: telemetry::Settings,
    /// `[telemetry]`.
    pub telemetry: telemetry::Telemetry,
    /// The tenants' files as read, to be built.
    pub tenants: Tenants,
}

/// What was read, and everything that is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    config: Option<Config>,
    /// The tenants where `regain.toml` is mistaken, so that `check` can tell of them as well.
    orphans: Option<Tenants>,
    problems: Problems,
    lines: Vec<Line>,
}

impl Loaded {
    /// What to start with and the warnings; all problems of `regain.toml` where there is an error among them. Mistakes
    /// of single tenants are found by [`Tenants::build`].
    pub fn start(self) -> Result<(Config, Problems), Problems> {
        match self.config {
            Some(config) => Ok((config, self.problems)),
            None => Err(self.problems),
        }
    }

    /// The problems of `regain.toml`, and the tenants in any case: what `check` builds, offline.
    #[must_use]
    pub fn into_parts(self) -> (Problems, Option<Tenants>) {
        let tenants = self.config.map(|config| config.tenants).or(self.orphans);
        (self.problems, tenants)
    }

    /// Everything there is: the configuration where `regain.toml` can be used, its tenants alone where it cannot, and
    /// the problems of `regain.toml`.
    pub fn take_apart(self) -> (Result<Config, Option<Tenants>>, Problems) {
        (self.config.ok_or(self.orphans), self.problems)
    }

    /// The tenants' files, where they could be read.
    #[must_use]
    pub fn tenants(&self) -> Option<&Tenants> {
        self.config.as_ref().map(|config| &config.tenants).or(self.orphans.as_ref())
    }

    /// Every key with its value and where that came from; secrets are `***`.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}
