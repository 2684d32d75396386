//! The rows of recoveries, issues and deliveries.

use std::time::Duration;

use sea_orm::Value;

use super::super::Error;
use super::super::rows::{DeliveredTo, Delivery};
use super::super::sql::Row;
use super::{duration_ms, id, maybe_ms, ms, proof, proof_name};
use crate::domain::id::{AccountId, AttemptId, RecoveryId, TenantId};
use crate::domain::issue::Issue;
use crate::domain::method::Method;
use crate::domain::recovery::{CodesClosed, Recovery, State, Terms};
use crate::domain::seal::Sealed;

/// The row of a recovery that begins.
pub(in crate::store) fn recovery_row(tenant: &TenantId, recovery: &Recovery, request: &Sealed) -> Vec<Value> {
    let Terms { link_life, code_life, attempts, digits } = recovery.terms;
    let mut row: Vec<Value> = vec![
        tenant.as_str().into(),
        id(recovery.id.as_bytes()),
        recovery.version.into(),
        i64::from(recovery.key_id).into(),
        ms(recovery.started_at).into(),
        ms(recovery.expires_at).into(),
        duration_ms(link_life).into(),
        duration_ms(code_life).into(),
        i64::from(attempts).into(),
        i64::from(digits).into(),
        request.as_bytes().to_vec().into(),
    ];
    row.extend(moving_columns(recovery));
    row
}

/// What a transition can change, in the order of [`MOVING`].
pub(in crate::store) fn moving_columns(recovery: &Recovery) -> [Value; 11] {
    let (state, attempt, proof, lease_until, ended_at) = match recovery.state {
        State::Open => ("open", None, None, None, None),
        State::Changing { attempt, proof, lease_until } => {
            ("changing", Some(attempt), Some(proof), Some(lease_until), None)
        }
        State::Completed { by, at } => ("completed", None, Some(by), None, Some(at)),
        State::Closed { at } => ("closed", None, None, None, Some(at)),
    };
    [
        i64::from(recovery.codes_left).into(),
        maybe_ms(recovery.codes_closed.map(|closed| closed.at)).into(),
        recovery.codes_closed.and_then(|closed| closed.issue).map(i64::from).into(),
        maybe_ms(recovery.cancelled_at).into(),
        i64::from(recovery.passwords_left).into(),
        state.into(),
        attempt.map(|attempt| attempt.as_bytes().to_vec()).into(),
        proof.map(|proof| proof_name(proof.kind)).into(),
        proof.map(|proof| i64::from(proof.issue)).into(),
        maybe_ms(lease_until).into(),
        maybe_ms(ended_at).into(),
    ]
}

/// The columns that a transition can change.
pub(in crate::store) const MOVING: [&str; 11] = [
    "codes_left",
    "codes_closed_at",
    "codes_closed_issue",
    "cancelled_at",
    "passwords_left",
    "state",
    "attempt",
    "proof",
    "proof_issue",
    "lease_until",
    "ended_at",
];

/// Reads a recovery from its row, in which the id's column may be named otherwise.
pub(in crate::store) fn recovery(row: &Row, recovery: RecoveryId) -> Result<Recovery, Error> {
    let codes_closed_issue = row.maybe_small("codes_closed_issue")?;
    let millis = |column| row.small::<u64>(column).map(Duration::from_millis);
    Ok(Recovery {
        id: recovery,
        version: row.number("version")?,
        key_id: row.small("key_id")?,
        started_at: row.time("started_at")?,
        expires_at: row.time("expires_at")?,
        terms: Terms {
            link_life: millis("link_life_ms")?,
            code_life: millis("code_life_ms")?,
            attempts: row.small("attempts")?,
            digits: row.small("digits")?,
        },
        codes_left: row.small("codes_left")?,
        codes_closed: row.maybe_time("codes_closed_at")?.map(|at| CodesClosed { at, issue: codes_closed_issue }),
        cancelled_at: row.maybe_time("cancelled_at")?,
        passwords_left: row.small("passwords_left")?,
        state: state(row)?,
    })
}

fn state(row: &Row) -> Result<State, Error> {
    let absent = |column| Error::Unreadable { column };
    match row.text("state")?.as_str() {
        "open" => Ok(State::Open),
        "changing" => Ok(State::Changing {
            attempt: row.maybe_array("attempt")?.map(AttemptId::from_bytes).ok_or(absent("attempt"))?,
            proof: proof(row)?,
            lease_until: row.maybe_time("lease_until")?.ok_or(absent("lease_until"))?,
        }),
        "completed" => {
            Ok(State::Completed { by: proof(row)?, at: row.maybe_time("ended_at")?.ok_or(absent("ended_at"))? })
        }
        "closed" => Ok(State::Closed { at: row.maybe_time("ended_at")?.ok_or(absent("ended_at"))? }),
        _ => Err(absent("state")),
    }
}

/// The row of an issue.
pub(in crate::store) fn issue_row(tenant: &TenantId, recovery: RecoveryId, issue: &Issue) -> Vec<Value> {
    vec![
        tenant.as_str().into(),
        id(recovery.as_bytes()),
        i64::from(issue.number).into(),
        ms(issue.at).into(),
        issue.method.as_str().into(),
        i64::from(issue.digits).into(),
    ]
}

/// Reads an issue from a row whose columns begin with `issue_`.
pub(in crate::store) fn issue(row: &Row) -> Result<Issue, Error> {
    let method = Method::parse(&row.text("issue_method")?).ok_or(Error::Unreadable { column: "issue_method" })?;
    Ok(Issue {
        number: row.small("issue_number")?,
        at: row.time("issue_at")?,
        method,
        digits: row.small("issue_digits")?,
    })
}

/// The row of a delivery.
pub(in crate::store) fn delivery_row(tenant: &TenantId, recovery: RecoveryId, delivery: &Delivery) -> Vec<Value> {
    let to = delivery.account.as_ref();
    vec![
        tenant.as_str().into(),
        id(recovery.as_bytes()),
        i64::from(delivery.issue).into(),
        ms(delivery.at).into(),
        to.map(|to| to.account.as_str().to_owned()).into(),
        to.map(|to| to.login.as_bytes().to_vec()).into(),
        to.map(|to| to.address.to_vec()).into(),
        i64::from(delivery.digits).into(),
        delivery.refuse_at.map(i64::from).into(),
    ]
}

/// Reads a delivery from a row whose columns begin with `delivery_`, where there is one.
pub(in crate::store) fn delivery(row: &Row, issue: u8) -> Result<Option<Delivery>, Error> {
    let Some(at) = row.maybe_time("delivery_at")? else {
        return Ok(None);
    };
    let account = row.maybe_text("delivery_account")?.map(AccountId::new);
    let login = row.maybe_bytes("delivery_login")?.map(Sealed::from_bytes);
    let address = row.maybe_array("delivery_address")?;
    let account = match (account, login, address) {
        (Some(account), Some(login), Some(address)) => Some(DeliveredTo { account, login, address }),
        (None, None, None) => None,
        (_, _, _) => return Err(Error::Unreadable { column: "delivery_account" }),
    };
    let digits = row.maybe_small("delivery_digits")?.unwrap_or(0);
    Ok(Some(Delivery { issue, at, account, digits, refuse_at: row.maybe_small("delivery_refuse_at")? }))
}
