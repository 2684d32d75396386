//! Recoveries that have expired long ago, and everything that hangs on them.

use std::time::Duration;

use sea_orm::{DatabaseTransaction, Value};

use super::columns::ms;
use super::sql::{self, Sql};
use super::{Error, Store, tally};
use crate::domain::Timestamp;

/// How long a recovery is kept after it has expired.
pub const KEPT_FOR: Duration = Duration::from_hours(24);
/// How much longer than a purged recovery what was sent and guessed is kept.
const COUNTED_BEYOND: Duration = Duration::from_hours(2);
/// Recoveries of one transaction: few enough that nobody waits long behind it.
const BATCH: usize = 200;

impl Store {
    /// Deletes the recoveries that expired before `before`, with their issues, deliveries, attempts and messages, and
    /// says how many. One that has anything open but a message of its own — above all an end of sessions, or a look again — is left
    /// (DESIGN, "Setting the password", 7).
    pub async fn purge(&self, before: Timestamp) -> Result<u64, Error> {
        let mut purged = 0;
        loop {
            let gone = self.write(move |transaction| Box::pin(async move { batch(transaction, before).await })).await?;
            purged += gone as u64;
            if gone < BATCH {
                break;
            }
        }
        self.write(move |transaction| {
            Box::pin(async move {
                let lapsed = Sql::new("DELETE FROM changing WHERE lease_until < $1").bind(ms(before));
                sql::execute(transaction, lapsed).await?;
                // What counts for a day is kept for a little longer than one.
                let sent = Sql::new("DELETE FROM sent WHERE at < $1").bind(ms(before - COUNTED_BEYOND));
                sql::execute(transaction, sent).await?;
                let hour = tally::hour(before - COUNTED_BEYOND);
                sql::execute(transaction, Sql::new("DELETE FROM tally WHERE hour < $1").bind(hour)).await
            })
        })
        .await?;
        Ok(purged)
    }

    /// Deletes the sessions of `local` directories that have expired, and says how many.
    pub async fn purge_sessions(&self, now: Timestamp) -> Result<u64, Error> {
        self.write(move |transaction| {
            Box::pin(async move {
                let expired = Sql::new("DELETE FROM local_session WHERE expires_at <= $1").bind(ms(now));
                sql::execute(transaction, expired).await
            })
        })
        .await
    }
}

async fn batch(transaction: &DatabaseTransaction, before: Timestamp) -> Result<usize, Error> {
    let question = Sql::new(
        "SELECT r.tenant, r.id FROM recovery r WHERE r.expires_at < $1 AND NOT EXISTS (\
            SELECT 1 FROM outbox o WHERE o.tenant = r.tenant AND o.recovery = r.id \
            AND o.status = 'due' AND o.purpose <> 'recovery') \
         LIMIT $2",
    );
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let expired = sql::all(transaction, question.bind(ms(before)).bind(limit)).await?;
    if expired.is_empty() {
        return Ok(0);
    }
    let mut names: Vec<Value> = Vec::with_capacity(expired.len() * 2);
    for row in &expired {
        names.push(row.text("tenant")?.into());
        names.push(row.bytes("id")?.into());
    }
    // Issues and deliveries go with their recovery, by their foreign key.
    for (table, column) in [("outbox", "recovery"), ("attempt", "recovery"), ("recovery", "id")] {
        let groups = sql::groups(1, expired.len(), 2);
        let text = format!("DELETE FROM {table} WHERE (tenant, {column}) IN (VALUES {groups})");
        sql::execute(transaction, Sql::new(text).bind_all(names.clone())).await?;
    }
    Ok(expired.len())
}
