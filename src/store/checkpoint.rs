//! Folds SQLite's write-ahead log into the file beside the writing, and not in the middle of it.
//!
//! By itself SQLite folds it in before the commit of every thousandth page returns. A group of sixteen starts writes
//! about eighty pages, so every twelfth group waited for it, 10 ms and more. Nothing about durability changes: what
//! has been committed is in the log, and the log is on the disk.

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// After how many jobs the log is folded in: 500 to 2000 pages.
const EVERY: usize = 128;
/// Pages of the log (32 MiB) at which the writer does fold it in itself: a log that somebody writes to all the time
/// begins anew only so. Most of it has been folded in by then.
pub(super) const AT_MOST: &str = "8192";

/// Counts what has been written since the log was last folded in.
pub(super) struct Checkpoints {
    jobs: usize,
    due: mpsc::Sender<()>,
}

impl Checkpoints {
    /// Starts the task that does it, over the connections that read. It ends when this is dropped.
    pub(super) fn start(readers: DatabaseConnection, tracker: &TaskTracker) -> Self {
        let (due, mut asked) = mpsc::channel(1);
        tracker.spawn(async move {
            while asked.recv().await.is_some() {
                if let Err(error) = readers.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await {
                    tracing::debug!(error = %error, "the write-ahead log was not folded in");
                }
            }
        });
        Self { jobs: 0, due }
    }

    /// Notes that so many jobs have been committed.
    pub(super) fn committed(&mut self, jobs: usize) {
        self.jobs += jobs;
        if self.jobs >= EVERY {
            self.jobs = 0;
            // Where one waits already, that one will do.
            let _ = self.due.try_send(());
        }
    }
}
