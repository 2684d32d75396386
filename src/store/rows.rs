//! What goes into the store and comes out of it: values of `domain`, grouped as they are kept together.

use crate::domain::Timestamp;
use crate::domain::asked::Asked;
use crate::domain::id::{AccountId, AttemptId, MessageId, RecoveryId, TenantId};
use crate::domain::issue::Issue;
use crate::domain::key::TenantKey;
use crate::domain::message::Purpose;
use crate::domain::recovery::{Proof, Recovery};
use crate::domain::seal::{Broken, Sealed};

/// A recovery with everything that deciding about it needs.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The recovery as its row says; `as_of` has not been applied.
    pub recovery: Recovery,
    /// Its issues, the first first. Never empty.
    pub issues: Vec<Issue>,
    /// What was asked: sealed [`crate::domain::seal`] of identifier, locale, return target.
    pub request: Sealed,
    /// What the worker learned, one row for each issue whose message it has worked on.
    pub deliveries: Vec<Delivery>,
}

impl Loaded {
    /// The issue of that number.
    #[must_use]
    pub fn issue(&self, number: u8) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.number == number)
    }

    /// What the worker learned of the issue of that number.
    #[must_use]
    pub fn delivery(&self, issue: u8) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.issue == issue)
    }

    /// The login name of the account that the issue's message was for, opened; `None` where it was for nobody.
    pub fn login(&self, issue: u8, key: &TenantKey, tenant: &TenantId) -> Result<Option<String>, Broken> {
        let to = self.delivery(issue).and_then(|delivery| delivery.account.as_ref());
        to.map(|to| to.login.open(key, tenant, self.recovery.id)).transpose()
    }

    /// What the recovery was started with, opened.
    pub fn asked(&self, key: &TenantKey, tenant: &TenantId) -> Result<Asked, Broken> {
        self.request.open(key, tenant, self.recovery.id)
    }
}

/// What the worker learned of one issue. Written alike for known and unknown accounts, outside `version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The issue.
    pub issue: u8,
    /// When it was written: before the message is handed over.
    pub at: Timestamp,
    /// Who is meant; nobody for an unknown account, and where nothing may be sent.
    pub account: Option<DeliveredTo>,
    /// Digits of the code that went out; none where none did.
    pub digits: u8,
    /// At how many wrong codes of the account in a day a right one is refused, where a code went out.
    pub refuse_at: Option<u32>,
}

/// Whom a message was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveredTo {
    /// The account.
    pub account: AccountId,
    /// Its login name, sealed for the recovery.
    pub login: Sealed,
    /// Keyed digest of the address that the message went to (TL-13).
    pub address: [u8; 32],
}

/// One try to set a password. Its row stays until its recovery is purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What everything of it is saved by.
    pub id: AttemptId,
    /// The recovery it belongs to.
    pub recovery: RecoveryId,
    /// The account that it changes.
    pub account: AccountId,
    /// The proof it was entered with.
    pub proof: Proof,
    /// When it was entered.
    pub began_at: Timestamp,
    /// When others may take over.
    pub lease_until: Timestamp,
    /// What is known of it.
    pub outcome: Outcome,
    /// Sessions that began before this moment end.
    pub before: Option<Timestamp>,
    /// Up to when the provider's changes of the credential are accounted for: what it told after it had taken the
    /// password, or the last change by another hand that was told to the person.
    pub credential_at: Option<Timestamp>,
}

/// What is known of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: it runs, or its process died.
    Pending,
    /// The provider took the password.
    Accepted,
    /// The provider refused the password.
    Refused,
    /// The provider did not say.
    Unknown,
}

/// A row of the outbox that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name; mails take their `Message-ID` from it.
    pub id: MessageId,
    /// The tenant.
    pub tenant: TenantId,
    /// The recovery.
    pub recovery: RecoveryId,
    /// What is to be done.
    pub purpose: Purpose,
    /// The address of a notice, sealed for the recovery.
    pub address: Option<Sealed>,
    /// How often it has been tried before.
    pub tries: u32,
    /// Whether it was in the hand of a process that never said what became of it: it may have been done.
    pub is_interrupted: bool,
    /// When it was written.
    pub created_at: Timestamp,
}

/// What became of a claimed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The message.
    pub message: MessageId,
    /// What became of it.
    pub fate: Fate,
    /// Our own class of the last failure, without a word of the peer's.
    pub last_error: Option<String>,
    /// What the audit is told, in the same transaction.
    pub audit: Vec<Record>,
}

/// The end of a message's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Done.
    Sent,
    /// Nobody is meant: nothing to do, silently.
    Dropped,
    /// Again at that time.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Abandoned,
}

/// A first recovery row with what belongs to it.
#[derive(Clone, Debug)]
pub struct NewRecovery {
    /// The recovery.
    pub recovery: Recovery,
    /// Its first issue.
    pub issue: Issue,
    /// What was asked.
    pub request: Sealed,
    /// The outbox row that sends the issue.
    pub message: MessageId,
}

/// What is written before the provider is called with a new password: one transaction.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The recovery in `Changing`, compared and swapped on its version.
    pub recovery: Recovery,
    /// The attempt.
    pub attempt: Attempt,
    /// The outbox row that ends the sessions, due when the lease ends (invariant 7).
    pub end_sessions: MessageId,
    /// A notice for every verified address, held back.
    pub notices: Vec<(MessageId, Sealed)>,
}

/// Whether an attempt holds the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It does.
    Held,
    /// Another attempt does, and its lease is not over.
    Busy,
}

/// What is written once the provider has taken a password: one transaction.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The recovery in `Completed`, compared and swapped; `None` where it had completed before.
    pub recovery: Option<Recovery>,
    /// The recovery's id.
    pub id: RecoveryId,
    /// The attempt that succeeded.
    pub attempt: AttemptId,
    /// The account whose other recoveries close.
    pub account: AccountId,
    /// Sessions that began before this end.
    pub before: Timestamp,
    /// When the provider says that the credential was changed, read after it had taken the password.
    pub credential_at: Option<Timestamp>,
    /// When to look whether a login has outlived the change, where one can.
    pub look_again: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
}

/// A change by another hand that was found after ours, and what is written of it: one transaction.
#[derive(Clone, Debug)]
pub struct LateChange {
    /// The attempt of ours that it came after.
    pub attempt: AttemptId,
    /// The attempt's recovery.
    pub recovery: RecoveryId,
    /// When it was, as the provider tells.
    pub changed_at: Timestamp,
    /// A notice for every verified address.
    pub notices: Vec<(MessageId, Sealed)>,
    /// The present.
    pub now: Timestamp,
}

/// One line of the audit as a column set. `audit` makes them from its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was done.
    pub at: Timestamp,
    /// `recovery.requested` and so on.
    pub event: &'static str,
    /// `ok`, or a class of failure.
    pub outcome: &'static str,
    /// More about the outcome, in our own words.
    pub reason: Option<&'static str>,
    /// The recovery.
    pub recovery: Option<RecoveryId>,
    /// Who did it: `person`, `worker`, or an operator's name.
    pub actor: String,
    /// The account, where it is known.
    pub account: Option<AccountId>,
    /// The method.
    pub method: Option<&'static str>,
    /// The client's address as the audit's setting wants it: full, prefix or none.
    pub source_ip: Option<String>,
    /// The user agent, cut to 256 characters.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// One line of the audit as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// A UUIDv7, made when it was written.
    pub id: uuid::Uuid,
    /// When it was done.
    pub time: Timestamp,
    /// `recovery.requested` and so on.
    pub event: String,
    /// `ok`, or a class of failure.
    pub outcome: String,
    /// More about the outcome.
    pub reason: Option<String>,
    /// The recovery.
    pub recovery: Option<RecoveryId>,
    /// The account.
    pub account: Option<AccountId>,
    /// Who did it.
    pub actor: String,
    /// The method.
    pub method: Option<String>,
    /// The client's address, as much of it as is kept.
    pub source_ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// The two lanes of the outbox: an end of sessions never waits behind a mail server that hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Ends of sessions, and the looks that may lead to one.
    Ends,
    /// Messages and notices.
    Messages,
}

/// Which rows of the outbox a worker wants.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Of which lane.
    pub lane: Lane,
    /// The present.
    pub now: Timestamp,
    /// When others may take them over.
    pub lease_until: Timestamp,
    /// Only these tenants' rows; all others pause.
    pub tenants: &'a [TenantId],
    /// Most rows of one tenant.
    pub per_tenant: u32,
    /// Most rows.
    pub most: u32,
}

/// How much waits in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Messages that wait, those with a later turn included. A look is none: each change has one for hours.
    pub depth: u64,
    /// For how long the oldest message that is due has been due.
    pub oldest_age: Option<std::time::Duration>,
    /// Ends of sessions that have not been settled.
    pub sessions_pending: u64,
}

/// How the keys of this process fit those that the store has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The store was empty; the fingerprints are stored now.
    First,
    /// They fit; those never seen before are stored now.
    Known,
    /// Under this id the store has seen another key: the file is a foreign one, or an id was used again.
    Mismatch {
        /// The id.
        id: u8,
    },
    /// None of the keys is one that the store has seen: the file is a foreign one. Nothing was stored.
    Missing {
        /// The ids of the keys that the store has seen.
        ids: Vec<u8>,
    },
}
