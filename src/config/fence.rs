//! Files and variables that a tenant's own file may name: below the folders that `[tenants] files` allows it, and
//! variables that begin with its own prefix. Symbolic links are followed before it is decided.

use std::path::{Path, PathBuf};

use super::environment;
use crate::domain::id::TenantId;

/// Most bytes of a file that holds one secret.
const MOST_BYTES: u64 = 64 * 1024;

/// What a tenant may reach.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    id: TenantId,
    folders: Vec<PathBuf>,
}

impl Fence {
    /// `folders` as the operator wrote them, `{id}` put in and resolved against the configuration's folder.
    pub(super) fn new(id: &TenantId, folders: &[PathBuf]) -> Self {
        let named = |folder: &PathBuf| PathBuf::from(folder.to_string_lossy().replace("{id}", id.as_str()));
        Self { id: id.clone(), folders: folders.iter().map(named).collect() }
    }

    /// Lets a file pass that lies below an allowed folder; else says why not.
    pub(super) fn admit(&self, path: &Path) -> Result<(), String> {
        let real = path.canonicalize().map_err(|_| format!("there is no {}", path.display()))?;
        let allowed = self.folders.iter().filter_map(|folder| folder.canonicalize().ok());
        if allowed.into_iter().any(|folder| real.starts_with(folder)) {
            return Ok(());
        }
        let folders: Vec<String> = self.folders.iter().map(|folder| folder.display().to_string()).collect();
        Err(format!("lies outside the folders that a tenant's file may use: {}", folders.join(", ")))
    }

    /// Lets a variable pass that is the tenant's; else says why not.
    pub(super) fn admit_variable(&self, name: &str) -> Result<(), String> {
        let prefix = environment::prefix(&self.id);
        if name.starts_with(&prefix) {
            return Ok(());
        }
        Err(format!("a tenant's file may name only variables that begin with {prefix}"))
    }
}

/// Reads a secret from a file; one line break at its end does not belong to it.
pub(super) fn read_secret(path: &Path) -> Result<String, String> {
    let about = std::fs::metadata(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if !about.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    if about.len() > MOST_BYTES {
        return Err(format!("{} is larger than any secret", path.display()));
    }
    let mut text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(format!("{} is empty", path.display()));
    }
    Ok(text)
}
