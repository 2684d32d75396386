//! A tenant's provider: it looks at itself, within a time limit of the whole.

use std::sync::Arc;
use std::time::Duration;

use super::Category;
use crate::domain::finding::Finding;
use crate::tenant::Tenant;

/// Longest time for all that a provider looks at.
const LIMIT: Duration = Duration::from_secs(30);

/// Lets it look at itself. A directory in our own store has nothing to look at where that is not open.
pub(super) async fn look(tenant: &Arc<Tenant>, is_store_open: bool) -> Category {
    let name = format!("provider {}", tenant.id.as_str());
    if tenant.provider_kind == "local" && !is_store_open {
        let detail = "its accounts lie in the store, which is not open";
        return Category::new(name, vec![Finding::warning("the provider answers", detail, "look at the store first")]);
    }
    let findings = tokio::time::timeout(LIMIT, tenant.provider.diagnose()).await.unwrap_or_else(|_| {
        let detail = format!("no end after {} s", LIMIT.as_secs());
        vec![Finding::unreachable("the provider can be looked at", detail, "look at its log and at its load")]
    });
    Category::new(name, findings)
}
