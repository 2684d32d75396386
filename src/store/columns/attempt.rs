//! The rows of attempts.

use sea_orm::Value;

use super::super::Error;
use super::super::rows::{Attempt, Outcome};
use super::super::sql::Row;
use super::{id, maybe_ms, ms, proof, proof_name};
use crate::domain::id::{AccountId, AttemptId, RecoveryId, TenantId};

/// The row of an attempt.
pub(in crate::store) fn attempt_row(tenant: &TenantId, attempt: &Attempt) -> Vec<Value> {
    vec![
        tenant.as_str().into(),
        id(attempt.id.as_bytes()),
        id(attempt.recovery.as_bytes()),
        attempt.account.as_str().into(),
        proof_name(attempt.proof.kind).into(),
        i64::from(attempt.proof.issue).into(),
        ms(attempt.began_at).into(),
        ms(attempt.lease_until).into(),
        outcome_name(attempt.outcome).into(),
        maybe_ms(attempt.before).into(),
        maybe_ms(attempt.credential_at).into(),
    ]
}

/// Reads an attempt from its row.
pub(in crate::store) fn attempt(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        id: AttemptId::from_bytes(row.array("id")?),
        recovery: RecoveryId::from_bytes(row.array("recovery")?),
        account: AccountId::new(row.text("account")?),
        proof: proof(row)?,
        began_at: row.time("began_at")?,
        lease_until: row.time("lease_until")?,
        outcome: outcome(&row.text("outcome")?)?,
        before: row.maybe_time("sessions_before")?,
        credential_at: row.maybe_time("credential_at")?,
    })
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "pending",
        Outcome::Accepted => "accepted",
        Outcome::Refused => "refused",
        Outcome::Unknown => "unknown",
    }
}

fn outcome(name: &str) -> Result<Outcome, Error> {
    match name {
        "pending" => Ok(Outcome::Pending),
        "accepted" => Ok(Outcome::Accepted),
        "refused" => Ok(Outcome::Refused),
        "unknown" => Ok(Outcome::Unknown),
        _ => Err(Error::Unreadable { column: "outcome" }),
    }
}
