//! regain: a password-recovery sidecar.
pub mod audit;
pub mod channel;
pub mod clock;
pub mod domain;
pub mod identity;
pub mod limit;
pub mod store;
pub mod template;
