//! Who owns accounts: the contract that every kind of provider keeps, and the list of kinds.
//!
//! The suite in `tests/it/contract/identity.rs` says in tests what is promised here, and runs on every kind. A new
//! kind is one private file and one line in [`Config`]; its configuration stands in its own file.

mod hashing;
mod keycloak;
pub mod local;
mod policies;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use url::Url;

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::finding::Finding;
use crate::domain::id::AccountId;
use crate::domain::identifier::Identifier;
use crate::domain::password::{NewPassword, Violation};
use crate::domain::problem::Problems;
use crate::outward::{Clients, Roots};
use crate::store::TenantStore;

pub use hashing::{CannotHash, Hashing};
pub use policies::{LateLogins, Policies, Protect};

/// A tenant's `[provider]`: the kind, the kind's own keys, and the policies that hold for every kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Config {
    /// A directory in regain's own store.
    Local(local::Config),
    /// A realm of a Keycloak.
    Keycloak(keycloak::Config),
}

/// What providers are built with.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The tenant's rows.
    pub store: TenantStore,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where passwords are hashed.
    pub hashing: Hashing,
    /// Who calls others.
    pub clients: Clients,
    /// Whether the proxy in front leads the provider's own recovery to ours.
    pub is_intercepted: bool,
}

impl Config {
    /// The kind's name, as it is written.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Local(_) => "local",
            Self::Keycloak(_) => "keycloak",
        }
    }

    /// The policies that hold for every kind.
    #[must_use]
    pub fn policies(&self) -> Policies {
        match self {
            Self::Local(config) => config.policies(),
            Self::Keycloak(config) => config.policies(),
        }
    }

    /// The name by which the provider's own addresses tell this tenant from others of the same server: Keycloak's realm.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        match self {
            Self::Local(_) => None,
            Self::Keycloak(config) => Some(config.realm()),
        }
    }

    /// Where the realm's own addresses begin, as browsers ask for them; `None` for kinds without realms.
    #[must_use]
    pub fn realm_path(&self) -> Option<String> {
        match self {
            Self::Local(_) => None,
            Self::Keycloak(config) => config.realm_path(),
        }
    }

    /// The provider's own address, past which nobody should be able to go; `None` for a kind without one.
    #[must_use]
    pub fn address(&self) -> Option<Url> {
        match self {
            Self::Local(_) => None,
            Self::Keycloak(config) => Url::parse(config.url()).ok(),
        }
    }

    /// The roots besides the system's for its certificate; `None` also where they cannot be read, which `build` tells.
    #[must_use]
    pub fn roots(&self) -> Option<Roots> {
        match self {
            Self::Local(_) => None,
            Self::Keycloak(config) => config.roots().ok().flatten(),
        }
    }

    /// Builds the provider without touching the network; every problem goes into `problems`.
    #[must_use]
    pub fn build(self, wiring: &Wiring, problems: &mut Problems) -> Option<Arc<dyn IdentityProvider>> {
        match self {
            Self::Local(config) => {
                let Wiring { store, clock, hashing, .. } = wiring.clone();
                config.build(local::Directory::new(store, clock, hashing), problems)
            }
            Self::Keycloak(config) => config.build(wiring, problems),
        }
    }
}

/// Where a tenant's accounts live. Every call has a time limit of its own; none follows a redirect.
#[async_trait]
pub trait IdentityProvider: Send + Sync + std::fmt::Debug {
    /// What this provider can honour. A tenant file that demands more is refused at load.
    fn capabilities(&self) -> Capabilities;

    /// Every account that answers to exactly this identifier, at most [`MOST_FOUND`]. An empty answer is no error. An
    /// account answers to a telephone number only where the number is known to be its own: anybody may write any number
    /// down.
    async fn find(&self, identifier: &Identifier) -> Result<Vec<Account>, Error>;

    /// The account of that id, as it is now.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Error>;

    /// Sets a password. `Ok` means that it is set; [`Error::PasswordRefused`], [`Error::Denied`],
    /// [`Error::Unavailable`] and [`Error::Misconfigured`] mean that it is not; [`Error::UnknownOutcome`] is all else.
    async fn set_password(&self, id: &AccountId, password: &NewPassword, change: Change) -> Result<(), Error>;

    /// Ends the sessions that began before `before`, everywhere; idempotent; says what was really ended.
    async fn end_sessions(&self, id: &AccountId, before: Timestamp) -> Result<Ended, Error>;

    /// Lifts a temporary lock-out, and nothing else: never `enabled`, never an administrator's lock.
    async fn unlock(&self, id: &AccountId) -> Result<(), Error>;

    /// Whether the provider answers and lets us in.
    async fn check(&self) -> Result<(), Error>;

    /// For how long a login under way and a mailed link of the provider's own can outlive a change of the password;
    /// `None` for a kind without [`Capabilities::late_logins`].
    async fn lifespans(&self) -> Result<Option<Lifespans>, Error> {
        Ok(None)
    }

    /// Looks at everything that recovery needs of the provider, each right by itself, and says what to do where one is
    /// missing. Changes nothing.
    async fn diagnose(&self) -> Vec<Finding> {
        let what = "the provider answers";
        vec![match self.check().await {
            Ok(()) => Finding::good(what),
            Err(error) if error.is_transient() => Finding::unreachable(what, error.to_string(), "look at its log"),
            Err(error) => Finding::bad(what, error.to_string(), "look at `[provider]` of the tenant's file"),
        }]
    }
}

/// How long a way to change a password without knowing it can outlive a change that we made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifespans {
    /// A login that had passed the old password and waits for its next step.
    pub login: Duration,
    /// A link that the provider itself has mailed.
    pub mailed_link: Duration,
}

/// Most accounts that [`IdentityProvider::find`] gives; two would do to know that nobody is meant.
pub const MOST_FOUND: usize = 5;

/// What a provider's kind can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it says which addresses are verified.
    pub verified_addresses: bool,
    /// Whether it finds accounts by telephone number, and says which numbers are verified.
    pub phones: bool,
    /// Whether it enforces a password policy of its own.
    pub policy: bool,
    /// How a change at next sign-in can be asked for.
    pub must_change: MustChange,
    /// What it ends.
    pub ends: Ends,
    /// Whether a login that was under way can outlive a change of the password.
    pub late_logins: bool,
    /// Whether it tells when the credential was last changed.
    pub credential_time: bool,
    /// Whether a temporary lock-out can be lifted.
    pub unlock: bool,
    /// Whether it tells roles, groups and users apart, so that `protect` can be honoured.
    pub protect: Protects,
    /// How usernames compare.
    pub usernames: Usernames,
}

/// How a provider makes a person change the password at the next sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MustChange {
    /// By a flag of the credential.
    Native,
    /// By another means, such as a required action.
    Forced,
    /// Not at all.
    Unsupported,
}

/// Which kinds of access a provider can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Sessions of browsers.
    pub sessions: bool,
    /// Refresh tokens.
    pub refresh_tokens: bool,
    /// Offline tokens.
    pub offline_tokens: bool,
}

/// By what accounts can be protected from recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protects {
    /// By role.
    pub roles: bool,
    /// By group.
    pub groups: bool,
    /// By attribute.
    pub attributes: bool,
}

/// How a provider's kind compares usernames. Never by Unicode folding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usernames {
    /// Byte by byte.
    Exact,
    /// With ASCII letters lowered.
    AsciiFold,
}

/// An account as its provider tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The provider's immutable id.
    pub id: AccountId,
    /// The name to sign in with.
    pub username: String,
    /// What the person is called: words that make no password, and that nobody is written (IN-09).
    pub names: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<Email>,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// Whether it may sign in at all.
    pub enabled: bool,
    /// Whether an administrator locked it; a temporary lock-out is no such lock.
    pub locked_by_administrator: bool,
    /// Whether its password lives elsewhere, or it has none here because it signs in elsewhere.
    pub federated: bool,
    /// Whether it belongs to a program.
    pub service: bool,
    /// Groups, as the provider names them.
    pub groups: Vec<String>,
    /// Roles, as the provider names them.
    pub roles: Vec<String>,
    /// Attributes, as the provider names them, where it has any.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The language that the person chose, as a BCP 47 tag.
    pub locale: Option<String>,
    /// When the password was last changed, where the provider tells.
    pub credential_changed_at: Option<Timestamp>,
}

/// A mail address of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: EmailAddress,
    /// Whether the provider holds it for verified.
    pub verified: bool,
}

/// A telephone number of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The number.
    pub number: PhoneNumber,
    /// Whether the provider holds it for verified.
    pub verified: bool,
}

/// How a password is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Whether the person must choose another one at the next sign-in.
    pub must_change: bool,
}

/// What ending the sessions has really ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many sessions, where the provider says so.
    pub sessions: Option<u64>,
}

/// Why a provider did not do what was asked. Its own words are in none of these but the violations, which are shown
/// to the person and kept nowhere.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its policy refuses the password.
    #[error("the provider's password policy refused the password")]
    PasswordRefused(Vec<Violation>),
    /// It cannot be reached now; nothing was changed.
    #[error("the provider is unavailable: {0}")]
    Unavailable(Cause),
    /// It may have done it and may not have.
    #[error("the outcome of the provider's call is unknown: {0}")]
    UnknownOutcome(Cause),
    /// It does not let us do this.
    #[error("the provider denied the call: {0}")]
    Denied(Cause),
    /// It answers in a way that another configuration would mend.
    #[error("the provider is misconfigured: {0}")]
    Misconfigured(Cause),
}

impl Error {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::UnknownOutcome(_) => true,
            Self::PasswordRefused(_) | Self::Denied(_) | Self::Misconfigured(_) => false,
        }
    }

    /// The name in columns, logs and labels.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::PasswordRefused(_) => "refused",
            Self::Unavailable(_) => "unavailable",
            Self::UnknownOutcome(_) => "unknown_outcome",
            Self::Denied(_) => "denied",
            Self::Misconfigured(_) => "misconfigured",
        }
    }
}

/// Our own class of what went wrong, with the numeric status where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// No answer within the time limit.
    #[error("no answer in time")]
    Timeout,
    /// No connection.
    #[error("no connection")]
    Connect,
    /// An answer with this status.
    #[error("status {0}")]
    Status(u16),
    /// An answer that is not the documented one.
    #[error("an answer of another form than documented")]
    Answer,
    /// An answer longer than any that is read.
    #[error("an answer that is too long")]
    TooLong,
    /// There is no such account.
    #[error("no such account")]
    NoAccount,
    /// TLS failed: its certificate is not trusted, or not for this name.
    #[error("no trust in its certificate")]
    Tls,
    /// A right is missing, by the name that the operator gives it.
    #[error("the right is missing to {0}")]
    Right(&'static str),
    /// It hides from us what `protect` asks for, so nobody can be said to be unprotected.
    #[error("what protects accounts cannot be seen")]
    Hidden,
    /// Our own store failed.
    #[error("the store failed")]
    Store,
    /// This machine had not the memory to hash the password.
    #[error("cannot hash a password")]
    Hashing,
    /// This kind of provider cannot do what was asked; its capabilities say so.
    #[error("not something this kind can do")]
    Unsupported,
}
