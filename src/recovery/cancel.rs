//! "I did not ask for this", said by the holder of a proof.

use super::{CONFLICTS, Error, Presented, Recoveries};
use crate::audit::{self, Event, Source};
use crate::domain::id::RecoveryId;
use crate::domain::recovery::Standing;
use crate::limit::Limited;
use crate::tenant::Tenant;
use crate::{metrics, store};

impl Recoveries {
    /// Kills what somebody without the message could use: codes, resends, reset tokens. The link lives out its
    /// minutes, for a scanner that submits forms must not shut the door.
    pub async fn cancel(
        &self,
        tenant: &Tenant,
        id: RecoveryId,
        presented: &Presented,
        source: &Source,
    ) -> Result<(), Error> {
        if presented.proof.is_none() {
            return Err(Error::Over);
        }
        self.admit(tenant, Limited::Cancel, source).await?;
        for _ in 0..CONFLICTS {
            let case = self.load(tenant, id).await?.ok_or(Error::Over)?;
            let now = self.clock.now();
            match case.proven(presented, now).map(|proven| proven.standing) {
                Some(Standing::Live) => {}
                Some(Standing::Done { .. } | Standing::Over) | None => return Err(Error::Over),
            }
            let method = case.last_issue().method;
            let record = audit::record(Event::Cancelled, now)
                .outcome("ok")
                .recovery(id)
                .method(method)
                .by_person(source, self.audit_ip);
            let cancelled = case.loaded.recovery.cancel(now);
            match self.store.tenant(&tenant.id).save(&cancelled, vec![record]).await {
                Ok(()) => {
                    metrics::recovery_finished(&tenant.id.to_string(), method.as_str(), "cancelled");
                    return Ok(());
                }
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }
}
