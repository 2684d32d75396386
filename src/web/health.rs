//! What the management listener answers: `/healthz`, `/readyz`, `/metrics`, and nothing else.
//!
//! A provider, a mail server, a gateway for text messages or a shared limiter that is down makes us *degraded*, never unready: sign-in must go on
//! being proxied, and an orchestrator that takes us out of service would end that too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::StatusCode, http::header};
use serde_json::{Map, Value, json};

/// A part of the program whose state `/readyz` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Configuration is loaded and templates are compiled.
    Config,
    /// The database answers.
    Store,
    /// The machine's clock agrees with the database's.
    Clock,
    /// Clients can be counted.
    Limits,
    /// The tenants' identity providers answer.
    Provider,
    /// The tenants' mail servers answer.
    Mail,
    /// The tenants' gateways for text messages answer.
    Sms,
}

impl Component {
    const ALL: [Self; 7] =
        [Self::Config, Self::Store, Self::Clock, Self::Limits, Self::Provider, Self::Mail, Self::Sms];

    fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Store => "store",
            Self::Clock => "clock",
            Self::Limits => "limits",
            Self::Provider => "provider",
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    /// Whether no recovery can begin without it.
    fn is_needed(self) -> bool {
        match self {
            Self::Config | Self::Store | Self::Clock => true,
            Self::Limits | Self::Provider | Self::Mail | Self::Sms => false,
        }
    }
}

/// How a component is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked yet.
    #[default]
    Starting,
    /// It answers.
    Up,
    /// It limps; requests go on.
    Degraded,
    /// It does not answer.
    Down,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// The states that `app` updates and `/readyz` tells. All clones share them.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    states: RwLock<[(State, &'static str); Component::ALL.len()]>,
    stops: AtomicBool,
}

/// Whether requests shall be sent to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All is well.
    Ready,
    /// Something that is not needed for sign-in is down.
    Degraded,
    /// Send requests elsewhere.
    Unready,
}

impl Health {
    /// Begins with every component in `State::Starting`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes how a component is, and why: a constant sentence of ours, never what a peer said.
    pub fn set(&self, component: Component, state: State, reason: &'static str) {
        let mut states = self.0.states.write().unwrap_or_else(PoisonError::into_inner);
        states[component as usize] = (state, reason);
    }

    /// Notes that the program is stopping: `/readyz` answers 503 from here on.
    pub fn stop(&self) {
        self.0.stops.store(true, Ordering::Relaxed);
    }

    /// Whether requests shall be sent to us.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        if self.0.stops.load(Ordering::Relaxed) {
            return Readiness::Unready;
        }
        let mut readiness = Readiness::Ready;
        for component in Component::ALL {
            match (self.state(component).0, component.is_needed()) {
                (State::Starting | State::Down, true) => return Readiness::Unready,
                (State::Degraded, _) | (State::Down, false) => readiness = Readiness::Degraded,
                (State::Up, _) | (State::Starting, false) => {}
            }
        }
        readiness
    }

    fn state(&self, component: Component) -> (State, &'static str) {
        self.0.states.read().unwrap_or_else(PoisonError::into_inner)[component as usize]
    }

    fn report(&self, readiness: Readiness) -> Value {
        let status = match readiness {
            Readiness::Ready => "ready",
            Readiness::Degraded => "degraded",
            Readiness::Unready if self.0.stops.load(Ordering::Relaxed) => "stopping",
            Readiness::Unready => "unready",
        };
        let mut components = Map::new();
        for component in Component::ALL {
            let (state, reason) = self.state(component);
            components.insert(component.as_str().into(), json!({ "state": state.as_str(), "reason": reason }));
        }
        json!({ "status": status, "components": components })
    }
}

/// The routes of the management listener.
pub fn router(health: Health, metrics: crate::metrics::Handle) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(async move || exposition(&metrics)))
        .with_state(health)
}

async fn ready(Shared(health): Shared<Health>) -> Response {
    let readiness = health.readiness();
    let status = match readiness {
        Readiness::Ready | Readiness::Degraded => StatusCode::OK,
        Readiness::Unready => StatusCode::SERVICE_UNAVAILABLE,
    };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, health.report(readiness).to_string()).into_response()
}

fn exposition(metrics: &crate::metrics::Handle) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics.render()).into_response()
}
