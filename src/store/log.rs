//! The lines of the audit. Most are written inside the transactions of what they tell; these are the others.

use super::columns;
use super::recovery::records;
use super::rows::{AuditLine, Record};
use super::sql::{self, Row, Sql};
use super::{Error, Store, TenantStore};
use crate::domain::Timestamp;
use crate::domain::id::{AccountId, RecoveryId};

impl TenantStore {
    /// Writes lines that belong to no other change.
    pub async fn record(&self, audit: Vec<Record>) -> Result<(), Error> {
        self.store.insert(records(&self.tenant, &audit)).await
    }

    /// The last lines, at most `limit`, the newest last.
    pub async fn audit(&self, limit: u32) -> Result<Vec<AuditLine>, Error> {
        let question = Sql::new("SELECT * FROM audit WHERE tenant = $1 ORDER BY time DESC, id DESC LIMIT $2");
        let question = question.bind(self.name()).bind(i64::from(limit));
        let rows = sql::all(self.store.reader()?, question).await?;
        rows.iter().rev().map(line).collect()
    }
}

impl Store {
    /// Deletes the lines of all tenants that are older than `before`, and says how many.
    pub async fn purge_audit(&self, before: Timestamp) -> Result<u64, Error> {
        self.write(move |transaction| {
            Box::pin(async move {
                let statement = Sql::new("DELETE FROM audit WHERE time < $1").bind(columns::ms(before));
                sql::execute(transaction, statement).await
            })
        })
        .await
    }
}

fn line(row: &Row) -> Result<AuditLine, Error> {
    Ok(AuditLine {
        id: uuid::Uuid::from_bytes(row.array("id")?),
        time: row.time("time")?,
        event: row.text("event")?,
        outcome: row.text("outcome")?,
        reason: row.maybe_text("reason")?,
        recovery: row.maybe_array("recovery")?.map(RecoveryId::from_bytes),
        account: row.maybe_text("account")?.map(AccountId::new),
        actor: row.text("actor")?,
        method: row.maybe_text("method")?,
        source_ip: row.maybe_text("source_ip")?,
        user_agent: row.maybe_text("user_agent")?,
        request_id: row.maybe_text("request_id")?,
    })
}
