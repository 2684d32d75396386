//! Where a tenant is reached: the rules of its public address, its cookies, and the addresses to go back to.

use serde::Deserialize;
use url::Url;

use super::upstream;

/// A host that tenants share on paths, a `[[host]]` of `regain.toml`. They trust each other and its upstream: one
/// origin is one browser sandbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedHost {
    /// Its name, as tenants refer to it.
    pub name: String,
    /// Where people reach it.
    pub public_url: String,
    /// What stands behind it.
    pub upstream: Option<upstream::Config>,
}

/// How a tenant's cookies are named and where they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// What every name begins with: `__Host-regain-`, `__Secure-regain-` or `regain-`.
    pub prefix: &'static str,
    /// Whether `Secure` is set.
    pub secure: bool,
    /// The `Path` attribute.
    pub path: String,
}

impl Cookies {
    /// `__Host-` forbids any path but `/`; without https a browser takes neither prefix.
    pub(super) fn of(public_url: &Url, path: &str) -> Self {
        let secure = public_url.scheme() == "https";
        let prefix = match (secure, path.is_empty()) {
            (true, true) => "__Host-regain-",
            (true, false) => "__Secure-regain-",
            (false, _) => "regain-",
        };
        let path = if path.is_empty() { "/" } else { path };
        Self { prefix, secure, path: path.to_owned() }
    }
}

/// See [`super::Tenant::return_target`].
pub(super) fn return_target(_text: &str, _origins: &[String]) -> Option<Url> {
    None
}
