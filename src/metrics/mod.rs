//! What is counted: one list of names, and one function for each fact.
//!
//! The room that knows a fact calls its function. No label holds a person, an address, an IP or an id: values come
//! from our own words (`&'static str`), but for the tenant's name, which the operator can switch off.

mod list;
mod process;

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::metrics::{Label, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

pub use list::{Kind, LIST, Metric};

/// From a millisecond, where a page lies, to ten seconds, where every outward call is given up.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

static TENANT_LABEL: AtomicBool = AtomicBool::new(true);

/// Renders what has been counted.
#[derive(Clone)]
pub struct Handle(PrometheusHandle);

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metrics::Handle")
    }
}

impl Handle {
    /// The text exposition format of Prometheus, `process_*` included.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        let mut text = self.0.render();
        text.push_str(&process::render());
        text
    }
}

/// Begins to count; a second call in a process gives the first one's handle. Without `tenant_label` the label
/// `tenant` is left out everywhere.
#[must_use]
pub fn install(tenant_label: bool) -> Handle {
    static HANDLE: OnceLock<Handle> = OnceLock::new();
    TENANT_LABEL.store(tenant_label, Ordering::Relaxed);
    HANDLE.get_or_init(begin).clone()
}

fn begin() -> Handle {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("the list of buckets is not empty");
    let recorder = builder.build_recorder();
    let handle = Handle(recorder.handle());
    if ::metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("somebody else counts in this process already: /metrics stays empty");
    }
    for metric in LIST {
        match metric.kind {
            Kind::Counter => ::metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => ::metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram => ::metrics::describe_histogram!(metric.name, metric.help),
        }
    }
    let revision = option_env!("REGAIN_REVISION").unwrap_or("unknown");
    gauge!(list::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION"), "revision" => revision).set(1.0);
    handle
}

/// The tenant's label, where it is wanted, and the others.
fn labels<const N: usize>(tenant: &str, others: [(&'static str, &'static str); N]) -> Vec<Label> {
    let mut labels = Vec::with_capacity(N + 1);
    if TENANT_LABEL.load(Ordering::Relaxed) {
        labels.push(Label::new("tenant", tenant.to_owned()));
    }
    labels.extend(others.map(|(name, value)| Label::new(name, value)));
    labels
}

/// A request to one of our routes was answered; `route` is the template, never the path.
pub fn http_request(route: &'static str, method: &'static str, code: u16, elapsed: Duration) {
    counter!(list::HTTP_REQUESTS, "route" => route, "method" => method, "code" => code.to_string()).increment(1);
    histogram!(list::HTTP_DURATION, "route" => route, "method" => method).record(elapsed);
}

/// A recovery began.
pub fn recovery_started(tenant: &str, method: &'static str) {
    counter!(list::RECOVERIES_STARTED, labels(tenant, [("method", method)])).increment(1);
}

/// A recovery ended: `changed`, `cancelled`, `closed`, `expired` or `failed`.
pub fn recovery_finished(tenant: &str, method: &'static str, outcome: &'static str) {
    counter!(list::RECOVERIES_FINISHED, labels(tenant, [("method", method), ("outcome", outcome)])).increment(1);
}

/// A code was checked: `right`, `wrong` or `closed`.
pub fn code_checked(tenant: &str, result: &'static str) {
    counter!(list::CODE_CHECKS, labels(tenant, [("result", result)])).increment(1);
}

/// A message was `sent`, `dropped`, `retried` or `abandoned`; later its next hop told that it was `delivered` or
/// `undelivered`.
pub fn message(tenant: &str, channel: &'static str, result: &'static str) {
    counter!(list::MESSAGES, labels(tenant, [("channel", channel), ("result", result)])).increment(1);
}

/// How much waits in the outbox, and for how long.
pub fn queue(depth: u64, oldest_age: Duration) {
    gauge!(list::QUEUE_DEPTH).set(number(depth));
    gauge!(list::QUEUE_AGE).set(oldest_age.as_secs_f64());
}

/// A provider answered: `ok`, `refused`, `unavailable`, `unknown_outcome`, `denied` or `misconfigured`.
pub fn provider_request(
    tenant: &str,
    kind: &'static str,
    operation: &'static str,
    result: &'static str,
    elapsed: Duration,
) {
    let facts = [("kind", kind), ("operation", operation), ("result", result)];
    counter!(list::PROVIDER_REQUESTS, labels(tenant, facts)).increment(1);
    histogram!(list::PROVIDER_DURATION, "kind" => kind, "operation" => operation).record(elapsed);
}

/// How many accounts wait for the end of their sessions.
pub fn sessions_pending(count: u64) {
    gauge!(list::SESSIONS_PENDING).set(number(count));
}

/// Sessions could not be ended; it is tried again.
pub fn session_end_failed(tenant: &str) {
    counter!(list::SESSION_END_FAILURES, labels(tenant, [])).increment(1);
}

/// A look after a recovery has found that another hand changed the password.
pub fn late_change(tenant: &str) {
    counter!(list::LATE_CHANGES, labels(tenant, [])).increment(1);
}

/// A request met a limit.
pub fn rate_limited(tenant: &str, limit: &'static str) {
    counter!(list::RATE_LIMITED, labels(tenant, [("limit", limit)])).increment(1);
}

/// A request came while the shared limits could not be asked.
pub fn uncounted(limit: &'static str) {
    counter!(list::UNCOUNTED, "limit" => limit).increment(1);
}

/// Whether clients can be counted.
pub fn limits_reachable(reachable: bool) {
    gauge!(list::LIMITS_REACHABLE).set(if reachable { 1.0 } else { 0.0 });
}

/// A request was passed to an upstream, and this was the answer's status, ours included; an empty tenant stands for
/// a shared host.
pub fn proxied(tenant: &str, code: u16) {
    let mut labels = labels(tenant, []);
    labels.push(Label::new("code", code.to_string()));
    counter!(list::PROXY_REQUESTS, labels).increment(1);
}

/// An upstream gave its answer's head, or was given up.
pub fn upstream_answered(elapsed: Duration) {
    histogram!(list::UPSTREAM_DURATION).record(elapsed);
}

/// Which tenants' files can be used. Without the label there is one value: whether all can.
pub fn tenant_configs<'a>(tenants: impl IntoIterator<Item = (&'a str, bool)>) {
    let as_number = |valid| if valid { 1.0 } else { 0.0 };
    if TENANT_LABEL.load(Ordering::Relaxed) {
        for (tenant, valid) in tenants {
            gauge!(list::TENANT_CONFIG_VALID, labels(tenant, [])).set(as_number(valid));
        }
    } else {
        let all = tenants.into_iter().all(|(_, valid)| valid);
        gauge!(list::TENANT_CONFIG_VALID).set(as_number(all));
    }
}

/// The configuration was loaded; `at` counts seconds since 1970.
pub fn config_loaded(at: i64) {
    gauge!(list::RELOAD_SUCCESSFUL).set(1.0);
    gauge!(list::RELOAD_TIME).set(number(u64::try_from(at).unwrap_or(0)));
}

/// The configuration could not be loaded; the one before stays.
pub fn config_refused() {
    gauge!(list::RELOAD_SUCCESSFUL).set(0.0);
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^52 are exact, and none comes near it")]
fn number(count: u64) -> f64 {
    count as f64
}
