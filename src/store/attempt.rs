//! Attempts to set a password: entered before the provider is called, and settled by their id afterwards, however
//! often it takes.
//!
//! Every transaction here touches `changing` before `recovery`, so that two of them never wait for one another.

use std::time::Duration;

use sea_orm::ConnectionTrait;

use super::again::look;
use super::columns::{self, NewMessage, ms};
use super::recovery::{records, swap};
use super::rows::{Attempt, Completion, Entered, Entry, Record, Settlement};
use super::schema::Table;
use super::sql::{self, Sql};
use super::{Error, TenantStore};
use crate::domain::Timestamp;
use crate::domain::id::{AccountId, AttemptId, MessageId, RecoveryId, TenantId};
use crate::domain::message::Purpose;
use crate::domain::recovery::Recovery;

/// How long the task that has completed a recovery has for ending the sessions before a worker does it.
const AT_ONCE: Duration = Duration::from_secs(15);

impl TenantStore {
    /// Takes the account for one attempt: the recovery is swapped, the attempt and the row that ends the sessions
    /// are written, the notices are held back. Where another attempt holds the account and its lease is not over,
    /// nothing at all is written.
    pub async fn enter(&self, entry: Entry) -> Result<Entered, Error> {
        let tenant = self.tenant.clone();
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    if !take(transaction, &tenant, &entry.attempt).await? {
                        return Ok(Entered::Busy);
                    }
                    swap(transaction, &tenant, &entry.recovery).await?;
                    let mut rows = sql::Rows::default();
                    rows.add(Table::Attempt, columns::attempt_row(&tenant, &entry.attempt));
                    for message in held_back(&entry) {
                        rows.add(Table::Outbox, columns::outbox_row(&tenant, &message));
                    }
                    rows.insert(transaction).await?;
                    Ok(Entered::Held)
                })
            })
            .await
    }

    /// The provider refused the password: the attempt's rows go and the account is released. An attempt that is
    /// known to have ended otherwise keeps its rows (invariant 7).
    pub async fn refuse(
        &self,
        recovery: Option<&Recovery>,
        attempt: AttemptId,
        account: &AccountId,
        audit: Record,
    ) -> Result<(), Error> {
        let (tenant, recovery, account) = (self.tenant.clone(), recovery.cloned(), account.clone());
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    release(transaction, &tenant, &account, attempt).await?;
                    if let Some(recovery) = &recovery {
                        swap(transaction, &tenant, recovery).await?;
                    }
                    let refused = of_attempt(
                        "UPDATE attempt SET outcome = 'refused' WHERE tenant = $1 AND id = $2 AND outcome = 'pending'",
                        &tenant,
                        attempt,
                    );
                    if sql::execute(transaction, refused).await? == 1 {
                        let delete =
                            of_attempt("DELETE FROM outbox WHERE tenant = $1 AND attempt = $2", &tenant, attempt);
                        sql::execute(transaction, delete).await?;
                    }
                    records(&tenant, &[audit]).insert(transaction).await
                })
            })
            .await
    }

    /// The provider did not say: the attempt's rows stay, and its lease runs out.
    pub async fn unknown(&self, attempt: AttemptId, audit: Record) -> Result<(), Error> {
        let tenant = self.tenant.clone();
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let unknown = of_attempt(
                        "UPDATE attempt SET outcome = 'unknown' WHERE tenant = $1 AND id = $2 AND outcome = 'pending'",
                        &tenant,
                        attempt,
                    );
                    sql::execute(transaction, unknown).await?;
                    records(&tenant, &[audit]).insert(transaction).await
                })
            })
            .await
    }

    /// The provider took the password: the account's other recoveries close, the account is released, the sessions
    /// end now, the notices go, and where a login can outlive the change, a look again is written. Done twice, it
    /// writes one.
    pub async fn complete(&self, completion: Completion, audit: Vec<Record>) -> Result<(), Error> {
        let tenant = self.tenant.clone();
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let Completion { recovery, id, attempt, account, look_again, now, .. } = &completion;
                    release(transaction, &tenant, account, *attempt).await?;
                    if let Some(recovery) = recovery {
                        swap(transaction, &tenant, recovery).await?;
                    }
                    let accepted = accept(transaction, &tenant, &completion).await?;
                    if let (true, Some(due_at)) = (accepted, *look_again) {
                        look(transaction, &tenant, (*attempt, *id), due_at, *now).await?;
                    }
                    close_others(transaction, &tenant, &completion).await?;
                    end_sessions_now(transaction, &tenant, &completion).await?;
                    let notices = of_attempt(
                        "UPDATE outbox SET status = 'due', due_at = $3 WHERE tenant = $1 AND attempt = $2 \
                 AND purpose = 'changed' AND status = 'held'",
                        &tenant,
                        *attempt,
                    );
                    sql::execute(transaction, notices.bind(ms(*now))).await?;
                    records(&tenant, &audit).insert(transaction).await
                })
            })
            .await?;
        self.store.ring();
        Ok(())
    }

    /// The attempt of that id.
    pub async fn attempt(&self, attempt: AttemptId) -> Result<Option<Attempt>, Error> {
        let question = of_attempt("SELECT * FROM attempt WHERE tenant = $1 AND id = $2", &self.tenant, attempt);
        let row = sql::one(self.store.reader()?, question).await?;
        row.as_ref().map(columns::attempt).transpose()
    }

    /// From when to when each attempt on the account lasted whose outcome is not known at `now`: it stayed unknown,
    /// or its process died and its lease is over.
    pub async fn unknown_attempts(
        &self,
        account: &AccountId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, Error> {
        let question = Sql::new(
            "SELECT began_at, lease_until FROM attempt WHERE tenant = $1 AND account = $2 AND began_at >= $3 \
             AND (outcome = 'unknown' OR (outcome = 'pending' AND lease_until <= $4)) ORDER BY began_at",
        );
        let question = question.bind(self.name()).bind(account.as_str()).bind(ms(since)).bind(ms(now));
        let rows = sql::all(self.store.reader()?, question).await?;
        rows.iter().map(|row| Ok((row.time("began_at")?, row.time("lease_until")?))).collect()
    }

    /// Up to when sessions ended with the latest attempt on the account that began at `since` or later and was
    /// accepted; `None` where there is none.
    pub async fn accepted_since(&self, account: &AccountId, since: Timestamp) -> Result<Option<Timestamp>, Error> {
        let question = Sql::new(
            "SELECT MAX(sessions_before) AS before FROM attempt \
             WHERE tenant = $1 AND account = $2 AND began_at >= $3 AND outcome = 'accepted'",
        );
        let question = question.bind(self.name()).bind(account.as_str().to_owned()).bind(ms(since));
        match sql::one(self.store.reader()?, question).await? {
            Some(row) => row.maybe_time("before"),
            None => Ok(None),
        }
    }

    /// Nobody knows what became of an attempt: its held notices go, as "may have been changed", and where a login can
    /// outlive a change, a look again is written. Done twice, it does nothing more.
    pub async fn leave_open(
        &self,
        attempt: &Attempt,
        look_again: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (tenant, id, recovery) = (self.tenant.clone(), attempt.id, attempt.recovery);
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let notices = of_attempt(
                        "UPDATE outbox SET status = 'due', purpose = 'maybe_changed', due_at = $3 \
                         WHERE tenant = $1 AND attempt = $2 AND purpose = 'changed' AND status = 'held'",
                        &tenant,
                        id,
                    );
                    sql::execute(transaction, notices.bind(ms(now))).await?;
                    match look_again {
                        Some(due_at) => look(transaction, &tenant, (id, recovery), due_at, now).await,
                        None => Ok(()),
                    }
                })
            })
            .await?;
        self.store.ring();
        Ok(())
    }

    /// How many ends of sessions of this tenant have not been settled.
    pub async fn open_end_sessions(&self) -> Result<u64, Error> {
        let question = Sql::new(
            "SELECT COUNT(*) AS open FROM outbox WHERE status = 'due' AND tenant = $1 AND purpose = 'end_sessions'",
        );
        let row = sql::one(self.store.reader()?, question.bind(self.name())).await?;
        row.map_or(Ok(0), |row| row.small("open"))
    }

    /// Whether an end of sessions of this recovery has not been settled.
    pub async fn has_open_end_sessions(&self, recovery: RecoveryId) -> Result<bool, Error> {
        let question = Sql::new(
            "SELECT id FROM outbox WHERE status = 'due' AND tenant = $1 AND recovery = $2 AND purpose = 'end_sessions'",
        );
        let question = question.bind(self.name()).bind(recovery.as_bytes().to_vec());
        Ok(sql::one(self.store.reader()?, question).await?.is_some())
    }

    /// Settles a row that the caller holds the lease of.
    pub async fn settle(&self, settlement: Settlement, now: Timestamp) -> Result<(), Error> {
        self.store.settle(&[settlement], now).await
    }
}

fn of_attempt(text: &'static str, tenant: &TenantId, attempt: AttemptId) -> Sql {
    Sql::new(text).bind(tenant.as_str()).bind(columns::id(attempt.as_bytes()))
}

/// The rows that wait for an attempt: the end of the sessions, due when the lease ends, and the notices.
fn held_back(entry: &Entry) -> impl Iterator<Item = NewMessage<'_>> {
    let Attempt { id: attempt, recovery, began_at, lease_until, .. } = entry.attempt;
    let end_sessions = NewMessage {
        id: entry.end_sessions,
        recovery,
        purpose: Purpose::EndSessions { attempt },
        address: None,
        status: "due",
        due_at: lease_until,
        created_at: began_at,
    };
    let notices = entry.notices.iter().map(move |(id, address)| NewMessage {
        id: *id,
        recovery,
        purpose: Purpose::Changed { attempt },
        address: Some(address),
        status: "held",
        due_at: lease_until,
        created_at: began_at,
    });
    std::iter::once(end_sessions).chain(notices)
}

/// Takes the account's row of `changing`, where nobody holds it or the holder's lease is over.
async fn take(connection: &impl ConnectionTrait, tenant: &TenantId, attempt: &Attempt) -> Result<bool, Error> {
    let statement = Sql::new(
        "INSERT INTO changing (tenant, account, attempt, lease_until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant, account) DO UPDATE SET attempt = excluded.attempt, lease_until = excluded.lease_until \
         WHERE changing.lease_until <= $5 RETURNING tenant",
    );
    let statement = statement
        .bind(tenant.as_str())
        .bind(attempt.account.as_str())
        .bind(columns::id(attempt.id.as_bytes()))
        .bind(ms(attempt.lease_until))
        .bind(ms(attempt.began_at));
    Ok(sql::one(connection, statement).await?.is_some())
}

/// Gives the account back, where it is this attempt that holds it.
async fn release(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    account: &AccountId,
    attempt: AttemptId,
) -> Result<(), Error> {
    let statement = Sql::new("DELETE FROM changing WHERE tenant = $1 AND account = $2 AND attempt = $3");
    let statement = statement.bind(tenant.as_str()).bind(account.as_str()).bind(columns::id(attempt.as_bytes()));
    sql::execute(connection, statement).await.map(drop)
}

/// Notes that the provider took the password; `false` where this tenant has no such attempt.
async fn accept(connection: &impl ConnectionTrait, tenant: &TenantId, completion: &Completion) -> Result<bool, Error> {
    let statement = of_attempt(
        "UPDATE attempt SET outcome = 'accepted', sessions_before = $3, \
         credential_at = CASE WHEN credential_at IS NULL OR credential_at < $4 THEN $4 ELSE credential_at END \
         WHERE tenant = $1 AND id = $2",
        tenant,
        completion.attempt,
    );
    let statement = statement.bind(ms(completion.before)).bind(completion.credential_at.map(ms));
    Ok(sql::execute(connection, statement).await? > 0)
}

/// Closes every other recovery whose message went to the account.
async fn close_others(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    completion: &Completion,
) -> Result<(), Error> {
    let statement = Sql::new(
        "UPDATE recovery SET version = version + 1, state = 'closed', ended_at = $4, attempt = NULL, proof = NULL, \
         proof_issue = NULL, lease_until = NULL \
         WHERE tenant = $1 AND id <> $2 AND state IN ('open', 'changing') \
         AND id IN (SELECT recovery FROM delivery WHERE tenant = $1 AND account = $3)",
    );
    let statement = statement
        .bind(tenant.as_str())
        .bind(columns::id(completion.id.as_bytes()))
        .bind(completion.account.as_str())
        .bind(ms(completion.now));
    sql::execute(connection, statement).await.map(drop)
}

/// Makes this attempt's end of sessions due. Where a worker has it in hand, or had it, under what was known before,
/// a second row is written: what that worker says of the first one must not be taken for the end of what `before`
/// names now.
async fn end_sessions_now(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    completion: &Completion,
) -> Result<(), Error> {
    // Leased to the task that has completed the recovery: it ends the sessions itself, at once.
    let waiting = of_attempt(
        "UPDATE outbox SET due_at = $3, lease_until = $4 WHERE tenant = $1 AND attempt = $2 \
         AND purpose = 'end_sessions' AND status = 'due' AND (lease_until IS NULL OR lease_until <= $3)",
        tenant,
        completion.attempt,
    );
    if sql::execute(connection, waiting.bind(ms(completion.now)).bind(ms(completion.now + AT_ONCE))).await? > 0 {
        return Ok(());
    }
    let mut rows = sql::Rows::default();
    let message = NewMessage {
        id: MessageId::new(completion.now),
        recovery: completion.id,
        purpose: Purpose::EndSessions { attempt: completion.attempt },
        address: None,
        status: "due",
        due_at: completion.now,
        created_at: completion.now,
    };
    rows.add(Table::Outbox, columns::outbox_row(tenant, &message));
    rows.insert(connection).await
}
