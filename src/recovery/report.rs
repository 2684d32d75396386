//! What a next hop tells later of a message that it took. No deed of a person's: it changes the message's row and a
//! counter, and never what anybody sees.

use super::Recoveries;
use crate::channel::{Callback, Report};
use crate::metrics;
use crate::store;
use crate::tenant::Tenant;

/// How text messages are called in metrics.
const CHANNEL: &str = "sms";

impl Recoveries {
    /// Notes what is told, where the tenant's channel knows who tells it; says whether it does. A message that nobody
    /// knows is noted like any other: the address of one proves nothing, and is told nothing.
    pub async fn hear(&self, tenant: &Tenant, callback: &Callback<'_>) -> Result<bool, store::Error> {
        let Some(report) = tenant.sms.as_ref().and_then(|channel| channel.hear(callback)) else {
            return Ok(false);
        };
        let rows = self.store.tenant(&tenant.id);
        match report {
            Report::UnderWay => rows.note_taken(callback.message).await?,
            Report::Delivered => {
                metrics::message(tenant.id.as_str(), CHANNEL, "delivered");
                rows.note_end(callback.message, None).await?;
            }
            Report::Undelivered(error) => {
                metrics::message(tenant.id.as_str(), CHANNEL, "undelivered");
                rows.note_end(callback.message, Some(error.class())).await?;
            }
        }
        Ok(true)
    }
}
