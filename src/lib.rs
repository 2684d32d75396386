//! regain: a password-recovery sidecar.
pub mod account;
pub mod audit;
pub mod channel;
pub mod clock;
pub mod config;
pub mod domain;
pub mod identity;
pub mod limit;
pub mod metrics;
pub mod proxy;
pub mod recovery;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod template;
pub mod tenant;
pub mod web;
