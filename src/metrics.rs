//! The names of what is counted, in one list, and one function for each fact.
use std::time::Duration;

/// Renders what has been counted.
#[derive(Clone)]
pub struct Handle(metrics_exporter_prometheus::PrometheusHandle);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("metrics::Handle")
    }
}

impl Handle {
    /// The text exposition format.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }
}

/// Begins to count; the second call of a process gives the first one's handle. Without `tenant_label` the label
/// `tenant` is left out everywhere.
#[must_use]
pub fn install(_tenant_label: bool) -> Handle {
    todo!()
}

/// A request of ours was answered; `route` is the template, never the path.
pub fn http_request(_route: &'static str, _method: &'static str, _code: u16, _elapsed: Duration) {}
/// A recovery began.
pub fn recovery_started(_tenant: &str, _method: &'static str) {}
/// A recovery ended: `changed`, `cancelled`, `closed`, `expired` or `failed`.
pub fn recovery_finished(_tenant: &str, _method: &'static str, _outcome: &'static str) {}
/// A code was checked: `right`, `wrong` or `closed`.
pub fn code_checked(_tenant: &str, _result: &'static str) {}
/// A message was `sent`, `dropped`, `retried` or `abandoned`.
pub fn message(_tenant: &str, _channel: &'static str, _result: &'static str) {}
/// How much waits in the outbox, and for how long.
pub fn queue(_depth: u64, _oldest_age: Duration) {}
/// A provider answered: `ok`, `refused`, `unavailable`, `unknown_outcome`, `denied` or `misconfigured`.
pub fn provider_request(
    _tenant: &str,
    _kind: &'static str,
    _operation: &'static str,
    _result: &'static str,
    _elapsed: Duration,
) {
}
/// How many accounts wait for the end of their sessions.
pub fn sessions_pending(_count: u64) {}
/// Sessions could not be ended; it is tried again.
pub fn session_end_failed(_tenant: &str) {}
/// A limit was reached.
pub fn rate_limited(_tenant: &str, _limit: &'static str) {}
/// A request was passed to an upstream; an empty tenant is a shared host's.
pub fn proxied(_tenant: &str, _code: u16, _upstream: Duration) {}
/// Whether a tenant's file could be used.
pub fn tenant_config(_tenant: &str, _valid: bool) {}
/// The configuration was loaded, or could not be; `at` is the moment in seconds since 1970.
pub fn config_loaded(_successful: bool, _at: i64) {}

/// An upstream gave its answer's head, or none.
pub fn upstream_answered(_elapsed: Duration) {}
