//! The worker's deeds: look the account up, render, send, end sessions, look again. Every row is done at least once, and a message
//! that comes twice says the same under the same `Message-ID`.
//!
//! Rows are claimed by lease in batches, a few per tenant and round, so that one tenant's flood starves nobody; no lock
//! is held while anything is sent. What the worker learns about an account is written to a `delivery` row, alike for
//! known and unknown, before a message is handed over, so that a code that arrived is always a code that counts.

mod backoff;
mod compose;
mod deliver;
mod end_sessions;
mod letter;
mod look_again;
mod notice;
mod worker;

use std::sync::Arc;

pub use worker::Worker;

use self::notice::Notice;
use crate::account::{self, Accounts};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::key::TenantKey;
use crate::domain::message::Purpose;
use crate::store::Store;
use crate::store::rows::{Fate, Loaded, Message, Record, Settlement};
use crate::tenant::Tenant;
use crate::{channel, identity, store, template};

/// One claimed row and what is needed to do it.
struct Job {
    tenant: Arc<Tenant>,
    store: Store,
    clock: Arc<dyn Clock>,
    message: Message,
}

/// What became of a row, before it is settled.
struct Done {
    fate: Fate,
    last_error: Option<&'static str>,
    audit: Vec<Record>,
}

impl Done {
    fn sent(record: Record) -> Self {
        Self { fate: Fate::Sent, last_error: None, audit: vec![record] }
    }

    /// Nobody is meant, or nothing is left to do.
    fn dropped() -> Self {
        Self { fate: Fate::Dropped, last_error: None, audit: vec![] }
    }
}

/// Why a row could not be done this time.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the account cannot be looked up")]
    Account(#[from] account::Error),
    #[error("the message was not taken: {0}")]
    Channel(#[from] channel::Error),
    #[error("the message cannot be rendered")]
    Template(#[from] template::Error),
    #[error("the tenant has no channel for mail")]
    NoChannel,
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Account(error.into())
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        Self::Account(error.into())
    }
}

impl Error {
    /// Whether trying again may help.
    fn is_transient(&self) -> bool {
        match self {
            Self::Account(_) | Self::NoChannel => true,
            Self::Channel(error) => error.is_transient(),
            Self::Template(_) => false,
        }
    }

    /// How long the next hop wants to be left alone.
    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Channel(error) => error.retry_after(),
            Self::Account(_) | Self::Template(_) | Self::NoChannel => None,
        }
    }

    /// Whether it says nothing of the service: this person alone cannot be reached, or will not be.
    fn is_about_one_person(&self) -> bool {
        use channel::{Cause, Error};
        matches!(self, Self::Channel(Error::Permanent(Cause::Recipient | Cause::OptedOut | Cause::Blocked)))
    }

    /// Whether nobody is reached until the operator mends something.
    fn is_misconfigured(&self) -> bool {
        matches!(self, Self::Channel(channel::Error::Misconfigured(_)))
    }

    /// Whether the message may have gone out all the same.
    fn may_have_been_sent(&self) -> bool {
        matches!(self, Self::Channel(channel::Error::Unknown(_)))
    }

    /// Our own class of it, as the row keeps it: no word of a peer's.
    fn class(&self) -> &'static str {
        match self {
            Self::Account(account::Error::Provider(error)) => error.class(),
            Self::Account(account::Error::Store(_)) => "store",
            Self::Account(account::Error::MissingKey(_)) => "missing_key",
            Self::Account(account::Error::Sealed(_)) => "sealed",
            Self::Channel(error) => error.class(),
            Self::Template(_) => "template",
            Self::NoChannel => "no_channel",
        }
    }
}

impl Job {
    /// Does the row and says how it is to be settled.
    async fn run(self) -> Settlement {
        let done = match self.message.purpose {
            Purpose::Recovery { issue } => self.deliver(issue).await,
            Purpose::Changed { attempt } => self.notify(attempt, Notice::Changed).await,
            Purpose::MaybeChanged { attempt } => self.notify(attempt, Notice::MaybeChanged).await,
            Purpose::ChangedAgain { attempt, changed_at } => {
                self.notify(attempt, Notice::ChangedAgain { changed_at }).await
            }
            Purpose::EndSessions { attempt } => self.end_sessions(attempt).await,
            Purpose::LookAgain { attempt } => self.look_again(attempt).await,
        };
        Settlement {
            message: self.message.id,
            fate: done.fate,
            last_error: done.last_error.map(str::to_owned),
            audit: done.audit,
        }
    }

    fn accounts(&self) -> Accounts {
        Accounts::new(self.tenant.clone(), self.store.tenant(&self.tenant.id), self.clock.clone())
    }

    /// The message's recovery with the key of its row; `None` where it has been purged, or its key is lost.
    async fn load(&self) -> Result<Option<(Loaded, &TenantKey)>, Error> {
        let Some(loaded) = self.store.tenant(&self.tenant.id).recovery(self.message.recovery).await? else {
            return Ok(None);
        };
        let key_id = loaded.recovery.key_id;
        if self.tenant.keys.is_lost(key_id) {
            return Ok(None);
        }
        let key = self.tenant.keys.get(key_id).ok_or(account::Error::MissingKey(key_id))?;
        Ok(Some((loaded, key)))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
