//! One more message, or another method for it. By time alone, known account or not, whatever has happened elsewhere
//! (invariant 9): whether there is anything to send is for the worker to find out.

use super::start::chosen;
use super::{CONFLICTS, Error, Issued, Recoveries};
use crate::audit::{self, Event, Source};
use crate::domain::id::{MessageId, RecoveryId};
use crate::domain::method::Method;
use crate::limit::Limited;
use crate::store;
use crate::tenant::Tenant;

impl Recoveries {
    /// Issues one more message where the cool-down is over; nothing happens where it is not. Tells of the last one, which
    /// is the old one then.
    pub async fn resend(
        &self,
        tenant: &Tenant,
        id: RecoveryId,
        method: Option<Method>,
        source: &Source,
    ) -> Result<Issued, Error> {
        self.admit(tenant, Limited::Resend, source).await?;
        for _ in 0..CONFLICTS {
            let case = self.load(tenant, id).await?.ok_or(Error::Over)?;
            let last = case.last_issue();
            // Where the tenant no longer offers the method of the last message, "send again" goes by its first.
            let again = Some(last.method).filter(|method| tenant.recovery.methods.contains(method));
            let method = chosen(tenant, method.or(again))?;
            let now = self.clock.now();
            let digits = tenant.recovery.terms(method).digits;
            let Ok(issue) = case.loaded.recovery.reissue(last, method, digits, now) else {
                return Ok(Issued::of(&case.loaded.recovery, last));
            };
            let record = audit::record(Event::RecoveryRequested, now)
                .outcome("again")
                .recovery(id)
                .method(method)
                .by_person(source, self.audit_ip);
            let saved = self
                .store
                .tenant(&tenant.id)
                .save_issue(&case.loaded.recovery, &issue, MessageId::new(now), record)
                .await;
            match saved {
                Ok(()) => return Ok(Issued::of(&case.loaded.recovery, &issue)),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }
}
