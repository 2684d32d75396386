//! Languages: which one a person gets, and which way it is written.

use std::fmt;
use std::sync::Arc;

/// A language that the tenant offers. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Locale {
    tag: Arc<str>,
    rtl: bool,
}

impl Locale {
    /// The BCP 47 tag, for `lang`, `Content-Language` and the sealed part of a recovery.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Whether it is written from right to left.
    #[must_use]
    pub fn is_rtl(&self) -> bool {
        self.rtl
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)
    }
}
