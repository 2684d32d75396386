//! The keys file: read at start, made at the first one.

use std::path::Path;

use crate::domain::key::{Keyset, KeysetError};

/// Why there is no keyset. Nothing of a key is repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("there is no keys file at {0}")]
    Missing(String),
    /// It cannot be read or written.
    #[error("cannot open the keys file {0}: {1}")]
    Io(String, std::io::Error),
    /// It holds something else than keys.
    #[error("{0}: {1}")]
    Malformed(String, KeysetError),
    /// Others than its owner can read it.
    #[error("the keys file {0} can be read by others than its owner")]
    Exposed(String),
}

/// Reads the keyset.
pub fn load(path: &Path) -> Result<Keyset, Error> {
    Err(Error::Missing(path.display().to_string()))
}

/// Makes a first keys file, readable by its owner alone, and reads it. Never writes over a file.
pub fn generate(path: &Path) -> Result<Keyset, Error> {
    Err(Error::Missing(path.display().to_string()))
}
