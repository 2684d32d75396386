//! How values of `domain` stand in columns: moments as milliseconds since 1970, ids as bytes, enums as texts.

mod attempt;
mod message;
mod recovery;

use std::time::Duration;

use sea_orm::Value;

use super::Error;
use super::rows::Record;
use super::sql::Row;
use crate::domain::Timestamp;
use crate::domain::id::{TenantId, uuid_v7};
use crate::domain::recovery::{Proof, ProofKind};

pub(super) use attempt::{attempt, attempt_row};
pub(super) use message::{NewMessage, outbox_row, purpose};
pub(super) use recovery::{MOVING, delivery, delivery_row, issue, issue_row, moving_columns, recovery, recovery_row};

const NANOS_PER_MS: i128 = 1_000_000;

/// A moment as it stands in a column.
pub(super) fn ms(moment: Timestamp) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(NANOS_PER_MS))
        .expect("the years that a timestamp can name are within 64 bits of milliseconds")
}

/// A moment as it is read from a column.
pub(super) fn timestamp(ms: i64, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_unix_timestamp_nanos(i128::from(ms) * NANOS_PER_MS).map_err(|_| Error::Unreadable { column })
}

/// A duration as it stands in a column.
fn duration_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A moment that may be absent.
fn maybe_ms(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(ms)
}

/// An id's bytes, as a value.
pub(super) fn id(bytes: &[u8; 16]) -> Value {
    bytes.to_vec().into()
}

fn proof(row: &Row) -> Result<Proof, Error> {
    let kind = match row.maybe_text("proof")?.as_deref() {
        Some("link") => ProofKind::Link,
        Some("reset") => ProofKind::Reset,
        Some(_) | None => return Err(Error::Unreadable { column: "proof" }),
    };
    Ok(Proof { kind, issue: row.small("proof_issue")? })
}

fn proof_name(kind: ProofKind) -> &'static str {
    match kind {
        ProofKind::Link => "link",
        ProofKind::Reset => "reset",
    }
}

/// The row of a line of the audit.
pub(super) fn audit_row(tenant: &TenantId, record: &Record) -> Vec<Value> {
    vec![
        tenant.as_str().into(),
        id(uuid_v7(record.at).as_bytes()),
        ms(record.at).into(),
        record.event.into(),
        record.outcome.into(),
        record.reason.into(),
        record.recovery.map(|recovery| recovery.as_bytes().to_vec()).into(),
        record.account.as_ref().map(|account| account.as_str().to_owned()).into(),
        record.actor.clone().into(),
        record.method.into(),
        record.source_ip.clone().into(),
        record.user_agent.clone().into(),
        record.request_id.clone().into(),
    ]
}
