//! The keyset at start: read, held against what the store has seen; made only where nothing could hang on another one.

use std::path::Path;

use crate::config::keys;
use crate::domain::key::Keyset;
use crate::store::rows::Keys;
use crate::store::{self, Kind, Store};

/// Why the program does not start with these keys.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is missing or wrong.
    #[error(transparent)]
    File(#[from] keys::Error),
    /// The file is missing where one must have been.
    #[error(
        "there is no keys file at {0}, and the store is not a new one\n  help: bring the file back; live recoveries \
         hang on it. If it is lost, only live recoveries are: write a new file with a line `<id> <key>`, the key from \
         `head -c 32 /dev/urandom | base64` and an id never used before, and a line `lost <id>` for each lost key"
    )]
    Lost(String),
    /// The file is missing and several processes would each make their own.
    #[error(
        "there is no keys file at {0}\n  help: with PostgreSQL all replicas need the same file: write one line, an id \
         from 1 to 255 and the output of `head -c 32 /dev/urandom | base64`, and bring it to every replica"
    )]
    NotMade(String),
    /// Under this id the store has seen another key.
    #[error(
        "the keys file holds another key under the id {0} than the store has seen\n  help: is it the file of another \
         installation? Ids are never used again: give a new key a new id"
    )]
    Foreign(u8),
    /// None of the keys is one that the store has seen.
    #[error(
        "the keys file holds none of the keys that the store has seen ({0})\n  help: it is the file of another \
         installation; bring the right one back. If it is lost, add a line `lost <id>` for each of those ids: live \
         recoveries that hang on them are dead"
    )]
    Strange(String),
    /// The store does not answer.
    #[error("the store does not answer")]
    Store(#[from] store::Error),
}

/// Reads the keyset at `path` and holds it against the store, which remembers it.
pub(super) async fn load(path: &Path, store: &Store) -> Result<Keyset, Error> {
    let keyset = if let Some(keyset) = read(path, store).await? {
        keyset
    } else {
        tracing::info!(keys.file = %path.display(), "made a keys file: keep it, and keep it apart");
        keys::generate(path)?
    };
    let fingerprints: Vec<(u8, [u8; 32])> = keyset.fingerprints().collect();
    judge(&store.check_keys(&fingerprints, keyset.lost()).await?)?;
    Ok(keyset)
}

/// Does the same and changes nothing: says what a start would say. `None` where a start would make the file.
pub(crate) async fn look(path: &Path, store: &Store) -> Result<Option<Keyset>, Error> {
    let Some(keyset) = read(path, store).await? else { return Ok(None) };
    let fingerprints: Vec<(u8, [u8; 32])> = keyset.fingerprints().collect();
    judge(&store.compare_keys(&fingerprints, keyset.lost()).await?)?;
    Ok(Some(keyset))
}

/// Reads the file; `None` where it may be made.
async fn read(path: &Path, store: &Store) -> Result<Option<Keyset>, Error> {
    match keys::load(path) {
        Err(keys::Error::Missing(file)) => match (store.kind(), store.is_empty().await?) {
            (Kind::Sqlite, true) => Ok(None),
            (Kind::Postgres, true) => Err(Error::NotMade(file)),
            (Kind::Sqlite | Kind::Postgres, false) => Err(Error::Lost(file)),
        },
        read => Ok(Some(read?)),
    }
}

fn judge(found: &Keys) -> Result<(), Error> {
    match found {
        Keys::First | Keys::Known => Ok(()),
        Keys::Mismatch { id } => Err(Error::Foreign(*id)),
        Keys::Missing { ids } => {
            let ids: Vec<String> = ids.iter().map(u8::to_string).collect();
            Err(Error::Strange(ids.join(", ")))
        }
    }
}
