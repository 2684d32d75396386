//! What the management listener answers: `/healthz`, `/readyz`, `/metrics`, and nothing else.

use std::sync::Arc;

/// A part of the program whose state `/readyz` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Configuration is loaded and templates are compiled.
    Config,
    /// The database answers.
    Store,
    /// The tenants' identity providers answer.
    Provider,
    /// The tenants' mail servers answer.
    Mail,
    /// The machine's clock agrees with the database's.
    Clock,
}

/// How a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked yet.
    Starting,
    /// It answers.
    Up,
    /// It limps; requests go on.
    Degraded,
    /// It does not answer.
    Down,
}

/// The states that `app` updates and `/readyz` tells. Cheap to clone; all clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<()>);

impl Health {
    /// Begins with every component in `State::Starting`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes how a component is, and a constant word on why; a word never holds what a peer said.
    pub fn set(&self, _component: Component, _state: State, _reason: &'static str) {
        todo!()
    }

    /// Notes that the program is shutting down: `/readyz` answers 503 from here on.
    pub fn shut_down(&self) {
        todo!()
    }
}

/// The routes of the management listener.
pub fn router(_health: Health, _metrics: crate::metrics::Handle) -> axum::Router {
    todo!()
}
