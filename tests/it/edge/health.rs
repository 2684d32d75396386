//! The management listener's answers, and the names of what is counted.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::Request;
use regain::metrics;
use regain::web::health::{Component, Health, State, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

async fn get(health: &Health, path: &str) -> (u16, String) {
    let router = router(health.clone(), metrics::install(true));
    let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (code, String::from_utf8(body.to_vec()).unwrap())
}

fn healthy() -> Health {
    let health = Health::new();
    let needed = [Component::Config, Component::Store, Component::Clock];
    for component in needed.into_iter().chain([Component::Limits, Component::Provider, Component::Mail, Component::Sms])
    {
        health.set(component, State::Up, "");
    }
    health
}

#[tokio::test]
async fn it_lives_before_it_is_ready() {
    let health = Health::new();

    assert_eq!(get(&health, "/healthz").await.0, 200);
    assert_eq!(get(&health, "/readyz").await.0, 503);
}

#[tokio::test]
async fn it_is_ready_when_all_answer() {
    let (code, body) = get(&healthy(), "/readyz").await;

    assert_eq!(code, 200);
    assert!(body.contains(r#""status":"ready""#), "{body}");
}

#[tokio::test]
async fn limits_a_provider_a_mail_server_or_a_gateway_that_is_down_degrades_and_no_more() {
    for component in [Component::Limits, Component::Provider, Component::Mail, Component::Sms] {
        let health = healthy();
        health.set(component, State::Down, "does not answer");

        let (code, body) = get(&health, "/readyz").await;

        assert_eq!(code, 200);
        assert!(body.contains(r#""status":"degraded""#) && body.contains("does not answer"), "{body}");
    }
}

#[tokio::test]
async fn without_its_store_it_is_not_ready() {
    let health = healthy();
    health.set(Component::Store, State::Down, "the database does not answer");

    let (code, body) = get(&health, "/readyz").await;

    assert_eq!(code, 503);
    let up = json!({ "state": "up", "reason": "" });
    let expected = json!({ "status": "unready", "components": {
        "config": up, "clock": up, "limits": up, "provider": up, "mail": up, "sms": up,
        "store": { "state": "down", "reason": "the database does not answer" },
    } });
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
}

#[tokio::test]
async fn while_it_stops_it_is_not_ready_and_lives() {
    let health = healthy();

    health.stop();

    assert_eq!(get(&health, "/readyz").await.0, 503);
    assert_eq!(get(&health, "/healthz").await.0, 200);
    assert_eq!(get(&health, "/anything").await.0, 404);
}

#[tokio::test]
async fn every_metric_is_on_the_list_and_carries_its_labels_only() {
    let handle = metrics::install(true);
    let a_moment = Duration::from_millis(3);
    metrics::http_request("/{id}", "GET", 200, a_moment);
    metrics::recovery_started("acme", "email_link");
    metrics::recovery_finished("acme", "email_link", "changed");
    metrics::code_checked("acme", "right");
    metrics::message("acme", "email", "sent");
    metrics::queue(3, a_moment);
    metrics::provider_request("acme", "local", "find", "ok", a_moment);
    metrics::sessions_pending(1);
    metrics::session_end_failed("acme");
    metrics::late_change("acme");
    metrics::rate_limited("acme", "start");
    metrics::uncounted("start");
    metrics::limits_reachable(true);
    metrics::proxied("acme", 200);
    metrics::upstream_answered(a_moment);
    metrics::tenant_configs([("acme", true)]);
    metrics::config_loaded(1_700_000_000);

    let text = handle.render();

    for metric in metrics::LIST {
        let series = text.lines().find(|line| line.starts_with(metric.name) && !line.starts_with('#'));
        let series = series.unwrap_or_else(|| panic!("{} is not counted:\n{text}", metric.name));
        for label in metric.labels {
            assert!(series.contains(&format!("{label}=\"")), "{series}");
        }
        assert!(text.contains(&format!("# HELP {} {}", metric.name, metric.help)), "{}", metric.name);
        let counts = metric.name.ends_with("_total");
        assert_eq!(counts, metric.kind == metrics::Kind::Counter, "{}", metric.name);
    }
    let names = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in names {
        let is_listed = metrics::LIST.iter().any(|metric| line.starts_with(metric.name));
        assert!(is_listed || line.starts_with("process_"), "{line}");
    }
    assert!(text.contains("process_resident_memory_bytes") || !cfg!(target_os = "linux"), "{text}");
}
