//! What the operator wrote: layers merged by figment, secrets read before anything is deserialised, every problem told
//! at once with file, line, key and remedy, and for every value where it came from.
//!
//! Layers, the later wins: built in (`config/regain.toml`) < `regain.toml` < its `[defaults]` for tenants < the
//! tenant's file < environment. Loading reads files and nothing else; it never touches the network or the store.

pub mod keys;

use std::path::PathBuf;

use crate::domain::problem::Problems;
use crate::tenant::{Registry, Wiring};

/// From where configuration is read.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The folder with `regain.toml` in it.
    pub dir: PathBuf,
    /// The environment, as names and values.
    pub env: Vec<(String, String)>,
}

/// Everything that `regain.toml` says, and the tenants' files.
#[derive(Debug)]
pub struct Config {
    /// The folder that it was read from.
    pub dir: PathBuf,
    /// Where the keyset lies, resolved against `dir`.
    pub keys_file: PathBuf,
    /// The tenants' files as read.
    pub tenants: Tenants,
}

/// The tenants' files as read; those that are mistaken included.
#[derive(Debug)]
pub struct Tenants {}

impl Tenants {
    /// Builds every tenant, offline. Mistaken ones are in the registry as broken.
    #[must_use]
    pub fn build(self, _wiring: &Wiring) -> (Registry, Problems) {
        (Registry::default(), Problems::new())
    }
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {}

/// Reads everything.
#[must_use]
pub fn load(_inputs: &Inputs) -> Loaded {
    Loaded {}
}

impl Loaded {
    /// What to start with, and the warnings and mistakes of single tenants; all problems where `regain.toml` itself is
    /// mistaken.
    pub fn start(self) -> Result<(Config, Problems), Problems> {
        Err(Problems::new())
    }
}
