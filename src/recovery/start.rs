//! Somebody forgot a password: two rows, one transaction, the same for everybody.

use super::{Error, Issued, Recoveries};
use crate::audit::{self, Event, Source};
use crate::domain::asked::Asked;
use crate::domain::id::{MessageId, RecoveryId};
use crate::domain::identifier::Identifier;
use crate::domain::login::Login;
use crate::domain::method::Method;
use crate::domain::recovery::Recovery;
use crate::domain::seal::Sealed;
use crate::domain::token::{Purpose, Token};
use crate::limit::Limited;
use crate::metrics;
use crate::store::rows::NewRecovery;
use crate::tenant::Tenant;

/// What the form carries.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// What was typed.
    pub identifier: &'a str,
    /// The chosen method; the tenant's first where none was chosen.
    pub method: Option<Method>,
    /// The language of the page.
    pub locale: &'a str,
    /// Where the person wants to go afterwards; forgotten where it is not on the tenant's list.
    pub return_to: Option<&'a str>,
    /// The login at the provider that the person left. The way back is made at the end, of what the tenant says then.
    pub login: Option<Login>,
}

/// A recovery has begun. Nothing in it tells whether the account exists.
#[derive(Debug)]
pub struct Started {
    /// Its name in addresses.
    pub id: RecoveryId,
    /// What tells this browser later that it started it; authorises nothing.
    pub starter: Token,
    /// Its first message.
    pub issued: Issued,
}

impl Recoveries {
    /// Begins a recovery. Asks no provider, sends nothing: a worker does.
    pub async fn start(&self, tenant: &Tenant, ask: Ask<'_>, source: &Source) -> Result<Started, Error> {
        let identifier = Identifier::parse(ask.identifier, tenant.recovery.form()).map_err(Error::Malformed)?;
        let method = chosen(tenant, ask.method)?;
        self.admit(tenant, Limited::Start, source).await?;
        let now = self.clock.now();
        let key = tenant.keys.signing();
        let (recovery, issue) =
            Recovery::start(RecoveryId::random(), key.id(), method, tenant.recovery.terms(method), now);
        let return_to = ask.return_to.and_then(|target| tenant.return_target(target)).map(String::from);
        let asked = Asked { identifier, locale: ask.locale.to_owned(), return_to, login: ask.login };
        let request = Sealed::new(key, &tenant.id, recovery.id, &asked);
        let starter = Token::mint(key, Purpose::Starter, recovery.id, &issue);
        let (id, issued) = (recovery.id, Issued::of(&recovery, &issue));
        let record = audit::record(Event::RecoveryRequested, now)
            .outcome("ok")
            .recovery(id)
            .method(method)
            .by_person(source, self.audit_ip);
        let new = NewRecovery { recovery, issue, request, message: MessageId::new(now) };
        self.store.tenant(&tenant.id).insert_recovery(new, record).await?;
        metrics::recovery_started(&tenant.id.to_string(), method.as_str());
        Ok(Started { id, starter, issued })
    }
}

/// The method that was chosen, if the tenant offers it; its first where none was.
pub(super) fn chosen(tenant: &Tenant, method: Option<Method>) -> Result<Method, Error> {
    let offered = &tenant.recovery.methods;
    match method {
        Some(method) if offered.contains(&method) => Ok(method),
        Some(_) => Err(Error::Method),
        None => offered.first().copied().ok_or(Error::Method),
    }
}
