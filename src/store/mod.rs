//! What is kept. A struct and no trait, on purpose: its meaning *is* the SQL — compare-and-swap on `version`, rows
//! that belong together in one transaction. All SQL of the program lives in this room; the same suite runs on SQLite
//! and PostgreSQL.
//!
//! Promises: every method is one transaction and answers only after its COMMIT has returned; a transition of a
//! recovery is `UPDATE … WHERE tenant = ? AND id = ? AND version = ?`, zero rows is [`Error::Conflict`]; no method of
//! [`TenantStore`] takes a tenant, so none can be forgotten. A write that its caller no longer waits for is done all
//! the same.
//!
//! Why plain statements and no entities: what is decided here is decided by a `WHERE`, an `ON CONFLICT` and the order
//! of statements in one transaction, and those can be proofread only where they can be seen. sea-orm brings the
//! connections, the values and the migrations.

mod again;
mod attempt;
mod booking;
mod checkpoint;
mod columns;
mod config;
mod directory;
mod error;
mod guess;
mod keys;
mod log;
mod open;
mod outbox;
mod purge;
mod recovery;
mod report;
pub mod rows;
mod schema;
mod sign_in;
mod spent;
mod sql;
mod tally;
mod writer;

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::Notify;

use crate::domain::Timestamp;
use crate::domain::id::TenantId;
use sql::{Rows, Sql};
use writer::Writer;

pub use booking::{Booked, Booking};
pub use config::{Config, Settings};
pub use directory::LocalAccount;
pub use error::{Cause, Error, OpenError};
pub use guess::{Guess, Judged, Right};
pub use purge::KEPT_FOR;

/// What is kept, of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    changed: Notify,
}

enum Place {
    Offline,
    Sqlite {
        writer: Writer,
        readers: DatabaseConnection,
    },
    Postgres(DatabaseConnection),
    /// Opened to be looked at: nothing is written through it.
    Look {
        readers: DatabaseConnection,
        kind: Kind,
    },
}

/// Where a store is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One file, one process.
    Sqlite,
    /// A server, for several replicas.
    Postgres,
}

/// What is kept of one tenant. No row of another one can be reached through it.
#[derive(Clone, Debug)]
pub struct TenantStore {
    store: Store,
    tenant: TenantId,
}

impl Store {
    /// A store that holds nothing and answers [`Error::Closed`] to everything: for offline checks.
    #[must_use]
    pub fn offline() -> Self {
        Self::at(Place::Offline)
    }

    fn at(place: Place) -> Self {
        Self { inner: Arc::new(Inner { place, changed: Notify::new() }) }
    }

    /// What is kept of this tenant.
    #[must_use]
    pub fn tenant(&self, tenant: &TenantId) -> TenantStore {
        TenantStore { store: self.clone(), tenant: tenant.clone() }
    }

    /// Where it is kept; an offline one counts as SQLite.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.inner.place {
            Place::Offline | Place::Sqlite { .. } => Kind::Sqlite,
            Place::Postgres(_) => Kind::Postgres,
            Place::Look { kind, .. } => *kind,
        }
    }

    /// Rings after each commit of this process that wrote messages due at once.
    #[must_use]
    pub fn changed(&self) -> &Notify {
        &self.inner.changed
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), Error> {
        sql::one(self.reader()?, Sql::new("SELECT 1 AS one")).await.map(drop)
    }

    /// The database's clock, to the millisecond.
    pub async fn now(&self) -> Result<Timestamp, Error> {
        let question = match self.kind() {
            Kind::Sqlite => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now",
            Kind::Postgres => "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT AS now",
        };
        let row = sql::one(self.reader()?, Sql::new(question)).await?;
        row.ok_or(Error::Unreadable { column: "now" })?.time("now")
    }

    /// Lets writes that wait be done, folds the write-ahead log into the file, and closes. Later calls answer
    /// [`Error::Closed`]. The task that writes ends here, so call it before waiting for the tracker.
    pub async fn close(&self) {
        match &self.inner.place {
            Place::Offline => {}
            Place::Sqlite { writer, readers } => {
                // The readers go first: the log can be folded in whole only when nobody reads it.
                let closed = readers.close_by_ref().await;
                writer.close().await;
                report_close(closed);
            }
            Place::Postgres(pool) | Place::Look { readers: pool, .. } => report_close(pool.close_by_ref().await),
        }
    }

    fn reader(&self) -> Result<&DatabaseConnection, Error> {
        match &self.inner.place {
            Place::Offline => Err(Error::Closed),
            Place::Sqlite { readers, .. } => Ok(readers),
            Place::Postgres(pool) | Place::Look { readers: pool, .. } => Ok(pool),
        }
    }

    /// Runs `work` in one transaction, kept if it answers `Ok`.
    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        match &self.inner.place {
            Place::Offline | Place::Look { .. } => Err(Error::Closed),
            Place::Sqlite { writer, .. } => writer.work(work).await,
            Place::Postgres(pool) => {
                let transaction = pool.begin().await?;
                let answer = work(&transaction).await;
                match answer {
                    Ok(answer) => transaction.commit().await.map(|()| answer).map_err(Error::from),
                    Err(error) => {
                        // The refusal is what the caller must hear; a connection that cannot roll back is dropped.
                        drop(transaction.rollback().await);
                        Err(error)
                    }
                }
            }
        }
    }

    /// Inserts rows in one transaction, in one statement where the database can.
    async fn insert(&self, rows: Rows) -> Result<(), Error> {
        match &self.inner.place {
            Place::Offline | Place::Look { .. } => Err(Error::Closed),
            Place::Sqlite { writer, .. } => writer.insert(rows).await,
            Place::Postgres(pool) => rows.insert(pool).await,
        }
    }

    /// Runs one statement that writes, in a transaction of its own, and gives its rows.
    async fn write_one(&self, statement: Sql) -> Result<Vec<sql::Row>, Error> {
        match &self.inner.place {
            Place::Sqlite { writer, .. } => writer.single(statement).await,
            Place::Offline | Place::Postgres(_) | Place::Look { .. } => {
                self.write(move |transaction| Box::pin(async move { sql::all(transaction, statement).await })).await
            }
        }
    }

    fn ring(&self) {
        self.inner.changed.notify_waiters();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.inner.place {
            Place::Offline => "offline",
            Place::Sqlite { .. } => "sqlite",
            Place::Postgres(_) => "postgres",
            Place::Look { .. } => "look",
        };
        write!(f, "Store({place})")
    }
}

impl TenantStore {
    fn name(&self) -> String {
        self.tenant.as_str().to_owned()
    }
}

/// Whether the statement runs on PostgreSQL, for the few that must differ.
fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == sea_orm::DbBackend::Postgres
}

fn report_close(closed: Result<(), sea_orm::DbErr>) {
    if let Err(error) = closed {
        tracing::warn!(error = %error, "the store did not close cleanly");
    }
}
