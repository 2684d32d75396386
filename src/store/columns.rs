//! How values of `domain` stand in columns: moments as milliseconds since 1970, ids as bytes, enums as texts.

use std::time::Duration;

use sea_orm::Value;

use super::Error;
use super::rows::{Attempt, DeliveredTo, Delivery, Outcome, Record};
use super::sql::Row;
use crate::domain::Timestamp;
use crate::domain::id::{AccountId, AttemptId, MessageId, RecoveryId, TenantId, uuid_v7};
use crate::domain::message::Purpose;
use crate::domain::method::Method;
use crate::domain::recovery::{CodesClosed, Issue, Proof, ProofKind, Recovery, State, Terms};
use crate::domain::seal::Sealed;

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

fn duration_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn maybe_ms(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(ms)
}

/// An id's bytes, as a value.
pub(super) fn id(bytes: &[u8; 16]) -> Value {
    bytes.to_vec().into()
}

/// The row of a recovery that begins.
pub(super) fn recovery_row(tenant: &TenantId, recovery: &Recovery, request: &Sealed) -> Vec<Value> {
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
pub(super) fn moving_columns(recovery: &Recovery) -> [Value; 11] {
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
pub(super) const MOVING: [&str; 11] = [
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
pub(super) fn recovery(row: &Row, recovery: RecoveryId) -> Result<Recovery, Error> {
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

/// The row of an issue.
pub(super) fn issue_row(tenant: &TenantId, recovery: RecoveryId, issue: &Issue) -> Vec<Value> {
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
pub(super) fn issue(row: &Row) -> Result<Issue, Error> {
    let method = Method::parse(&row.text("issue_method")?).ok_or(Error::Unreadable { column: "issue_method" })?;
    Ok(Issue {
        number: row.small("issue_number")?,
        at: row.time("issue_at")?,
        method,
        digits: row.small("issue_digits")?,
    })
}

/// The row of a delivery.
pub(super) fn delivery_row(tenant: &TenantId, recovery: RecoveryId, delivery: &Delivery) -> Vec<Value> {
    let to = delivery.account.as_ref();
    vec![
        tenant.as_str().into(),
        id(recovery.as_bytes()),
        i64::from(delivery.issue).into(),
        ms(delivery.at).into(),
        to.map(|to| to.account.as_str().to_owned()).into(),
        to.map(|to| to.login.as_bytes().to_vec()).into(),
        to.map(|to| to.address.to_vec()).into(),
    ]
}

/// Reads a delivery from a row whose columns begin with `delivery_`, where there is one.
pub(super) fn delivery(row: &Row, issue: u8) -> Result<Option<Delivery>, Error> {
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
    Ok(Some(Delivery { issue, at, account }))
}

/// The row of an attempt.
pub(super) fn attempt_row(tenant: &TenantId, attempt: &Attempt) -> Vec<Value> {
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
    ]
}

/// Reads an attempt from its row.
pub(super) fn attempt(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        id: AttemptId::from_bytes(row.array("id")?),
        recovery: RecoveryId::from_bytes(row.array("recovery")?),
        account: AccountId::new(row.text("account")?),
        proof: proof(row)?,
        began_at: row.time("began_at")?,
        lease_until: row.time("lease_until")?,
        outcome: outcome(&row.text("outcome")?)?,
        before: row.maybe_time("sessions_before")?,
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

/// A message as it is written.
pub(super) struct NewMessage<'a> {
    pub(super) id: MessageId,
    pub(super) recovery: RecoveryId,
    pub(super) purpose: Purpose,
    pub(super) address: Option<&'a Sealed>,
    pub(super) status: &'static str,
    pub(super) due_at: Timestamp,
    pub(super) created_at: Timestamp,
}

/// The row of a message.
pub(super) fn outbox_row(tenant: &TenantId, message: &NewMessage<'_>) -> Vec<Value> {
    let (issue, attempt) = match message.purpose {
        Purpose::Recovery { issue } => (Some(issue), None),
        Purpose::Changed { attempt }
        | Purpose::MaybeChanged { attempt }
        | Purpose::EndSessions { attempt }
        | Purpose::LookAgain { attempt } => (None, Some(attempt)),
    };
    vec![
        id(message.id.as_bytes()),
        tenant.as_str().into(),
        id(message.recovery.as_bytes()),
        purpose_name(message.purpose).into(),
        issue.map(i64::from).into(),
        attempt.map(|attempt| attempt.as_bytes().to_vec()).into(),
        message.address.map(|address| address.as_bytes().to_vec()).into(),
        message.status.into(),
        0_i64.into(),
        ms(message.due_at).into(),
        ms(message.created_at).into(),
    ]
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Recovery { .. } => "recovery",
        Purpose::Changed { .. } => "changed",
        Purpose::MaybeChanged { .. } => "maybe_changed",
        Purpose::EndSessions { .. } => "end_sessions",
        Purpose::LookAgain { .. } => "look_again",
    }
}

/// Reads what a message is for.
pub(super) fn purpose(row: &Row) -> Result<Purpose, Error> {
    let attempt = || {
        let attempt = row.maybe_array("attempt")?.map(AttemptId::from_bytes);
        attempt.ok_or(Error::Unreadable { column: "attempt" })
    };
    match row.text("purpose")?.as_str() {
        "recovery" => Ok(Purpose::Recovery { issue: row.small("issue")? }),
        "changed" => Ok(Purpose::Changed { attempt: attempt()? }),
        "maybe_changed" => Ok(Purpose::MaybeChanged { attempt: attempt()? }),
        "end_sessions" => Ok(Purpose::EndSessions { attempt: attempt()? }),
        "look_again" => Ok(Purpose::LookAgain { attempt: attempt()? }),
        _ => Err(Error::Unreadable { column: "purpose" }),
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
