//! Opening: the file's folder or the server, the schema's steps, and a clear word where something is in the way.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use migrations::{Migrator, MigratorTrait, SchemaManager};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio_util::task::TaskTracker;

use super::checkpoint;
use super::config::Place as Configured;
use super::sql::{self, Sql};
use super::writer::Writer;
use super::{Cause, Error, Kind, OpenError, Place, Settings, Store};

/// Connections that read a SQLite file beside the one that writes.
const READERS: u32 = 4;
/// Connections that look on and never write.
const LOOKERS: u32 = 2;
/// How long SQLite waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// How long connecting, and waiting for a free connection, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long PostgreSQL works on one statement.
const STATEMENT: Duration = Duration::from_secs(10);
/// Texts of prepared statements that a SQLite connection keeps: one for each size of a group, and the others.
const STATEMENTS: usize = 256;
/// The number under which replicas that migrate at the same time wait for one another.
const MIGRATION_LOCK: i64 = 0x7265_6761_696e;

impl Store {
    /// Opens the store and brings its schema up to date where it may. The task that writes to SQLite runs in
    /// `tracker` until [`Store::close`].
    pub async fn open(settings: &Settings, tracker: &TaskTracker) -> Result<Self, OpenError> {
        let connection = connect(settings).await?;
        match &settings.0 {
            Configured::Sqlite { path } => {
                bring_up(&connection).await.map_err(|error| of_file(error, path))?;
                let readers = sqlite(path, READERS).await?;
                Ok(Self::at(Place::Sqlite { writer: Writer::start(connection, readers.clone(), tracker), readers }))
            }
            Configured::Postgres { migrate_on_start, .. } => {
                if *migrate_on_start {
                    bring_up(&connection).await?;
                } else {
                    refuse_pending(&connection).await?;
                }
                Ok(Self::at(Place::Postgres(connection)))
            }
        }
    }

    /// Opens the store to look at it and nothing else, and gives the steps that it lacks: none is made, no file is
    /// created, every write answers [`Error::Closed`]. A program that serves from the same file does not notice.
    pub async fn open_to_look(settings: &Settings) -> Result<(Self, Vec<String>), OpenError> {
        let (readers, kind) = match &settings.0 {
            Configured::Sqlite { path } if path.is_dir() => return Err(OpenError::IsFolder { path: path.clone() }),
            Configured::Sqlite { path } if !path.exists() => return Err(OpenError::Absent { path: path.clone() }),
            Configured::Sqlite { path } => (read_only(path).await?, Kind::Sqlite),
            Configured::Postgres { url, .. } => (postgres(url.expose(), LOOKERS, "on").await?, Kind::Postgres),
        };
        let pending = pending(SchemaManager::new(&readers)).await;
        let pending = pending.map_err(|error| match &settings.0 {
            Configured::Sqlite { path } => of_file(error, path),
            Configured::Postgres { .. } => error,
        })?;
        Ok((Self::at(Place::Look { readers, kind }), pending))
    }

    /// Brings the schema up to date and says which steps that took.
    pub async fn migrate(settings: &Settings) -> Result<Vec<String>, OpenError> {
        let connection = connect(settings).await?;
        let made = bring_up(&connection).await;
        super::report_close(connection.close().await);
        made
    }

    /// All steps of this version in order, each with whether it has been made. Changes nothing but that an absent
    /// SQLite file is created.
    pub async fn migrations(settings: &Settings) -> Result<Vec<(String, bool)>, OpenError> {
        let connection = connect(settings).await?;
        let made = applied(SchemaManager::new(&connection)).await;
        super::report_close(connection.close().await);
        let made = made?;
        Ok(steps().into_iter().map(|step| (step.clone(), made.contains(&step))).collect())
    }
}

async fn connect(settings: &Settings) -> Result<DatabaseConnection, OpenError> {
    match &settings.0 {
        Configured::Sqlite { path } => {
            prepare_file(path)?;
            sqlite(path, 1).await
        }
        Configured::Postgres { url, max_connections, .. } => postgres(url.expose(), *max_connections, "off").await,
    }
}

/// Makes the folder and the file, for nobody but us, and finds out early what is in the way.
fn prepare_file(path: &Path) -> Result<(), OpenError> {
    if path.is_dir() {
        return Err(OpenError::IsFolder { path: path.to_owned() });
    }
    let folder = folder_of(path);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| OpenError::Folder { path: folder.to_owned(), source })?;
    let existed = path.exists();
    match OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(source) if existed => Err(OpenError::File { path: path.to_owned(), source }),
        Err(source) => Err(OpenError::Folder { path: folder.to_owned(), source }),
    }
}

async fn sqlite(path: &Path, connections: u32) -> Result<DatabaseConnection, OpenError> {
    let mut options = quiet("sqlite::memory:");
    let file = path.to_owned();
    options.max_connections(connections).min_connections(1).test_before_acquire(false);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .filename(&file)
            .in_memory(false)
            .shared_cache(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(STATEMENTS)
            .pragma("wal_autocheckpoint", checkpoint::AT_MOST)
    });
    Database::connect(options).await.map_err(|error| not_readable(error.into(), path))
}

/// A file that is read and never written. The journal's mode is left as it is: to set it would be to write.
async fn read_only(path: &Path) -> Result<DatabaseConnection, OpenError> {
    let mut options = quiet("sqlite::memory:");
    let file = path.to_owned();
    options.max_connections(LOOKERS).min_connections(1).test_before_acquire(false);
    options.map_sqlx_sqlite_opts(move |options| {
        options.filename(&file).in_memory(false).shared_cache(false).read_only(true).busy_timeout(BUSY)
    });
    Database::connect(options).await.map_err(|error| not_readable(error.into(), path))
}

/// `read_only` is PostgreSQL's word, `on` or `off`.
async fn postgres(url: &str, connections: u32, read_only: &'static str) -> Result<DatabaseConnection, OpenError> {
    let mut options = quiet(url);
    options.max_connections(connections).min_connections(1).statement_timeout(STATEMENT);
    options.set_application_name("regain");
    options.map_sqlx_postgres_opts(move |options| {
        options.options([
            ("default_transaction_isolation", "read committed"),
            ("default_transaction_read_only", read_only),
        ])
    });
    Database::connect(options).await.map_err(|error| OpenError::Connect(error.into()))
}

/// Options under which no statement and no value reaches a log or a span.
fn quiet(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).record_stmt_in_spans(false).connect_timeout(PATIENCE).acquire_timeout(PATIENCE);
    // A connection is for as long as it works; the pool must not open others in the middle of the night.
    options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    options
}

/// The names of this version's steps, in order.
fn steps() -> Vec<String> {
    Migrator::get_migration_files().iter().map(|step| step.name().to_owned()).collect()
}

/// The steps that have been made. One that this version does not know is refused: a newer one made it.
async fn applied(schema: SchemaManager<'_>) -> Result<Vec<String>, OpenError> {
    let begun = schema.has_table("seaql_migrations").await;
    if !begun.map_err(|error| OpenError::Migrate(error.into()))? {
        return Ok(Vec::new());
    }
    let question = Sql::new("SELECT version FROM seaql_migrations ORDER BY version");
    let rows = sql::all(schema.get_connection(), question).await.map_err(of_migration)?;
    let known = steps();
    let mut made = Vec::with_capacity(rows.len());
    for row in rows {
        let step = row.text("version").map_err(of_migration)?;
        if !known.contains(&step) {
            return Err(OpenError::Newer { migration: step });
        }
        made.push(step);
    }
    Ok(made)
}

async fn pending(schema: SchemaManager<'_>) -> Result<Vec<String>, OpenError> {
    let made = applied(schema).await?;
    Ok(steps().into_iter().filter(|step| !made.contains(step)).collect())
}

async fn refuse_pending(connection: &DatabaseConnection) -> Result<(), OpenError> {
    let pending = pending(SchemaManager::new(connection)).await?;
    if pending.is_empty() { Ok(()) } else { Err(OpenError::Pending(pending)) }
}

/// Makes what is pending, all of it in one transaction, one process at a time.
async fn bring_up(connection: &DatabaseConnection) -> Result<Vec<String>, OpenError> {
    let broken = |error: DbErr| OpenError::Migrate(error.into());
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let transaction = connection.begin_with_options(options).await.map_err(broken)?;
    if super::is_postgres(&transaction) {
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        transaction.execute_unprepared(&lock).await.map_err(broken)?;
    }
    let pending = pending(SchemaManager::new(&transaction)).await?;
    if !pending.is_empty() {
        Migrator::up(&transaction, None).await.map_err(broken)?;
    }
    transaction.commit().await.map_err(broken)?;
    Ok(pending)
}

fn of_migration(error: Error) -> OpenError {
    match error {
        Error::Unavailable(cause) => OpenError::Migrate(cause),
        Error::Conflict | Error::Exists | Error::Closed | Error::Unreadable { .. } => {
            OpenError::Migrate(DbErr::Migration(error.to_string()).into())
        }
    }
}

/// What fails first in a file that is no database, or a damaged one, is reading its schema.
fn of_file(error: OpenError, path: &Path) -> OpenError {
    match error {
        OpenError::Migrate(cause) => not_readable(cause, path),
        OpenError::Folder { .. }
        | OpenError::File { .. }
        | OpenError::IsFolder { .. }
        | OpenError::NotADatabase { .. }
        | OpenError::Absent { .. }
        | OpenError::Late { .. }
        | OpenError::Connect(_)
        | OpenError::Newer { .. }
        | OpenError::Pending(_) => error,
    }
}

/// SQLite needs its folder too: the write-ahead log is a file beside the database.
fn not_readable(cause: Cause, path: &Path) -> OpenError {
    if cause.is_read_only() {
        return OpenError::Folder { path: folder_of(path).to_owned(), source: io::Error::other(cause.to_string()) };
    }
    let path = path.to_owned();
    if cause.is_late() { OpenError::Late { path, cause } } else { OpenError::NotADatabase { path, cause } }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnAcquireErr, RuntimeErr, sqlx};

    use super::*;

    #[test]
    fn nobody_is_told_to_move_a_database_away_that_is_only_held_by_another() {
        let late = [
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            DbErr::Conn(RuntimeErr::SqlxError(sqlx::Error::PoolTimedOut.into())),
        ];
        let other = DbErr::Custom("another".to_owned());

        for error in late {
            let told = not_readable(error.into(), Path::new("regain.db")).to_string();
            assert!(told.starts_with("regain.db does not open in time: "), "{told}");
        }
        assert!(matches!(not_readable(other.into(), Path::new("regain.db")), OpenError::NotADatabase { .. }));
    }
}
