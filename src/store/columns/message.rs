//! The rows of the outbox.

use sea_orm::Value;

use super::super::Error;
use super::super::sql::Row;
use super::{id, maybe_ms, ms};
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, MessageId, RecoveryId, TenantId};
use crate::domain::message::Purpose;
use crate::domain::seal::Sealed;

/// A message as it is written.
pub(in crate::store) struct NewMessage<'a> {
    pub(in crate::store) id: MessageId,
    pub(in crate::store) recovery: RecoveryId,
    pub(in crate::store) purpose: Purpose,
    pub(in crate::store) address: Option<&'a Sealed>,
    pub(in crate::store) status: &'static str,
    pub(in crate::store) due_at: Timestamp,
    pub(in crate::store) created_at: Timestamp,
}

/// The row of a message.
pub(in crate::store) fn outbox_row(tenant: &TenantId, message: &NewMessage<'_>) -> Vec<Value> {
    let (issue, attempt, changed_at) = match message.purpose {
        Purpose::Recovery { issue } => (Some(issue), None, None),
        Purpose::Changed { attempt }
        | Purpose::MaybeChanged { attempt }
        | Purpose::EndSessions { attempt }
        | Purpose::LookAgain { attempt } => (None, Some(attempt), None),
        Purpose::ChangedAgain { attempt, changed_at } => (None, Some(attempt), Some(changed_at)),
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
        maybe_ms(changed_at).into(),
    ]
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Recovery { .. } => "recovery",
        Purpose::Changed { .. } => "changed",
        Purpose::MaybeChanged { .. } => "maybe_changed",
        Purpose::EndSessions { .. } => "end_sessions",
        Purpose::LookAgain { .. } => "look_again",
        Purpose::ChangedAgain { .. } => "changed_again",
    }
}

/// Reads what a message is for.
pub(in crate::store) fn purpose(row: &Row) -> Result<Purpose, Error> {
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
        "changed_again" => {
            let changed_at = row.maybe_time("changed_at")?.ok_or(Error::Unreadable { column: "changed_at" })?;
            Ok(Purpose::ChangedAgain { attempt: attempt()?, changed_at })
        }
        _ => Err(Error::Unreadable { column: "purpose" }),
    }
}
