//! What stands behind a host: the one thing that is proxied there.

use serde::Deserialize;
use url::Url;

/// `[upstream]` as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its address.
    pub url: String,
    /// Paths that are answered 404 instead.
    #[serde(default)]
    pub close: Vec<String>,
}

/// What a host's requests go to where they are not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its address: scheme, host and port.
    pub url: Url,
    /// Paths that are answered 404 instead, each with all that lies below it.
    pub close: Vec<String>,
    /// The public address of its host, from which forwarding headers are made.
    pub public_url: Url,
}
