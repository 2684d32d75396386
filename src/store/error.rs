//! What can go wrong with the store. A database's own words are kept as a source for the log; they hold statements'
//! and columns' names and never a bound value.

use std::fmt;
use std::path::PathBuf;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The row has moved on since it was loaded: load, decide and save again.
    #[error("the row was changed by another")]
    Conflict,
    /// Such a row is there already.
    #[error("such a row is there already")]
    Exists,
    /// The database does not answer, or failed. Whether a write happened is not known.
    #[error("the database failed: {0}")]
    Unavailable(Cause),
    /// There is no database: the store was made for an offline check, or is closed.
    #[error("the store is not open")]
    Closed,
    /// A row holds what this binary cannot read.
    #[error("column {column} holds what this version cannot read")]
    Unreadable {
        /// Where.
        column: &'static str,
    },
}

impl Error {
    /// Whether the same call may succeed later, after loading again where it is [`Error::Conflict`].
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict | Self::Unavailable(_) => true,
            Self::Exists | Self::Closed | Self::Unreadable { .. } => false,
        }
    }
}

/// The database's own words, for the log. Prints the message alone: PostgreSQL's details would repeat values.
pub struct Cause(DbErr);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Cause {
    /// Whether SQLite could not write beside its file (`SQLITE_READONLY`, `SQLITE_CANTOPEN`; the low byte of the
    /// extended code is the class).
    pub(super) fn is_read_only(&self) -> bool {
        let code = sql_state(&self.0).and_then(|code| code.parse::<u32>().ok());
        code.is_some_and(|code| matches!(code & 0xff, 8 | 14))
    }

    /// Whether nobody came to it in time: another program holds SQLite's file (`SQLITE_BUSY`, `SQLITE_LOCKED`), or the
    /// machine is slow.
    pub(super) fn is_late(&self) -> bool {
        let is_late = matches!(&self.0, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
            || matches!(&self.0, DbErr::Conn(RuntimeErr::SqlxError(error)) if matches!(**error, sqlx::Error::PoolTimedOut));
        let code = sql_state(&self.0).and_then(|code| code.parse::<u32>().ok());
        is_late || code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
    }

    /// Whether SQLite refused the values of a statement (`SQLITE_CONSTRAINT`), rather than fail.
    pub(super) fn is_refusal(&self) -> bool {
        let code = sql_state(&self.0).and_then(|code| code.parse::<u32>().ok());
        code.is_some_and(|code| code & 0xff == 19)
    }
}

impl From<Cause> for DbErr {
    fn from(cause: Cause) -> Self {
        cause.0
    }
}

impl From<DbErr> for Cause {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl From<DbErr> for Error {
    /// Serialisation failures and deadlocks are told as [`Error::Conflict`]: nothing was written, and loading again
    /// is the remedy.
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) {
            return Self::Exists;
        }
        match sql_state(&error).as_deref() {
            Some("40001" | "40P01") => Self::Conflict,
            Some(_) | None => Self::Unavailable(Cause(error)),
        }
    }
}

/// The database's own code of an error: PostgreSQL's SQLSTATE, SQLite's extended result code.
pub(super) fn sql_state(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(RuntimeErr::SqlxError(source))
    | DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source))) = error
    else {
        return None;
    };
    Some(source.as_database_error()?.code()?.into_owned())
}

/// Why the store could not be opened. Each names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the database file cannot be made or written to.
    #[error("cannot write to the folder {path} of the database file: {source}; make it writable or change `store.url`", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The database file cannot be opened for writing.
    #[error("cannot write to the database file {path}: {source}; make it writable or change `store.url`", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The path of the database file is a folder.
    #[error("{path} is a folder; `store.url` must name a file in it", path = path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// There is no such file, and it was to be looked at only.
    #[error("there is no database file at {path}", path = path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error("{path} is not a readable SQLite database: {cause}; restore it from a backup or move it away", path = path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// The database's reason.
        cause: Cause,
    },
    /// The file does not open in time. It may well be whole.
    #[error("{path} does not open in time: {cause}; see whether another program holds it, and try again", path = path.display())]
    Late {
        /// The file.
        path: PathBuf,
        /// The database's reason.
        cause: Cause,
    },
    /// The database server does not let us in.
    #[error("cannot connect to the database: {0}; check `store.url` and that the server is running")]
    Connect(Cause),
    /// A newer binary has changed the schema.
    #[error("the database was changed by a newer regain (step {migration}); run that version, or restore a backup")]
    Newer {
        /// The step that this binary does not know.
        migration: String,
    },
    /// Steps are missing, and this process is not to make them.
    #[error("the database lacks {} of this version's steps, first {}; run `regain migrate`, or set `store.migrate_on_start`", .0.len(), .0.first().map_or("", String::as_str))]
    Pending(Vec<String>),
    /// A step failed; nothing of this run was kept.
    #[error("cannot bring the database to this version's schema: {0}")]
    Migrate(Cause),
}
