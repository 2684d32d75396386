//! The database: opened to be read only, so that nothing is made, migrated or held up.

use std::fs::OpenOptions;

use crate::domain::finding::Finding;
use crate::store::{OpenError, Settings, Store};

/// What there is, and what was found.
pub(super) struct Looked {
    /// The store, to be read; none where it cannot be, or where its schema is not this version's.
    pub(super) store: Option<Store>,
    /// Whether there is no SQLite file yet.
    pub(super) is_absent: bool,
    pub(super) findings: Vec<Finding>,
}

/// Opens it, holds its schema against this version's, and asks for a sign of life.
pub(super) async fn look(settings: &Settings) -> Looked {
    let (store, pending) = match Store::open_to_look(settings).await {
        Ok(opened) => opened,
        Err(error) => {
            let is_absent = matches!(error, OpenError::Absent { .. });
            return Looked { store: None, is_absent, findings: vec![not_opened(&error)] };
        }
    };
    let mut findings = vec![Finding::good("the database can be opened")];
    findings.extend(not_writable(settings));
    if pending.is_empty() {
        findings.push(Finding::good("its schema is this version's"));
    } else {
        findings.push(behind(&pending, settings.migrates_at_start()));
    }
    findings.push(match store.ping().await {
        Ok(()) => Finding::good("it answers"),
        Err(error) => Finding::unreachable("it answers", error.to_string(), "look at the database's log"),
    });
    if !pending.is_empty() {
        store.close().await;
        return Looked { store: None, is_absent: false, findings };
    }
    Looked { store: Some(store), is_absent: false, findings }
}

fn not_opened(error: &OpenError) -> Finding {
    let what = "the database can be opened";
    let told = error.to_string();
    // Each of these errors ends with what to do about it.
    let (detail, remedy) = told.rsplit_once("; ").unwrap_or((&told, "look at `store.url`"));
    match error {
        OpenError::Connect(_) | OpenError::Late { .. } => Finding::unreachable(what, detail, remedy),
        OpenError::Absent { .. } => Finding::warning(
            "there is a database",
            detail,
            "nothing to do on a new installation: the first `regain serve` makes it; if there was one, `store.url` names \
             another file",
        ),
        OpenError::Folder { .. }
        | OpenError::File { .. }
        | OpenError::IsFolder { .. }
        | OpenError::NotADatabase { .. }
        | OpenError::Newer { .. }
        | OpenError::Pending(_)
        | OpenError::Migrate(_) => Finding::bad(what, detail, remedy),
    }
}

fn behind(pending: &[String], migrates_at_start: bool) -> Finding {
    let what = "its schema is this version's";
    let first = pending.first().map_or("", String::as_str);
    let detail = match pending.len() {
        1 => format!("one step is to come, {first}"),
        many => format!("{many} steps are to come, first {first}"),
    };
    if migrates_at_start {
        Finding::warning(what, detail, "the next `regain serve` makes them; `regain migrate` does so now")
    } else {
        Finding::bad(what, detail, "run `regain migrate`")
    }
}

/// Opens the SQLite file as a writer would, and writes nothing.
fn not_writable(settings: &Settings) -> Option<Finding> {
    let path = settings.file()?;
    let refused = OpenOptions::new().append(true).open(path).err()?;
    Some(Finding::bad(
        "this user may write to it",
        format!("cannot write to {}: {refused}", path.display()),
        "run doctor as the user that serves, or make the file that user's",
    ))
}
