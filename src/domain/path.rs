//! The one form in which a request's path is compared and passed on.
use std::borrow::Cow;

/// A path that two programs could read differently; it is refused with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path can be read in more than one way")]
pub struct Ambiguous;

/// A path in its normal form. What is compared is what is passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normal<'a>(Cow<'a, str>);

impl<'a> Normal<'a> {
    /// Brings a request's raw path (without the query) into its normal form.
    pub fn parse(_raw: &'a str) -> Result<Self, Ambiguous> {
        todo!()
    }

    /// The path as it is routed and passed on.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the path is `prefix` or lies below it, under every reading that a lenient upstream could have.
    #[must_use]
    pub fn is_within(&self, _prefix: &Prefix) -> bool {
        todo!()
    }
}

/// A path of configuration that closes itself and everything below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Vec<String>);

impl Prefix {
    /// Reads `/admin` or `/realms/acme/login-actions`; `None` where it is not a plain absolute path.
    #[must_use]
    pub fn parse(_text: &str) -> Option<Self> {
        todo!()
    }
}
