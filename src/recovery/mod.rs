//! The deeds of a person: ask, type a code, open the link, set a password, say "not me".
//!
//! Every deed is four lines: load, decide (pure, in `domain`), save, speak. A request never learns whether the account
//! exists (invariant 4): what needs to know it is an outbox row, and a worker's. Only a genuine proof is told more.

mod cancel;
mod issued;
mod link;
mod proof;
mod report;
mod resend;
mod set_password;
mod start;
mod verify;
mod view;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio_util::task::TaskTracker;

pub use issued::Issued;
pub use link::Opened;
pub use proof::Presented;
pub use set_password::{Confirmation, PasswordForm, PasswordSet};
pub use start::{Ask, Started};
pub use verify::Verified;
pub use view::{Codes, Seen, View};

use crate::audit::{IpSetting, Source};
use crate::clock::Clock;
use crate::domain::identifier::Malformed;
use crate::domain::password::Violation;
use crate::domain::{Timestamp, code};
use crate::limit::{Limited, Limiter, Refused, SlowDown};
use crate::store::Store;
use crate::tenant::Tenant;
use crate::{account, store};

/// How often a use case that met another save decides again before the request is asked to come back.
const CONFLICTS: usize = 3;

/// The use cases of a person, and what they work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recoveries {
    store: Store,
    clock: Arc<dyn Clock>,
    limiter: Arc<Limiter>,
    audit_ip: IpSetting,
    tasks: TaskTracker,
}

impl Recoveries {
    /// Joins the use cases to what they work with; `tasks` are waited for at shutdown.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        limiter: Arc<Limiter>,
        audit_ip: IpSetting,
        tasks: TaskTracker,
    ) -> Self {
        Self { store, clock, limiter, audit_ip, tasks }
    }

    /// The present, as every use case sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Counts a request of this client against one of its limits. Clients that cannot be told apart are one.
    async fn admit(&self, tenant: &Tenant, limited: Limited, source: &Source) -> Result<(), Error> {
        let ip = source.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let counted = self.limiter.check(limited, &tenant.id, &tenant.limits, ip).await;
        Self::let_in(tenant, limited, counted)
    }

    /// Counts a call of a backend of the tenant's, whatever it calls for; the deed itself counts the person whom it
    /// names.
    pub async fn admit_backend(&self, tenant: &Tenant, name: &str) -> Result<(), Error> {
        let counted = self.limiter.check_backend(&tenant.id, name).await;
        Self::let_in(tenant, Limited::Backend, counted)
    }

    /// Where nobody can count, what sends and what guesses is shut (BF-11).
    fn let_in(tenant: &Tenant, limited: Limited, counted: Result<(), Refused>) -> Result<(), Error> {
        match counted {
            Ok(()) => Ok(()),
            Err(Refused::Unreachable) if limited.may_go_uncounted() => Ok(()),
            Err(Refused::Unreachable) => Err(Error::Uncounted),
            Err(Refused::SlowDown(slow_down)) => {
                crate::metrics::rate_limited(&tenant.id.to_string(), limited.as_str());
                Err(Error::SlowDown(slow_down))
            }
        }
    }
}

/// Why a person's deed was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed can be no identifier.
    #[error("not an identifier")]
    Malformed(Malformed),
    /// What was typed can be no code. It cost no try.
    #[error("not a code")]
    Code(code::Malformed),
    /// The method is not one of the tenant's.
    #[error("not a method of the tenant's")]
    Method,
    /// The password breaks rules.
    #[error("the password breaks rules")]
    Refused(Vec<Violation>),
    /// Too many requests of this client.
    #[error("too many requests")]
    SlowDown(SlowDown),
    /// The client cannot be counted now; nothing was done.
    #[error("the client cannot be counted now")]
    Uncounted,
    /// Unknown, expired, used, closed, foreign: one answer.
    #[error("the recovery is over")]
    Over,
    /// Another change for the account is running.
    #[error("another change for the account is running")]
    Busy,
    /// The provider cannot be reached; nothing was spent.
    #[error("the provider cannot be reached")]
    ProviderDown,
    /// The provider did not say whether it took the password.
    #[error("the outcome is unknown")]
    Unconfirmed,
    /// Something of ours failed; trying again may help.
    #[error("cannot answer now")]
    TryLater(#[source] account::Error),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::TryLater(error.into())
    }
}

impl From<account::Error> for Error {
    fn from(error: account::Error) -> Self {
        Self::TryLater(error)
    }
}
