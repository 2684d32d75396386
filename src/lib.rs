//! regain: a password-recovery sidecar.
pub mod channel;
pub mod clock;
pub mod domain;
pub mod identity;
pub mod metrics;
pub mod proxy;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod template;
pub mod web;
