//! The keys file: what a start would say of it.

use std::path::Path;

use super::store::Looked;
use crate::app::keyset::{self, Error};
use crate::config::keys;
use crate::domain::finding::Finding;
use crate::domain::key::Keyset;

/// Reads the file, and holds it against the store where that can be read.
pub(super) async fn look(path: &Path, store: &Looked) -> Vec<Finding> {
    let Some(open) = &store.store else { return vec![alone(path, store.is_absent)] };
    match keyset::look(path, open).await {
        Ok(Some(keyset)) => vec![readable(path, &keyset), Finding::good("they fit the store")],
        Ok(None) => vec![to_come(path)],
        Err(error) => vec![refused(&error)],
    }
}

/// Without a store to hold it against.
fn alone(path: &Path, is_new: bool) -> Finding {
    match keys::load(path) {
        Ok(keyset) if is_new => readable(path, &keyset),
        Ok(keyset) => {
            let Finding { what, detail, .. } = readable(path, &keyset);
            let detail = format!("{}; not held against the store", detail.unwrap_or_default());
            Finding::warning(what, detail, "look at the store first")
        }
        Err(keys::Error::Missing(_)) if is_new => to_come(path),
        Err(error) => refused(&Error::File(error)),
    }
}

fn readable(path: &Path, keyset: &Keyset) -> Finding {
    let count = keyset.fingerprints().count();
    let detail = format!("{count} in {}", path.display());
    Finding::good("the keys can be read, by their owner alone").with_detail(detail)
}

fn to_come(path: &Path) -> Finding {
    let remedy = "nothing to do on a new installation: the first `regain serve` makes it";
    Finding::warning("there is a keys file", format!("there is none at {} yet", path.display()), remedy)
}

fn refused(error: &Error) -> Finding {
    let what = "the keys can be used";
    let told = format!("{error}");
    match error {
        Error::Store(_) => Finding::unreachable(what, told, "look at the store first"),
        Error::File(keys::Error::Missing(file)) => Finding::bad(
            what,
            format!("there is no keys file at {file}"),
            "look at `secrets.keys_file`; whether one is to be made shows when the store can be read",
        ),
        Error::File(file) => {
            let cause = std::error::Error::source(file).map_or_else(String::new, |cause| format!(": {cause}"));
            let told = format!("{told}{cause}");
            match told.rsplit_once("; ") {
                Some((detail, remedy)) => Finding::bad(what, detail, remedy),
                None => Finding::bad(what, told, "look at `secrets.keys_file`, and at its lines `<id> <base64>`"),
            }
        }
        Error::Lost(_) | Error::NotMade(_) | Error::Foreign(_) | Error::Strange(_) => {
            let (detail, remedy) = told.split_once("\n  help: ").unwrap_or((&told, "look at `secrets.keys_file`"));
            Finding::bad(what, detail, remedy)
        }
    }
}
