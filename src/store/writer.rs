//! SQLite's one writer: a task that owns the one connection that writes, behind a fair queue.
//!
//! Jobs that wait are done in one transaction, at most [`MOST`] of them, so that sixteen clients pay for one fsync
//! and not for sixteen. Rows that are only inserted go in first, all of them by one statement, then single
//! statements; every other job gets a savepoint unless it is alone. A job that fails undoes only itself. A job's
//! answer is sent after the group's COMMIT has returned, so nothing is ever spoken that a power loss could take back.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::Error;
use super::checkpoint::Checkpoints;
use super::sql::{self, Row, Rows, Sql};

/// Most jobs of one transaction.
const MOST: usize = 64;
/// Most jobs that wait; whoever comes then waits for a place.
const WAITING: usize = 1024;

/// The way to the task that writes.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Insert(Insert),
    Single(Single),
    Work(Box<dyn Work>),
    Close(oneshot::Sender<()>),
}

struct Insert {
    rows: Rows,
    refused: Option<Error>,
    reply: oneshot::Sender<Result<(), Error>>,
}

/// One statement. Where it is refused, SQLite itself takes back what it did (its `ABORT`), and nothing else.
struct Single {
    statement: Sql,
    answer: Option<Result<Vec<Row>, Error>>,
    reply: oneshot::Sender<Result<Vec<Row>, Error>>,
}

/// A job with the type of its answer forgotten.
#[async_trait::async_trait]
trait Work: Send {
    /// Does it, and says whether it is to be kept.
    async fn run(&mut self, transaction: &DatabaseTransaction) -> bool;

    /// Sends its answer, or that of the transaction which failed around it.
    fn answer(self: Box<Self>, lost: Option<DbErr>);
}

struct Typed<T, F> {
    work: Option<F>,
    answer: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

#[async_trait::async_trait]
impl<T, F> Work for Typed<T, F>
where
    T: Send,
    F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, Error>> + Send,
{
    async fn run(&mut self, transaction: &DatabaseTransaction) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        // A panic here would end the one task that writes, and with it every tenant's recoveries.
        let answer = AssertUnwindSafe(work(transaction)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a write panicked and was undone");
            Err(DbErr::Custom("the write panicked".to_owned()).into())
        });
        let keep = answer.is_ok();
        self.answer = Some(answer);
        keep
    }

    fn answer(self: Box<Self>, lost: Option<DbErr>) {
        tell(self.reply, self.answer, lost);
    }
}

fn tell<T>(reply: oneshot::Sender<Result<T, Error>>, answer: Option<Result<T, Error>>, lost: Option<DbErr>) {
    let answer = match (answer, lost) {
        (Some(Err(refusal)), _) => Err(refusal),
        (Some(Ok(_)) | None, Some(lost)) => Err(lost.into()),
        (Some(Ok(answer)), None) => Ok(answer),
        (None, None) => Err(Error::Closed),
    };
    // Whoever asked may have gone; what was written stays written.
    drop(reply.send(answer));
}

impl Writer {
    /// Starts the task. It ends when it is closed, or when the last store is dropped.
    pub(super) fn start(connection: DatabaseConnection, readers: DatabaseConnection, tracker: &TaskTracker) -> Self {
        let (jobs, queue) = mpsc::channel(WAITING);
        let checkpoints = Checkpoints::start(readers, tracker);
        tracker.spawn(serve(connection, queue, checkpoints));
        Self { jobs }
    }

    /// Has `work` done in a transaction and waits for its COMMIT.
    pub(super) async fn work<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Work(Box::new(Typed { work: Some(work), answer: None, reply })), answer).await
    }

    /// Has one statement done and waits for the COMMIT; gives its rows.
    pub(super) async fn single(&self, statement: Sql) -> Result<Vec<Row>, Error> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Single(Single { statement, answer: None, reply }), answer).await
    }

    /// Has rows inserted and waits for the COMMIT.
    pub(super) async fn insert(&self, rows: Rows) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Insert(Insert { rows, refused: None, reply }), answer).await
    }

    async fn submit<T>(&self, job: Job, answer: oneshot::Receiver<Result<T, Error>>) -> Result<T, Error> {
        self.jobs.send(job).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Waits until every job that was there before has been done and the file is closed.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(reply)).await.is_ok() {
            // An error means that the task has ended, which is what was asked for.
            drop(closed.await);
        }
    }
}

async fn serve(connection: DatabaseConnection, mut queue: mpsc::Receiver<Job>, mut checkpoints: Checkpoints) {
    let mut waiting = Vec::with_capacity(MOST);
    while queue.recv_many(&mut waiting, MOST).await > 0 {
        let mut group = Group::default();
        let mut closers = Vec::new();
        for job in waiting.drain(..) {
            match job {
                Job::Insert(insert) => group.inserts.push(insert),
                Job::Single(single) => group.singles.push(single),
                Job::Work(work) => group.works.push(work),
                Job::Close(reply) => closers.push(reply),
            }
        }
        let jobs = group.inserts.len() + group.singles.len() + group.works.len();
        group.commit(&connection).await;
        checkpoints.committed(jobs);
        if !closers.is_empty() {
            // What has been queued since is still done; nothing new gets in.
            queue.close();
        }
        for reply in closers {
            shut(&connection).await;
            let _ = reply.send(());
        }
    }
    shut(&connection).await;
}

/// Folds the write-ahead log into the file and closes it. Done twice, it does nothing more.
async fn shut(connection: &DatabaseConnection) {
    if let Err(error) = connection.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await {
        tracing::debug!(error = %error, "the write-ahead log was not folded in");
    }
    super::report_close(connection.close_by_ref().await);
}

/// The jobs of one transaction.
#[derive(Default)]
struct Group {
    inserts: Vec<Insert>,
    singles: Vec<Single>,
    works: Vec<Box<dyn Work>>,
}

impl Group {
    async fn commit(mut self, connection: &DatabaseConnection) {
        if self.inserts.is_empty() && self.singles.is_empty() && self.works.is_empty() {
            return;
        }
        let lost = self.run(connection).await.err();
        for insert in self.inserts {
            let answer = match (insert.refused, &lost) {
                (Some(refusal), _) => Err(refusal),
                (None, Some(lost)) => Err(lost.clone().into()),
                (None, None) => Ok(()),
            };
            drop(insert.reply.send(answer));
        }
        for single in self.singles {
            tell(single.reply, single.answer, lost.clone());
        }
        for work in self.works {
            work.answer(lost.clone());
        }
    }

    /// Runs all jobs in one transaction. An error means that nothing of them was kept, as far as is known.
    async fn run(&mut self, connection: &DatabaseConnection) -> Result<(), DbErr> {
        if let ([], [single], []) = (&*self.inserts, &mut *self.singles, &*self.works) {
            // A statement by itself is a transaction by itself.
            return single.run(connection).await;
        }
        let rows = self.rows();
        let transaction = if self.singles.is_empty() && self.works.is_empty() {
            if rows.insert_and_commit(connection).await.is_ok() {
                return Ok(());
            }
            // Where it failed before or by itself it is not open any more, and this is refused.
            drop(connection.execute_unprepared("ROLLBACK").await);
            self.insert_each(connection).await?
        } else {
            let transaction = begin(connection).await?;
            if rows.insert(&transaction).await.is_ok() {
                transaction
            } else {
                transaction.rollback().await?;
                self.insert_each(connection).await?
            }
        };
        for single in &mut self.singles {
            single.run(&transaction).await?;
        }
        let alone = self.inserts.is_empty() && self.singles.is_empty() && self.works.len() == 1;
        for work in &mut self.works {
            if alone {
                if !work.run(&transaction).await {
                    return transaction.rollback().await;
                }
                continue;
            }
            let savepoint = transaction.begin().await?;
            if work.run(&savepoint).await {
                savepoint.commit().await?;
            } else {
                savepoint.rollback().await?;
            }
        }
        transaction.commit().await
    }

    /// The rows of all jobs that only insert.
    fn rows(&self) -> Rows {
        let mut all = Rows::default();
        for insert in &self.inserts {
            all.append(&insert.rows);
        }
        all
    }

    /// Inserts each job's rows in a savepoint of its own, to find the one that is at fault.
    async fn insert_each(&mut self, connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
        let transaction = begin(connection).await?;
        for insert in &mut self.inserts {
            let savepoint = transaction.begin().await?;
            match insert.rows.insert(&savepoint).await {
                Ok(()) => savepoint.commit().await?,
                Err(refusal) => {
                    insert.refused = Some(refusal);
                    savepoint.rollback().await?;
                }
            }
        }
        Ok(transaction)
    }
}

impl Single {
    /// Runs it. An error means that the transaction around it may be gone; a refusal is its own answer alone.
    async fn run(&mut self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        match sql::all(connection, self.statement.clone()).await {
            Err(Error::Unavailable(cause)) if !cause.is_refusal() => Err(cause.into()),
            answer => {
                self.answer = Some(answer);
                Ok(())
            }
        }
    }
}

/// Takes the file's write lock at once: a transaction that reads first and writes later can be refused half-way.
async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mode = Some(SqliteTransactionMode::Immediate);
    connection.begin_with_options(TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() }).await
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Store};
    use super::*;

    #[tokio::test]
    async fn a_write_that_panics_undoes_itself_and_ends_nothing_else() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let tracker = TaskTracker::new();
        let store = Store::open(&Settings::sqlite(folder.path().join("regain.db")), &tracker).await.expect("a store");
        let hold = "INSERT INTO changing (tenant, account, attempt, lease_until) VALUES ('a', 'b', x'00', 0)";

        let panicked = store
            .write(move |transaction| {
                Box::pin(async move {
                    sql::execute(transaction, Sql::new(hold)).await?;
                    let rows = sql::all(transaction, Sql::new("SELECT tenant FROM changing")).await?;
                    assert!(rows.is_empty(), "the row is there");
                    Ok(())
                })
            })
            .await;

        assert!(matches!(panicked, Err(Error::Unavailable(_))));
        let rows = store.write_one(Sql::new("SELECT tenant FROM changing")).await.expect("the writer lives");
        assert!(rows.is_empty());
        store.close().await;
    }

    #[tokio::test]
    async fn a_refused_statement_leaves_the_others_of_its_transaction_alone() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let tracker = TaskTracker::new();
        let store = Store::open(&Settings::sqlite(folder.path().join("regain.db")), &tracker).await.expect("a store");
        let hold = |account: &str| {
            let text = "INSERT INTO changing (tenant, account, attempt, lease_until) VALUES ('a', $1, x'00', 0)";
            store.write_one(Sql::new(text).bind(account.to_owned()))
        };

        let (first, refused, last) = tokio::join!(hold("one"), hold("one"), hold("two"));

        assert!(first.is_ok() && last.is_ok());
        assert!(matches!(refused, Err(Error::Exists)));
        let rows = store.write_one(Sql::new("SELECT account FROM changing")).await.expect("the writer lives");
        assert_eq!(rows.len(), 2);
        store.close().await;
    }
}
