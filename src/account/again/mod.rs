//! Looking again at an account after its password was changed. Where a login that was under way, or a link of the
//! provider's own mails, can outlive the change, either may still overwrite the password, and no provider tells us
//! when: so we come back, and hold the credential's time against what we know to be ours.
//!
//! What is promised: another hand's change that stands at one of the looks ends every session, is audited, counted and
//! told once. What is not: a change that a later one of ours has covered by then, and a late login that changes nothing
//! and only begins a session; `late_logins = "end"` ends those as well.

mod schedule;
mod verdict;

use std::time::Duration;

use self::schedule::Schedule;
use self::verdict::{Verdict, verdict};
use super::{Accounts, Error, call};
use crate::audit::{self, Draft, Event};
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, MessageId};
use crate::domain::seal::Sealed;
use crate::identity::Account;
use crate::metrics;
use crate::store::rows::{Attempt, LateChange, Outcome, Record};
use crate::tenant::LateLogins;

/// How long after the lease of a running change it is looked again.
const AFTER_LEASE: Duration = Duration::from_secs(1);

/// What became of a look.
#[derive(Debug)]
pub enum Looked {
    /// It is to be looked again at that time; the audit's records go with the settlement.
    Again(Timestamp, Vec<Record>),
    /// This was the last look.
    Last(Vec<Record>),
    /// There is nothing to look for: the account is gone, or a later change of ours is looked at by its own row.
    Nothing,
}

impl Accounts {
    /// When to look first after a change, or an attempt that may have been one; `None` where no login outlives it.
    pub(super) fn first_look(&self, changed_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.tenant.provider.capabilities().late_logins.then(|| schedule::first(changed_at, now))
    }

    /// What the worker does with a `LookAgain` row. A failure loses nothing: it is looked again, and what was told is
    /// not told twice.
    pub async fn look_again(&self, id: AttemptId) -> Result<Looked, Error> {
        let Some(attempt) = self.store.attempt(id).await? else {
            return Ok(Looked::Nothing);
        };
        let read = self.tenant.provider.account(&attempt.account);
        let Some(account) = call::call(&self.tenant, "account", read).await? else {
            return Ok(Looked::Nothing);
        };
        // Only now: a change of ours stands in the store before the provider can show it.
        let later = self.store.later_attempts(&attempt).await?;
        let changed_at = account.credential_changed_at;
        match verdict(&attempt, &later, changed_at, self.clock.now()) {
            Verdict::Superseded => Ok(Looked::Nothing),
            Verdict::UnderWay(until) => Ok(Looked::Again(until + AFTER_LEASE, Vec::new())),
            Verdict::NothingNew => {
                let outcome = if changed_at.is_some() { "ok" } else { "unknown" };
                self.look_on(&attempt, Some(outcome)).await
            }
            Verdict::OursAfterAll(at) => {
                // While the attempt's own end of sessions is open, that completes it.
                if !self.store.has_open_end_sessions(attempt.recovery).await? {
                    self.complete_late(&attempt, at).await?;
                }
                self.look_on(&attempt, Some("ok")).await
            }
            Verdict::AnotherHand(at) => {
                self.tell_of(&attempt, &account, at).await?;
                self.look_on(&attempt, None).await
            }
        }
    }

    /// Ends the late logins where the tenant wants it, and says when the next look comes. That nothing was found is
    /// said at the last look alone: at each, four lines of every recovery would tell of nothing.
    async fn look_on(&self, attempt: &Attempt, outcome: Option<&'static str>) -> Result<Looked, Error> {
        let Some(lifespans) = call::call(&self.tenant, "lifespans", self.tenant.provider.lifespans()).await? else {
            return Ok(Looked::Nothing);
        };
        let schedule = Schedule::new(attempt.before.unwrap_or(attempt.lease_until), lifespans);
        let mut records = Vec::new();
        records.extend(self.end_late_logins(attempt, &schedule).await?);
        if let Some(at) = schedule.next(self.clock.now()) {
            return Ok(Looked::Again(at, records));
        }
        records.extend(outcome.map(|outcome| self.looked(attempt).outcome(outcome).by_worker()));
        Ok(Looked::Last(records))
    }

    /// With `late_logins = "end"`: ends every session that began while a login from before the change could finish,
    /// whoever began it. Never one that began after that, however late the look comes.
    async fn end_late_logins(&self, attempt: &Attempt, schedule: &Schedule) -> Result<Option<Record>, Error> {
        match (self.tenant.late_logins, attempt.outcome) {
            (LateLogins::Tell, _) | (LateLogins::End, Outcome::Pending | Outcome::Refused | Outcome::Unknown) => {
                Ok(None)
            }
            (LateLogins::End, Outcome::Accepted) => {
                let before = self.clock.now().min(schedule.logins_end());
                let ended = self.end(attempt, before, call::LIMIT).await?;
                Ok((ended.sessions != Some(0)).then(|| self.ended_record(attempt, ended)))
            }
        }
    }

    /// Another hand has changed the password: ends every session, then says so everywhere, once. In this order, because
    /// the notice says that the sessions have ended.
    async fn tell_of(&self, attempt: &Attempt, account: &Account, changed_at: Timestamp) -> Result<(), Error> {
        let now = self.clock.now();
        let ended = self.end(attempt, now, call::LIMIT).await?;
        let notices = self.late_notices(attempt, account, now).await?;
        let mut looked = self.looked(attempt).outcome("changed_again");
        if notices.is_empty() {
            looked = looked.reason("nobody_told");
        }
        let audit = vec![self.ended_record(attempt, ended), looked.by_worker()];
        let change = LateChange { attempt: attempt.id, recovery: attempt.recovery, changed_at, notices, now };
        if self.store.changed_again(change, audit).await? {
            metrics::late_change(&self.tenant.id.to_string());
            tracing::warn!(
                tenant.id = %self.tenant.id, recovery.id = %attempt.recovery,
                "a password was changed again by another hand; the sessions have ended and the person is told"
            );
        }
        Ok(())
    }

    /// A notice for every address that is verified now. None where the recovery's key is not there any more: a key may
    /// be removed hours before the last look, and to wait for it would end the sessions again and again.
    async fn late_notices(
        &self,
        attempt: &Attempt,
        account: &Account,
        now: Timestamp,
    ) -> Result<Vec<(MessageId, Sealed)>, Error> {
        let Some(loaded) = self.store.recovery(attempt.recovery).await? else {
            return Ok(Vec::new());
        };
        let Some(key) = self.tenant.keys.get(loaded.recovery.key_id) else {
            tracing::error!(
                tenant.id = %self.tenant.id, recovery.id = %attempt.recovery,
                "a password was changed again, and the key is gone that the notice needs"
            );
            return Ok(Vec::new());
        };
        Ok(self.notices(account, attempt.recovery, now, key))
    }

    fn looked(&self, attempt: &Attempt) -> Draft {
        audit::record(Event::LookedAgain, self.clock.now()).recovery(attempt.recovery).account(&attempt.account)
    }
}
