//! Before the provider is called: the guards run again on the account as it is now, and one transaction takes recovery
//! and account for an attempt and writes the rows that outlive a crash.

use super::change::Changed;
use super::guard::{digest, may_recover, number_digest, verified, verified_numbers};
use super::{Accounts, Error, call};
use crate::audit::{IpSetting, Source};
use crate::domain::Timestamp;
use crate::domain::address::Address;
use crate::domain::id::{AttemptId, MessageId, RecoveryId};
use crate::domain::key::TenantKey;
use crate::domain::password::{NewPassword, Violation};
use crate::domain::recovery::{LEASE, Proof, Recovery, Refusal};
use crate::domain::seal::Sealed;
use crate::identity::Account;
use crate::store;
use crate::store::rows::{Attempt, Delivery, Entered, Entry, Loaded, Outcome};

/// How often a save that met another one is decided again before the request gives up.
const CONFLICTS: usize = 3;

/// An attempt that holds its recovery and its account.
pub(super) struct Held {
    pub(super) attempt: Attempt,
    pub(super) end_sessions: MessageId,
    pub(super) by: Person,
}

/// Who posted a password, and how much of it is kept.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) source: Source,
    pub(super) audit_ip: IpSetting,
}

impl Accounts {
    /// Runs the guards again and takes recovery and account for one attempt. What the account says of its person makes no
    /// password either; a refusal for that spends nothing.
    pub(super) async fn enter(
        &self,
        id: RecoveryId,
        proof: Proof,
        password: &NewPassword,
        by: Person,
    ) -> Result<Result<Held, Changed>, Error> {
        for _ in 0..CONFLICTS {
            let Some(loaded) = self.store.recovery(id).await? else {
                return Ok(Err(Changed::Over));
            };
            let key_id = loaded.recovery.key_id;
            let key = self.tenant.keys.get(key_id).ok_or(Error::MissingKey(key_id))?;
            let account = match self.reread(&loaded, proof, key).await? {
                Ok(account) => account,
                Err(refused) => return Ok(Err(refused)),
            };
            if self.tenant.password.is_personal(password, &words(&account)) {
                return Ok(Err(Changed::Refused(vec![Violation::ContainsContext])));
            }
            let now = self.clock.now();
            let attempt = AttemptId::random();
            let recovery = match enter(&loaded, proof, attempt, now) {
                Ok(recovery) => recovery,
                Err(Refusal::Over) => return Ok(Err(Changed::Over)),
                Err(Refusal::Busy) => return Ok(Err(Changed::Busy)),
            };
            let entry = self.entry(recovery, proof, &account, attempt, now, key);
            let held = Held { attempt: entry.attempt.clone(), end_sessions: entry.end_sessions, by: by.clone() };
            match self.store.enter(entry).await {
                Ok(Entered::Held) => return Ok(Ok(held)),
                Ok(Entered::Busy) => return Ok(Err(Changed::Busy)),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    /// The account as it is now, if it still is the one that the message was sent to, at the same verified address,
    /// with the password that it had then.
    async fn reread(&self, loaded: &Loaded, proof: Proof, key: &TenantKey) -> Result<Result<Account, Changed>, Error> {
        let Some((delivery, to)) = loaded.delivery(proof.issue).and_then(|row| Some((row, row.account.as_ref()?)))
        else {
            return Ok(Err(Changed::Over));
        };
        let provider = &self.tenant.provider;
        let account = match call::call(&self.tenant, "account", provider.account(&to.account)).await {
            Ok(Some(account)) => account,
            Ok(None) => return Ok(Err(Changed::Over)),
            Err(_) => return Ok(Err(Changed::Unreachable)),
        };
        let same_address = verified(&account).any(|address| digest(key, address) == to.address)
            || verified_numbers(&account).any(|number| number_digest(key, number) == to.address);
        if !may_recover(&self.tenant, &account) || !same_address {
            return Ok(Err(Changed::Over));
        }
        if self.was_changed_since(delivery, &account).await? {
            return Ok(Err(Changed::Over));
        }
        Ok(Ok(account))
    }

    /// Whether the password was changed after the message was sent. A change is excused only where it lies inside an
    /// attempt of ours whose outcome stayed unknown: it may have been ours.
    async fn was_changed_since(&self, delivery: &Delivery, account: &Account) -> Result<bool, Error> {
        let Some(changed_at) = account.credential_changed_at else {
            return Ok(false);
        };
        if changed_at <= delivery.at {
            return Ok(false);
        }
        let doubtful = self.store.unknown_attempts(&account.id, delivery.at, self.clock.now()).await?;
        let excused = doubtful.iter().any(|(began_at, lease_until)| (*began_at..=*lease_until).contains(&changed_at));
        Ok(!excused)
    }

    /// All that is written before the provider is called.
    fn entry(
        &self,
        recovery: Recovery,
        proof: Proof,
        account: &Account,
        attempt: AttemptId,
        now: Timestamp,
        key: &TenantKey,
    ) -> Entry {
        let notices = self.notices(account, recovery.id, now, key);
        let attempt = Attempt {
            id: attempt,
            recovery: recovery.id,
            account: account.id.clone(),
            proof,
            began_at: now,
            lease_until: now + LEASE,
            outcome: Outcome::Pending,
            before: None,
            credential_at: None,
        };
        Entry { recovery, attempt, end_sessions: MessageId::new(now), notices }
    }

    /// A notice for every verified address, and for every verified number that the tenant can send a text message to,
    /// sealed for the recovery (DA-12).
    pub(super) fn notices(
        &self,
        account: &Account,
        recovery: RecoveryId,
        now: Timestamp,
        key: &TenantKey,
    ) -> Vec<(MessageId, Sealed)> {
        let sealed = |address: Address| (MessageId::new(now), Sealed::new(key, &self.tenant.id, recovery, &address));
        let mails = verified(account).cloned().map(Address::Email);
        let numbers = verified_numbers(account).filter(|number| self.tenant.texts_to(number).is_some());
        mails.chain(numbers.cloned().map(Address::Phone)).map(sealed).collect()
    }
}

/// The words by which a person is known there.
fn words(account: &Account) -> Vec<&str> {
    let names = account.names.iter().flat_map(|name| name.split(|character: char| !character.is_alphanumeric()));
    let addresses = account.emails.iter().map(|email| email.address.as_str());
    names.chain(addresses).chain([account.username.as_str()]).collect()
}

/// The pure part: the recovery held by `attempt`, or why not.
fn enter(loaded: &Loaded, proof: Proof, attempt: AttemptId, now: Timestamp) -> Result<Recovery, Refusal> {
    let issue = loaded.issue(proof.issue).ok_or(Refusal::Over)?;
    loaded.recovery.clone().enter(proof, issue, attempt, now)
}
