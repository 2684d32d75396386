//! Ending the sessions of an account whose password was changed, or may have been: at once by the task that changed
//! it, and certainly by the outbox row that was written before.

use std::time::Duration;

use super::change::Set;
use super::{Accounts, Error, call};
use crate::audit::{self, Event};
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, MessageId};
use crate::identity::{self, Cause, Ended};
use crate::metrics;
use crate::store::rows::{Attempt, Fate, Outcome, Record, Settlement};

/// Longest that the task which changed the password waits for the sessions to end.
const AT_ONCE: Duration = Duration::from_secs(5);
/// After how long a worker tries what did not succeed at once.
const SOON: Duration = Duration::from_secs(1);
/// How long after the lease of a doubtful attempt its sessions are ended once more: the provider may have applied the
/// password late.
const ONCE_MORE: Duration = Duration::from_mins(5);

/// What became of an `EndSessions` row.
#[derive(Debug)]
pub enum Swept {
    /// The sessions have ended; the audit's record goes with the settlement.
    Ended(Record),
    /// They have ended, and are to be ended again at that time.
    Again(Timestamp, Record),
    /// It is too early: the attempt still holds its lease.
    TooEarly(Timestamp),
    /// There is nothing to end: no such attempt, or it was refused.
    Nothing,
}

impl Accounts {
    /// Ends the sessions right after the change, in the same task and with a short limit; where that fails, a worker is
    /// to do it soon, and where this process dies, once the row's lease is over.
    pub(super) async fn end_at_once(&self, attempt: &Attempt, row: MessageId, before: Timestamp) {
        let settled = match self.end(attempt, before, AT_ONCE).await {
            Ok(ended) => {
                self.unlock(attempt).await;
                let record = self.ended_record(attempt, ended);
                Settlement { message: row, fate: Fate::Sent, last_error: None, audit: vec![record] }
            }
            Err(error) => {
                let fate = Fate::Retry { at: self.clock.now() + SOON };
                Settlement { message: row, fate, last_error: Some(error.class().to_owned()), audit: vec![] }
            }
        };
        if let Err(error) = self.store.settle(settled, self.clock.now()).await {
            tracing::warn!(tenant.id = %self.tenant.id, %error, "the end of sessions will be done again");
        }
    }

    /// What the worker does with an `EndSessions` row: the certain end, also of what a dead process left behind.
    pub async fn end_sessions(&self, id: AttemptId) -> Result<Swept, Error> {
        let Some(attempt) = self.store.attempt(id).await? else {
            return Ok(Swept::Nothing);
        };
        match (attempt.outcome, attempt.before) {
            (Outcome::Refused, _) => Ok(Swept::Nothing),
            (Outcome::Accepted, Some(before)) => {
                let ended = self.end(&attempt, before, call::LIMIT).await?;
                self.unlock(&attempt).await;
                Ok(Swept::Ended(self.ended_record(&attempt, ended)))
            }
            (Outcome::Accepted, None) | (Outcome::Pending | Outcome::Unknown, _) => self.end_doubtful(attempt).await,
        }
    }

    /// An attempt whose outcome nobody knows: its process died, or the provider did not say.
    async fn end_doubtful(&self, attempt: Attempt) -> Result<Swept, Error> {
        let now = self.clock.now();
        if now < attempt.lease_until {
            return Ok(Swept::TooEarly(attempt.lease_until));
        }
        // Who has changed the password since, and signed in with it, stays signed in.
        let later = self.store.accepted_since(&attempt.account, attempt.lease_until).await?;
        let ended = self.end(&attempt, later.unwrap_or(now), call::LIMIT).await?;
        let record = self.ended_record(&attempt, ended);
        if let Some(changed_at) = self.credential_time(&attempt).await {
            self.complete_late(&attempt, changed_at).await?;
            self.unlock(&attempt).await;
            return Ok(Swept::Ended(record));
        }
        self.store.leave_open(&attempt, self.first_look(attempt.lease_until, now), now).await?;
        let once_more = attempt.lease_until + ONCE_MORE;
        if now < once_more { Ok(Swept::Again(once_more, record)) } else { Ok(Swept::Ended(record)) }
    }

    /// The credential's time proves that the password was set after all.
    pub(super) async fn complete_late(&self, attempt: &Attempt, changed_at: Timestamp) -> Result<(), Error> {
        let late = audit::record(Event::CompletedLate, self.clock.now())
            .outcome("ok")
            .recovery(attempt.recovery)
            .account(&attempt.account)
            .by_worker();
        self.save_completed(attempt, Set::new(changed_at, Some(changed_at)), late).await
    }

    pub(super) async fn end(
        &self,
        attempt: &Attempt,
        before: Timestamp,
        limit: Duration,
    ) -> Result<Ended, identity::Error> {
        let late = identity::Error::Unavailable(Cause::Timeout);
        let end = self.tenant.provider.end_sessions(&attempt.account, before);
        let ended = call::within(limit, late, &self.tenant, "end_sessions", end).await;
        if ended.is_err() {
            metrics::session_end_failed(&self.tenant.id.to_string());
        }
        ended
    }

    /// Lifts a temporary lock-out, so that the new password can be used. It is no part of the promise: a failure is
    /// logged by the call and otherwise passed over.
    async fn unlock(&self, attempt: &Attempt) {
        if self.tenant.unlock && self.tenant.provider.capabilities().unlock {
            let _ = call::call(&self.tenant, "unlock", self.tenant.provider.unlock(&attempt.account)).await;
        }
    }

    pub(super) fn ended_record(&self, attempt: &Attempt, _ended: Ended) -> Record {
        audit::record(Event::SessionsEnded, self.clock.now())
            .outcome("ok")
            .recovery(attempt.recovery)
            .account(&attempt.account)
            .by_worker()
    }
}
