//! Recoveries, their issues and deliveries: begun by one insert, moved by compare-and-swap.

use sea_orm::ConnectionTrait;

use super::columns::{self, NewMessage};
use super::rows::{Delivery, Loaded, NewRecovery, Record};
use super::schema::Table;
use super::sql::{self, Rows, Sql};
use super::{Error, TenantStore};
use crate::domain::Timestamp;
use crate::domain::id::{MessageId, RecoveryId, TenantId};
use crate::domain::issue::Issue;
use crate::domain::message::Purpose;
use crate::domain::recovery::Recovery;
use crate::domain::seal::Sealed;

impl TenantStore {
    /// Begins a recovery: its row, its first issue, the message that is due now, a line of the audit.
    pub async fn insert_recovery(&self, new: NewRecovery, audit: Record) -> Result<(), Error> {
        let NewRecovery { recovery, issue, request, message } = new;
        let mut rows = Rows::default();
        rows.add(Table::Recovery, columns::recovery_row(&self.tenant, &recovery, &request));
        rows.add(Table::Issue, columns::issue_row(&self.tenant, recovery.id, &issue));
        rows.add(Table::Outbox, due_now(&self.tenant, recovery.id, &issue, message));
        rows.add(Table::Audit, columns::audit_row(&self.tenant, &audit));
        self.store.insert(rows).await?;
        self.store.ring();
        Ok(())
    }

    /// Loads a recovery with its issues and deliveries, by one statement and so of one moment.
    pub async fn recovery(&self, id: RecoveryId) -> Result<Option<Loaded>, Error> {
        let question = Sql::new(
            "SELECT r.*, i.number AS issue_number, i.at AS issue_at, i.method AS issue_method, \
             i.digits AS issue_digits, d.at AS delivery_at, d.account AS delivery_account, \
             d.login AS delivery_login, d.address AS delivery_address, d.digits AS delivery_digits, \
             d.refuse_at AS delivery_refuse_at \
             FROM recovery r \
             JOIN issue i ON i.tenant = r.tenant AND i.recovery = r.id \
             LEFT JOIN delivery d ON d.tenant = r.tenant AND d.recovery = r.id AND d.issue = i.number \
             WHERE r.tenant = $1 AND r.id = $2 ORDER BY i.number",
        );
        let question = question.bind(self.name()).bind(columns::id(id.as_bytes()));
        let rows = sql::all(self.store.reader()?, question).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let mut loaded = Loaded {
            recovery: columns::recovery(first, id)?,
            issues: Vec::with_capacity(rows.len()),
            request: Sealed::from_bytes(first.bytes("request")?),
            deliveries: Vec::new(),
        };
        for row in &rows {
            let issue = columns::issue(row)?;
            loaded.deliveries.extend(columns::delivery(row, issue.number)?);
            loaded.issues.push(issue);
        }
        Ok(Some(loaded))
    }

    /// Saves a transition, compared and swapped on `recovery.version`; the row then has the next one.
    pub async fn save(&self, recovery: &Recovery, audit: Vec<Record>) -> Result<(), Error> {
        let (tenant, recovery) = (self.tenant.clone(), recovery.clone());
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    swap(transaction, &tenant, &recovery).await?;
                    records(&tenant, &audit).insert(transaction).await
                })
            })
            .await
    }

    /// Saves a transition with a further issue and the message that carries it, due now.
    pub async fn save_issue(
        &self,
        recovery: &Recovery,
        issue: &Issue,
        message: MessageId,
        audit: Record,
    ) -> Result<(), Error> {
        let (tenant, recovery) = (self.tenant.clone(), recovery.clone());
        let mut rows = records(&tenant, &[audit]);
        rows.add(Table::Issue, columns::issue_row(&tenant, recovery.id, issue));
        rows.add(Table::Outbox, due_now(&tenant, recovery.id, issue, message));
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    swap(transaction, &tenant, &recovery).await?;
                    rows.insert(transaction).await
                })
            })
            .await?;
        self.store.ring();
        Ok(())
    }

    /// Writes what the worker learned of one issue. A message that is sent twice keeps what was written first.
    pub async fn save_delivery(&self, recovery: RecoveryId, delivery: &Delivery) -> Result<(), Error> {
        let mut rows = Rows::default();
        rows.add(Table::Delivery, columns::delivery_row(&self.tenant, recovery, delivery));
        self.store.insert(rows).await
    }
}

/// `UPDATE … WHERE tenant = ? AND id = ? AND version = ?`; zero rows is [`Error::Conflict`].
pub(super) async fn swap(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    recovery: &Recovery,
) -> Result<(), Error> {
    let moving: Vec<String> =
        columns::MOVING.iter().enumerate().map(|(index, column)| format!("{column} = ${}", index + 4)).collect();
    let text = format!(
        "UPDATE recovery SET version = version + 1, {} WHERE tenant = $1 AND id = $2 AND version = $3",
        moving.join(", ")
    );
    let statement = Sql::new(text)
        .bind(tenant.as_str())
        .bind(columns::id(recovery.id.as_bytes()))
        .bind(recovery.version)
        .bind_all(columns::moving_columns(recovery));
    match sql::execute(connection, statement).await? {
        0 => Err(Error::Conflict),
        _ => Ok(()),
    }
}

/// The rows of some lines of the audit.
pub(super) fn records(tenant: &TenantId, audit: &[Record]) -> Rows {
    let mut rows = Rows::default();
    for record in audit {
        rows.add(Table::Audit, columns::audit_row(tenant, record));
    }
    rows
}

fn due_now(tenant: &TenantId, recovery: RecoveryId, issue: &Issue, message: MessageId) -> Vec<sea_orm::Value> {
    let at: Timestamp = issue.at;
    columns::outbox_row(
        tenant,
        &NewMessage {
            id: message,
            recovery,
            purpose: Purpose::Recovery { issue: issue.number },
            address: None,
            status: "due",
            due_at: at,
            created_at: at,
        },
    )
}
