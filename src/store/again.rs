//! Looking again at an account after its password was changed: what else of ours has touched it, and what is written
//! where another hand has.

use sea_orm::ConnectionTrait;

use super::columns::{self, NewMessage, ms};
use super::recovery::records;
use super::rows::{Attempt, LateChange, Record};
use super::schema::Table;
use super::sql::{self, Sql};
use super::{Error, TenantStore};
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, MessageId, RecoveryId, TenantId};
use crate::domain::message::Purpose;

impl TenantStore {
    /// The attempts on the same account that began after this one and were not refused, the first first.
    pub async fn later_attempts(&self, attempt: &Attempt) -> Result<Vec<Attempt>, Error> {
        let question = Sql::new(
            "SELECT * FROM attempt WHERE tenant = $1 AND account = $2 AND began_at > $3 AND outcome <> 'refused' \
             ORDER BY began_at",
        );
        let question = question.bind(self.name()).bind(attempt.account.as_str()).bind(ms(attempt.began_at));
        let rows = sql::all(self.store.reader()?, question).await?;
        rows.iter().map(columns::attempt).collect()
    }

    /// Writes a change by another hand: that it is accounted for, its notices, its lines of the audit. `false`, and
    /// nothing is written, where this change or a later one has been told before: of two workers that see the same,
    /// one tells it.
    pub async fn changed_again(&self, change: LateChange, audit: Vec<Record>) -> Result<bool, Error> {
        let tenant = self.tenant.clone();
        let told = self
            .store
            .write(move |transaction| {
                Box::pin(async move {
                    if !account_for(transaction, &tenant, &change).await? {
                        return Ok(false);
                    }
                    let mut rows = records(&tenant, &audit);
                    let LateChange { attempt, recovery, changed_at, notices, now } = change;
                    for (id, address) in &notices {
                        let message = NewMessage {
                            id: *id,
                            recovery,
                            purpose: Purpose::ChangedAgain { attempt, changed_at },
                            address: Some(address),
                            status: "due",
                            due_at: now,
                            created_at: now,
                        };
                        rows.add(Table::Outbox, columns::outbox_row(&tenant, &message));
                    }
                    rows.insert(transaction).await?;
                    Ok(true)
                })
            })
            .await?;
        if told {
            self.store.ring();
        }
        Ok(told)
    }
}

/// Compare-and-swap on the moment up to which changes of the credential are accounted for.
async fn account_for(connection: &impl ConnectionTrait, tenant: &TenantId, change: &LateChange) -> Result<bool, Error> {
    let statement = Sql::new(
        "UPDATE attempt SET credential_at = $3 WHERE tenant = $1 AND id = $2 \
         AND (credential_at IS NULL OR credential_at < $3)",
    );
    let statement =
        statement.bind(tenant.as_str()).bind(columns::id(change.attempt.as_bytes())).bind(ms(change.changed_at));
    Ok(sql::execute(connection, statement).await? > 0)
}

/// Writes the row that looks again. Its id is the attempt's: there is one, however often and by whom it is written.
pub(super) async fn look(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    (attempt, recovery): (AttemptId, RecoveryId),
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let message = NewMessage {
        id: MessageId::from_bytes(*attempt.as_bytes()),
        recovery,
        purpose: Purpose::LookAgain { attempt },
        address: None,
        status: "due",
        due_at,
        created_at: now,
    };
    let names = Table::Outbox.columns();
    let text = format!(
        "INSERT INTO outbox ({}) VALUES ({}) ON CONFLICT (id) DO NOTHING",
        names.join(", "),
        sql::places(1, names.len())
    );
    let statement = Sql::new(text).bind_all(columns::outbox_row(tenant, &message));
    sql::execute(connection, statement).await.map(drop)
}
