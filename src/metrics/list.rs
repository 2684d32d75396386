//! Every name that we count under, once: what it means and which labels it carries (CONTRACT §7).

/// How a value moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only up.
    Counter,
    /// Up and down.
    Gauge,
    /// Spread over buckets.
    Histogram,
}

/// One name.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// The name with the prefix `regain_`.
    pub name: &'static str,
    /// How its value moves.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// One line for whoever meets it in a graph.
    pub help: &'static str,
}

const fn metric(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind, labels, help }
}

pub(super) const HTTP_REQUESTS: &str = "regain_http_requests_total";
pub(super) const HTTP_DURATION: &str = "regain_http_request_duration_seconds";
pub(super) const RECOVERIES_STARTED: &str = "regain_recoveries_started_total";
pub(super) const RECOVERIES_FINISHED: &str = "regain_recoveries_finished_total";
pub(super) const CODE_CHECKS: &str = "regain_code_checks_total";
pub(super) const MESSAGES: &str = "regain_messages_total";
pub(super) const QUEUE_DEPTH: &str = "regain_message_queue_depth";
pub(super) const QUEUE_AGE: &str = "regain_message_queue_oldest_age_seconds";
pub(super) const PROVIDER_REQUESTS: &str = "regain_provider_requests_total";
pub(super) const PROVIDER_DURATION: &str = "regain_provider_request_duration_seconds";
pub(super) const SESSIONS_PENDING: &str = "regain_sessions_pending";
pub(super) const SESSION_END_FAILURES: &str = "regain_session_end_failures_total";
pub(super) const LATE_CHANGES: &str = "regain_late_changes_total";
pub(super) const RATE_LIMITED: &str = "regain_rate_limited_total";
pub(super) const UNCOUNTED: &str = "regain_uncounted_requests_total";
pub(super) const LIMITS_REACHABLE: &str = "regain_limits_reachable";
pub(super) const PROXY_REQUESTS: &str = "regain_proxy_requests_total";
pub(super) const UPSTREAM_DURATION: &str = "regain_proxy_upstream_duration_seconds";
pub(super) const TENANT_CONFIG_VALID: &str = "regain_tenant_config_valid";
pub(super) const RELOAD_SUCCESSFUL: &str = "regain_config_last_reload_successful";
pub(super) const RELOAD_TIME: &str = "regain_config_last_reload_success_timestamp_seconds";
pub(super) const BUILD_INFO: &str = "regain_build_info";

/// All names.
pub const LIST: &[Metric] = &[
    metric(HTTP_REQUESTS, Kind::Counter, &["route", "method", "code"], "Requests to our own routes."),
    metric(HTTP_DURATION, Kind::Histogram, &["route", "method"], "Time until our own routes answered."),
    metric(RECOVERIES_STARTED, Kind::Counter, &["tenant", "method"], "Recoveries that were asked for."),
    metric(RECOVERIES_FINISHED, Kind::Counter, &["tenant", "method", "outcome"], "Recoveries that ended."),
    metric(CODE_CHECKS, Kind::Counter, &["tenant", "result"], "Codes that were checked."),
    metric(MESSAGES, Kind::Counter, &["tenant", "channel", "result"], "Messages that were worked on."),
    metric(QUEUE_DEPTH, Kind::Gauge, &[], "Messages that are due and not settled."),
    metric(QUEUE_AGE, Kind::Gauge, &[], "Age of the oldest message that is due."),
    metric(PROVIDER_REQUESTS, Kind::Counter, &["tenant", "kind", "operation", "result"], "Calls to providers."),
    metric(PROVIDER_DURATION, Kind::Histogram, &["kind", "operation"], "Time that calls to providers took."),
    metric(SESSIONS_PENDING, Kind::Gauge, &[], "Accounts whose sessions are still to be ended."),
    metric(SESSION_END_FAILURES, Kind::Counter, &["tenant"], "Tries to end sessions that failed."),
    metric(LATE_CHANGES, Kind::Counter, &["tenant"], "Passwords that another hand changed after a recovery."),
    metric(RATE_LIMITED, Kind::Counter, &["tenant", "limit"], "Requests that met a limit."),
    metric(UNCOUNTED, Kind::Counter, &["limit"], "Requests that the shared limits could not count."),
    metric(LIMITS_REACHABLE, Kind::Gauge, &[], "Whether clients can be counted."),
    metric(PROXY_REQUESTS, Kind::Counter, &["tenant", "code"], "Requests that were passed to an upstream."),
    metric(UPSTREAM_DURATION, Kind::Histogram, &[], "Time until upstreams began to answer."),
    metric(TENANT_CONFIG_VALID, Kind::Gauge, &["tenant"], "Whether a tenant's file can be used."),
    metric(RELOAD_SUCCESSFUL, Kind::Gauge, &[], "Whether the last load of the configuration succeeded."),
    metric(RELOAD_TIME, Kind::Gauge, &[], "When the configuration was last loaded."),
    metric(BUILD_INFO, Kind::Gauge, &["version", "revision"], "Always 1; says what is running."),
];
