//! A tenant's way for text messages. Nothing is sent: a text message costs money, and rings at somebody's.

use std::sync::Arc;
use std::time::Duration;

use super::Category;
use crate::domain::finding::Finding;
use crate::tenant::Tenant;

/// Longest time for all that a channel looks at.
const LIMIT: Duration = Duration::from_secs(45);

/// Looks at every step of the way.
pub(super) async fn look(tenant: &Arc<Tenant>) -> Category {
    let name = format!("sms {}", tenant.id.as_str());
    let Some(sms) = &tenant.sms else {
        return Category::new(name, vec![Finding::good("this tenant sends no text messages")]);
    };
    let findings = tokio::time::timeout(LIMIT, sms.diagnose()).await.unwrap_or_else(|_| {
        let detail = format!("no end after {} s", LIMIT.as_secs());
        vec![Finding::unreachable("whoever sends text messages can be looked at", detail, "look at its status page")]
    });
    Category::new(name, findings)
}
