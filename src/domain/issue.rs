//! One message of a recovery, by its number: what tokens and codes are derived from.

use super::Timestamp;
use super::code::DIGITS;
use super::method::Method;

/// One message of a recovery: what each of its tokens and codes is derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// 1 for the first.
    pub number: u8,
    /// When it was asked for; lives count from here.
    pub at: Timestamp,
    /// By which method.
    pub method: Method,
    /// How many digits its code has; none where it is a link alone.
    pub digits: u8,
}

impl Issue {
    /// Whether its message was to carry a code.
    #[must_use]
    pub fn has_code(&self) -> bool {
        DIGITS.contains(&self.digits)
    }
}
