//! regain: a password-recovery sidecar.
pub mod channel;
pub mod clock;
pub mod config;
pub mod domain;
pub mod identity;
pub mod store;
pub mod template;
pub mod tenant;
