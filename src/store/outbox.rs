//! The outbox as the worker sees it: rows of all tenants, claimed by lease and settled in batches. No lock and no
//! transaction is held while a message is sent.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::Value;

use super::columns::{self, ms};
use super::rows::{Claim, Fate, Lane, Message, Queue, Settlement};
use super::schema::Table;
use super::sql::{self, Row, Rows, Sql};
use super::{Error, Kind, Store};
use crate::domain::Timestamp;
use crate::domain::id::{MessageId, RecoveryId, TenantId};
use crate::domain::seal::Sealed;

/// What this binary knows how to do, by lane. Rows of any other purpose are a newer binary's.
fn purposes(lane: Lane) -> &'static str {
    match lane {
        Lane::Ends => "purpose IN ('end_sessions', 'look_again')",
        Lane::Messages => "purpose IN ('recovery', 'changed', 'maybe_changed', 'changed_again')",
    }
}

/// Rows that are due at `$1` and in nobody's hand.
const FREE: &str = "status = 'due' AND due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)";
/// How often a claim is tried again when others were quicker with every row that it had chosen.
const CLAIM_TRIES: u32 = 3;

impl Store {
    /// Takes rows that are due, oldest first and one tenant after the other, and holds them until the lease is over.
    /// No row is ever in two hands at a time.
    pub async fn claim(&self, claim: Claim<'_>) -> Result<Vec<Message>, Error> {
        for _ in 0..CLAIM_TRIES {
            let candidates = self.candidates(&claim).await?;
            let chosen = choose(&candidates, claim.tenants, claim.most);
            if chosen.is_empty() {
                return Ok(Vec::new());
            }
            let taken = self.write_one(self.take(&claim, &chosen)).await?;
            if !taken.is_empty() {
                return in_order(&taken, &chosen, &candidates);
            }
        }
        Ok(Vec::new())
    }

    /// For each tenant with work its oldest rows, found by one index entry per tenant and not by reading them all:
    /// one tenant's flood costs the others nothing.
    async fn candidates(&self, claim: &Claim<'_>) -> Result<Vec<Candidate>, Error> {
        let known = purposes(claim.lane);
        let oldest = format!("WHERE tenant = working.tenant AND {FREE} AND {known} ORDER BY due_at, id LIMIT $2");
        // PostgreSQL would look for SQLite's list of ids anew for every row of the table; SQLite has no LATERAL.
        let joined = match self.kind() {
            Kind::Sqlite => format!("JOIN outbox o ON o.id IN (SELECT id FROM outbox {oldest})"),
            Kind::Postgres => {
                format!("CROSS JOIN LATERAL (SELECT id, tenant, due_at, lease_until FROM outbox {oldest}) o")
            }
        };
        let text = format!(
            "WITH RECURSIVE working(tenant) AS (\
                SELECT MIN(tenant) FROM outbox WHERE status = 'due' \
                UNION ALL \
                SELECT (SELECT MIN(o.tenant) FROM outbox o WHERE o.status = 'due' AND o.tenant > working.tenant) \
                FROM working WHERE working.tenant IS NOT NULL) \
             SELECT o.id, o.tenant, o.due_at, \
             CAST(CASE WHEN o.lease_until IS NULL THEN 0 ELSE 1 END AS BIGINT) AS was_held FROM working {joined} \
             ORDER BY o.due_at, o.id"
        );
        let question = Sql::new(text).bind(ms(claim.now)).bind(i64::from(claim.per_tenant));
        let rows = sql::all(self.reader()?, question).await?;
        let candidate = |row: &Row| {
            let was_held = row.small::<i64>("was_held")? != 0;
            Ok(Candidate { id: row.array("id")?, tenant: row.text("tenant")?, was_held })
        };
        rows.iter().map(candidate).collect()
    }

    /// The statement that takes the chosen rows, as far as they are still free.
    fn take(&self, claim: &Claim<'_>, chosen: &[[u8; 16]]) -> Sql {
        let locked = match self.kind() {
            Kind::Sqlite => "",
            Kind::Postgres => " FOR UPDATE SKIP LOCKED",
        };
        let ids = sql::places(3, chosen.len());
        let text = format!(
            "UPDATE outbox SET lease_until = $2, tries = tries + 1 WHERE id IN (\
                SELECT id FROM outbox WHERE id IN ({ids}) AND {FREE}{locked}) \
             RETURNING id, tenant, recovery, purpose, issue, attempt, address, tries, created_at, changed_at"
        );
        Sql::new(text).bind(ms(claim.now)).bind(ms(claim.lease_until)).bind_all(chosen.iter().map(columns::id))
    }

    /// Writes what became of claimed messages, and what the audit is told of it, in one transaction.
    pub async fn settle(&self, settlements: &[Settlement], now: Timestamp) -> Result<(), Error> {
        if settlements.is_empty() {
            return Ok(());
        }
        let settlements = settlements.to_vec();
        if settlements.iter().all(|settlement| settlement.audit.is_empty()) {
            return self.write_one(settle(&settlements, now)).await.map(drop);
        }
        self.write(move |transaction| {
            Box::pin(async move {
                let settled = sql::all(transaction, settle(&settlements, now)).await?;
                let mut audit = Rows::default();
                for row in &settled {
                    let id = MessageId::from_bytes(row.array("id")?);
                    let tenant = tenant(row)?;
                    let of_this = settlements.iter().filter(|settlement| settlement.message == id);
                    for record in of_this.flat_map(|settlement| &settlement.audit) {
                        audit.add(Table::Audit, columns::audit_row(&tenant, record));
                    }
                }
                audit.insert(transaction).await
            })
        })
        .await
    }

    /// How much waits, for the metrics.
    pub async fn queue(&self, now: Timestamp) -> Result<Queue, Error> {
        let question = Sql::new(
            "SELECT COUNT(CASE WHEN purpose <> 'look_again' THEN 1 END) AS depth, MIN(CASE WHEN due_at <= $1 THEN due_at END) AS oldest, \
             COUNT(CASE WHEN purpose = 'end_sessions' THEN 1 END) AS sessions FROM outbox WHERE status = 'due'",
        );
        let row = sql::one(self.reader()?, question.bind(ms(now))).await?;
        let row = row.ok_or(Error::Unreadable { column: "depth" })?;
        let oldest_age = row.maybe_time("oldest")?.map(|oldest| Duration::try_from(now - oldest).unwrap_or_default());
        Ok(Queue { depth: row.small("depth")?, oldest_age, sessions_pending: row.small("sessions")? })
    }

    /// When the next row of these tenants can be claimed; it may lie in the past.
    pub async fn next_due(&self, lane: Lane, tenants: &[TenantId]) -> Result<Option<Timestamp>, Error> {
        let known = purposes(lane);
        let text = format!(
            "SELECT tenant, MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS next \
             FROM outbox WHERE status = 'due' AND {known} GROUP BY tenant"
        );
        let known: HashSet<&str> = tenants.iter().map(TenantId::as_str).collect();
        let mut next = None;
        for row in sql::all(self.reader()?, Sql::new(text)).await? {
            if known.contains(row.text("tenant")?.as_str()) {
                let at = row.time("next")?;
                next = Some(next.map_or(at, |earliest: Timestamp| earliest.min(at)));
            }
        }
        Ok(next)
    }
}

struct Candidate {
    id: [u8; 16],
    tenant: String,
    /// Whether a claim of before was never settled: settling takes the lease away.
    was_held: bool,
}

/// Goes round the tenants: first the oldest row of each, the tenant with the oldest first, then each one's second,
/// and so on. Candidates come oldest first.
fn choose(candidates: &[Candidate], tenants: &[TenantId], most: u32) -> Vec<[u8; 16]> {
    let mut rounds: Vec<Vec<[u8; 16]>> = Vec::new();
    let mut seen: std::collections::HashMap<&str, usize> = tenants.iter().map(|tenant| (tenant.as_str(), 0)).collect();
    for candidate in candidates {
        let Some(round) = seen.get_mut(candidate.tenant.as_str()) else {
            continue;
        };
        if rounds.len() == *round {
            rounds.push(Vec::new());
        }
        rounds[*round].push(candidate.id);
        *round += 1;
    }
    rounds.into_iter().flatten().take(usize::try_from(most).unwrap_or(usize::MAX)).collect()
}

/// The rows that were taken, in the order in which they were chosen.
fn in_order(taken: &[Row], chosen: &[[u8; 16]], candidates: &[Candidate]) -> Result<Vec<Message>, Error> {
    let was_held = |id: &[u8; 16]| candidates.iter().any(|candidate| candidate.id == *id && candidate.was_held);
    let message =
        |row: &Row| message(row).map(|message| Message { is_interrupted: was_held(message.id.as_bytes()), ..message });
    let mut messages = taken.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| chosen.iter().position(|id| id == message.id.as_bytes()));
    Ok(messages)
}

fn message(row: &Row) -> Result<Message, Error> {
    let claims: u32 = row.small("tries")?;
    Ok(Message {
        id: MessageId::from_bytes(row.array("id")?),
        tenant: tenant(row)?,
        recovery: RecoveryId::from_bytes(row.array("recovery")?),
        purpose: columns::purpose(row)?,
        address: row.maybe_bytes("address")?.map(Sealed::from_bytes),
        tries: claims.saturating_sub(1),
        is_interrupted: false,
        created_at: row.time("created_at")?,
    })
}

fn tenant(row: &Row) -> Result<TenantId, Error> {
    TenantId::parse(&row.text("tenant")?).ok_or(Error::Unreadable { column: "tenant" })
}

/// One statement for all of them. A row that was settled by another hand meanwhile stays as it is.
fn settle(settlements: &[Settlement], now: Timestamp) -> Sql {
    let text = format!(
        "WITH news(id, status, due_at, settled_at, last_error) AS (VALUES {}) \
         UPDATE outbox SET status = news.status, due_at = COALESCE(news.due_at, outbox.due_at), \
         lease_until = NULL, settled_at = news.settled_at, last_error = news.last_error \
         FROM news WHERE outbox.id = news.id AND outbox.status = 'due' RETURNING outbox.id, outbox.tenant",
        sql::groups(1, settlements.len(), 5)
    );
    let mut statement = Sql::new(text);
    for settlement in settlements {
        let (status, due_at, settled_at) = match settlement.fate {
            Fate::Sent => ("sent", None, Some(now)),
            Fate::Dropped => ("dropped", None, Some(now)),
            Fate::Retry { at } => ("due", Some(at), None),
            Fate::Abandoned => ("abandoned", None, Some(now)),
        };
        let row: [Value; 5] = [
            columns::id(settlement.message.as_bytes()),
            status.into(),
            due_at.map(ms).into(),
            settled_at.map(ms).into(),
            settlement.last_error.clone().into(),
        ];
        statement = statement.bind_all(row);
    }
    statement
}
