//! One message of a recovery, by its number: what tokens and codes are derived from.

use super::Timestamp;
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
    /// How many digits its code has.
    pub digits: u8,
}
