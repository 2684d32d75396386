//! How much is too much: limits on clients, kept in memory and outside every tenant's snapshot, so that no reload is
//! an amnesty. Limits on accounts are none of this room's; they stand in the store.
//!
//! Promises: a key is a digest, so no address stays in memory; the number of keys is bounded, and where it is
//! reached a client never seen before is refused (it fails closed).

mod config;

use std::net::IpAddr;
use std::time::Duration;

use crate::domain::id::TenantId;

pub use config::{Config, Settings};

/// What a client does. Each kind has limits of its own, so that none can be used up through another (BF-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Asks for a recovery.
    Start,
    /// Asks for a further message.
    Resend,
    /// Types a code.
    Code,
    /// Opens a link.
    Link,
    /// Posts a password.
    Password,
    /// Says "I did not ask for this".
    Cancel,
}

impl Limited {
    /// The name in labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resend => "resend",
            Self::Code => "code",
            Self::Link => "link",
            Self::Password => "password",
            Self::Cancel => "cancel",
        }
    }
}

/// The client does too much; it may come back after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowDown {
    /// For how long.
    pub retry_after: Duration,
}

/// All limits on clients of one process.
#[derive(Debug)]
pub struct Limiter {}

impl Limiter {
    /// Begins with nobody counted.
    #[must_use]
    pub fn new(_settings: &Settings) -> Self {
        unimplemented!()
    }

    /// Counts one act of a client of a tenant, or says that it is too much.
    pub fn check(&self, _what: Limited, _tenant: &TenantId, _ip: IpAddr) -> Result<(), SlowDown> {
        unimplemented!()
    }
}
