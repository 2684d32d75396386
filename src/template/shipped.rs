//! The templates that come with the program, compiled into the binary and parsed once.

use std::sync::Arc;

/// The shipped templates, compiled. All tenants share one.
#[derive(Debug)]
pub struct Shipped {}

impl Shipped {
    /// Compiles what the binary carries.
    #[must_use]
    pub fn load() -> Arc<Self> {
        Arc::new(Self {})
    }
}
