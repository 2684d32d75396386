//! One call to a provider: bounded in time, counted, timed.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::identity::{Cause, Error};
use crate::metrics;
use crate::tenant::Tenant;

/// Longest that one call may take. Two of them fit into the lease of an attempt with room to spare.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// Runs a call that only reads, or that may be repeated freely. No answer in time means that nothing is known to have
/// been done.
pub(super) async fn call<T>(
    tenant: &Tenant,
    operation: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    within(LIMIT, Error::Unavailable(Cause::Timeout), tenant, operation, work).await
}

/// Runs a call with a limit of its own; `late` is what no answer in time means for it.
pub(super) async fn within<T>(
    limit: Duration,
    late: Error,
    tenant: &Tenant,
    operation: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let began = Instant::now();
    let result = tokio::time::timeout(limit, work).await.unwrap_or(Err(late));
    let class = result.as_ref().map_or_else(Error::class, |_| "ok");
    metrics::provider_request(&tenant.id.to_string(), tenant.provider_kind, operation, class, began.elapsed());
    if let Err(error) = &result {
        match error {
            Error::PasswordRefused(_) => {}
            Error::Unavailable(_) | Error::UnknownOutcome(_) => {
                tracing::warn!(tenant.id = %tenant.id, provider.operation = operation, %error, "provider call failed");
            }
            Error::Denied(_) | Error::Misconfigured(_) => {
                tracing::error!(tenant.id = %tenant.id, provider.operation = operation, %error, "provider call failed");
            }
        }
    }
    result
}
