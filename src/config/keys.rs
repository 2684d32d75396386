//! The keys file: read at every start, made at the first one. It lies outside the database and belongs to one user.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::domain::key::{Keyset, KeysetError};

/// Why there is no keyset. Nothing of a key is repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("there is no keys file at {0}; without it no link that was sent can be verified")]
    Missing(String),
    /// It cannot be read or written.
    #[error("cannot open the keys file {0}")]
    Io(String, #[source] std::io::Error),
    /// It holds something else than keys.
    #[error("the keys file {0} cannot be used")]
    Malformed(String, #[source] KeysetError),
    /// Others than its owner can read it.
    #[error("the keys file {0} can be read by others than its owner; `chmod 600` it")]
    Exposed(String),
}

/// Reads the keyset. A file that others can read, or its group can write, is refused: whoever reads it forges every
/// link. Its group may read it, because that is how Kubernetes and package managers hand a service its secrets.
pub fn load(path: &Path) -> Result<Keyset, Error> {
    let name = || path.display().to_string();
    let about = std::fs::metadata(path).map_err(|error| {
        if error.kind() == ErrorKind::NotFound { Error::Missing(name()) } else { Error::Io(name(), error) }
    })?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o037 != 0 {
        return Err(Error::Exposed(name()));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| Error::Io(name(), error))?);
    Keyset::parse(&text).map_err(|error| Error::Malformed(name(), error))
}

/// Makes a first keys file, readable by its owner alone, and reads it back. Never writes over a file.
pub fn generate(path: &Path) -> Result<Keyset, Error> {
    let failed = |error| Error::Io(path.display().to_string(), error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(Keyset::generate().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    load(path)
}

/// Whether the keys lie in the folder of the database, where one backup or one leak takes both.
#[must_use]
pub fn lies_beside(keys_file: &Path, database: &Path) -> bool {
    let folder = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    };
    folder(keys_file).starts_with(folder(database))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_file_belongs_to_its_owner_and_is_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys/regain.keys");

        let made = generate(&path).expect("a keyset");

        let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            made.fingerprints().collect::<Vec<_>>(),
            load(&path).expect("it").fingerprints().collect::<Vec<_>>()
        );
        assert!(matches!(generate(&path), Err(Error::Io(..))));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("regain.keys");
        generate(&path).expect("a keyset");

        for (mode, is_refused) in
            [(0o644, true), (0o660, true), (0o604, true), (0o640, false), (0o440, false), (0o400, false)]
        {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a change of mode");

            assert_eq!(matches!(load(&path), Err(Error::Exposed(_))), is_refused, "{mode:o}");
        }
    }

    #[test]
    fn a_missing_file_is_told_apart() {
        assert!(matches!(load(Path::new("/nowhere/regain.keys")), Err(Error::Missing(_))));
    }

    #[test]
    fn keys_beside_or_below_the_database_are_noticed() {
        assert!(lies_beside(Path::new("data/regain.keys"), Path::new("data/regain.db")));
        assert!(lies_beside(Path::new("data/keys/regain.keys"), Path::new("data/regain.db")));
        assert!(!lies_beside(Path::new("keys/regain.keys"), Path::new("data/regain.db")));
    }
}
