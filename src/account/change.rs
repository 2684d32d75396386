//! Setting a new password: `Changing` → provider → `Completed`, so that whatever dies on the way leaves rows behind
//! that end the sessions (invariant 7). No provider call happens inside a transaction (invariant 5).

use std::time::Duration;

use super::call::{self, LIMIT};
use super::enter::{Held, Person};
use super::{Accounts, Error};
use crate::audit::{self, Event, IpSetting, Source};
use crate::domain::Timestamp;
use crate::domain::id::{AttemptId, RecoveryId};
use crate::domain::password::{NewPassword, Violation};
use crate::domain::recovery::{Proof, Recovery};
use crate::identity::{self, Cause, Change};
use crate::store;
use crate::store::rows::{Attempt, Completion, Record};

/// Tries of one password at the provider.
const TRIES: usize = 2;

/// A password posted with a genuine proof.
#[derive(Debug)]
pub struct Request {
    /// The recovery.
    pub recovery: RecoveryId,
    /// The proof; its token has been found genuine.
    pub proof: Proof,
    /// The password; the tenant's own rules have been kept.
    pub password: NewPassword,
    /// Who posted it, for the audit.
    pub source: Source,
    /// How much of the client's address the audit keeps.
    pub audit_ip: IpSetting,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Changed {
    /// The password is set.
    Done,
    /// The provider's policy refused it; the proof is given back.
    Refused(Vec<Violation>),
    /// Another change for this account is running.
    Busy,
    /// The proof counts no more: used, expired, or the account is not what it was when the message was sent.
    Over,
    /// The provider cannot be reached; nothing was spent.
    Unreachable,
    /// The provider did not say; the proof lives, the sessions end.
    Unconfirmed,
}

/// What the provider said to a password.
enum Told {
    Accepted,
    Refused(Vec<Violation>),
    NotTaken,
    Unknown,
}

/// When a password was set, as far as it is known.
#[derive(Clone, Copy)]
pub(super) struct Set {
    /// Sessions that began before this end.
    before: Timestamp,
    /// What the provider says of the credential after it has taken the password.
    credential_at: Option<Timestamp>,
}

impl Set {
    pub(super) fn new(changed_at: Timestamp, credential_at: Option<Timestamp>) -> Self {
        // A session of the very millisecond of the change may have been begun with the old password.
        Self { before: changed_at + Duration::from_millis(1), credential_at }
    }
}

fn is_inside(attempt: &Attempt, changed_at: Timestamp) -> bool {
    (attempt.began_at..=attempt.lease_until).contains(&changed_at)
}

impl Accounts {
    /// Takes a password to the provider and sees it through. To be run in a tracked task: who waits may hang up.
    pub async fn change(&self, request: Request) -> Result<Changed, Error> {
        let Request { recovery, proof, password, source, audit_ip } = request;
        let held = match self.enter(recovery, proof, &password, Person { source, audit_ip }).await? {
            Ok(held) => held,
            Err(refused) => return Ok(refused),
        };
        match self.tell(&held.attempt, &password).await {
            Told::Accepted => match self.complete(&held).await {
                Ok(()) => Ok(Changed::Done),
                // The password is set and cannot be said to be: the rows written before see to the rest.
                Err(error) => {
                    tracing::error!(tenant.id = %self.tenant.id, recovery.id = %recovery, %error, "cannot save a change");
                    Ok(Changed::Unconfirmed)
                }
            },
            Told::Refused(violations) => {
                let record = self.record(Event::PasswordRefused, "refused", &held);
                self.give_back(&held, Recovery::refused, record).await?;
                Ok(Changed::Refused(violations))
            }
            Told::NotTaken => {
                let record = self.record(Event::RecoveryFailed, "provider_unavailable", &held);
                self.give_back(&held, |recovery, attempt, _| recovery.given_back(attempt), record).await?;
                Ok(Changed::Unreachable)
            }
            Told::Unknown => {
                let record = self.record(Event::RecoveryFailed, "unknown_outcome", &held);
                self.store.unknown(held.attempt.id, record).await?;
                Ok(Changed::Unconfirmed)
            }
        }
    }

    /// Calls the provider, twice at most, and never where the call could outlast the lease. After one unknown outcome
    /// no answer is definite: a refusal then may be the provider's history meeting the password it has just taken.
    async fn tell(&self, attempt: &Attempt, password: &NewPassword) -> Told {
        let provider = &self.tenant.provider;
        let mut in_doubt = false;
        for _ in 0..TRIES {
            if self.clock.now() + LIMIT > attempt.lease_until {
                break;
            }
            let late = identity::Error::UnknownOutcome(Cause::Timeout);
            let set = provider.set_password(&attempt.account, password, Change::default());
            match call::within(LIMIT, late, &self.tenant, "set_password", set).await {
                Ok(()) => return Told::Accepted,
                Err(identity::Error::UnknownOutcome(_)) => in_doubt = true,
                Err(identity::Error::PasswordRefused(_)) if in_doubt => {
                    let ours = self.credential_time(attempt).await.is_some();
                    return if ours { Told::Accepted } else { Told::Unknown };
                }
                Err(identity::Error::PasswordRefused(violations)) => return Told::Refused(violations),
                Err(
                    identity::Error::Unavailable(_) | identity::Error::Denied(_) | identity::Error::Misconfigured(_),
                ) => break,
            }
        }
        if in_doubt { Told::Unknown } else { Told::NotTaken }
    }

    /// When the provider says that the credential was changed, if that lies inside the attempt.
    pub(super) async fn credential_time(&self, attempt: &Attempt) -> Option<Timestamp> {
        self.credential_at(attempt).await.filter(|changed_at| is_inside(attempt, *changed_at))
    }

    /// When the provider says that the credential was changed, whatever its clock shows.
    async fn credential_at(&self, attempt: &Attempt) -> Option<Timestamp> {
        let account = call::call(&self.tenant, "account", self.tenant.provider.account(&attempt.account)).await;
        account.ok()??.credential_changed_at
    }

    /// Saves `Completed`, closes the account's other recoveries, lets the notices go, and ends the sessions at once.
    async fn complete(&self, held: &Held) -> Result<(), Error> {
        let seen_at = self.clock.now();
        let credential_at = self.credential_at(&held.attempt).await;
        let inside = credential_at.filter(|changed_at| is_inside(&held.attempt, *changed_at));
        let set = Set::new(inside.unwrap_or(seen_at), credential_at);
        let record = self.record(Event::PasswordChanged, "ok", held);
        self.save_completed(&held.attempt, set, record).await?;
        self.end_at_once(&held.attempt, held.end_sessions, set.before).await;
        Ok(())
    }

    /// One transaction, decided again until it is stored: the password *is* set.
    pub(super) async fn save_completed(&self, attempt: &Attempt, set: Set, record: Record) -> Result<(), Error> {
        loop {
            let now = self.clock.now();
            let loaded = self.store.recovery(attempt.recovery).await?;
            let recovery = loaded.and_then(|loaded| loaded.recovery.accepted(attempt.proof, now));
            let completion = Completion {
                recovery,
                id: attempt.recovery,
                attempt: attempt.id,
                account: attempt.account.clone(),
                before: set.before,
                credential_at: set.credential_at,
                look_again: self.first_look(set.before, now),
                now,
            };
            match self.store.complete(completion, vec![record.clone()]).await {
                Ok(()) => return Ok(()),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Gives the recovery back after a definite refusal; nothing is left of the attempt but its row.
    async fn give_back(
        &self,
        held: &Held,
        decide: impl Fn(Recovery, AttemptId, Timestamp) -> Option<Recovery>,
        record: Record,
    ) -> Result<(), Error> {
        let attempt = &held.attempt;
        loop {
            let loaded = self.store.recovery(attempt.recovery).await?;
            let recovery = loaded.and_then(|loaded| decide(loaded.recovery, attempt.id, self.clock.now()));
            match self.store.refuse(recovery.as_ref(), attempt.id, &attempt.account, record.clone()).await {
                Ok(()) => return Ok(()),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn record(&self, event: Event, outcome: &'static str, held: &Held) -> Record {
        audit::record(event, self.clock.now())
            .outcome(outcome)
            .recovery(held.attempt.recovery)
            .account(&held.attempt.account)
            .by_person(&held.by.source, held.by.audit_ip)
    }
}
