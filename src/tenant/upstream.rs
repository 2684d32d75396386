//! What stands behind a host: the one thing that is proxied there.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;
use url::Url;

use super::web_address;
use crate::domain::problem::Problems;
use crate::outward::is_loopback;

/// `[upstream]` as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its address.
    url: String,
    /// Lets it be spoken to in the clear beyond this machine.
    #[serde(default)]
    insecure: bool,
    /// Paths that are answered 404 instead.
    #[serde(default)]
    close: Vec<String>,
    /// More roots, for an upstream with TLS.
    ca_file: Option<PathBuf>,
    /// Whose own recovery pages are answered by ours: the provider's kind, or a list of paths.
    intercept: Option<Json>,
    /// Where a link to our pages is put into its own.
    inject: Option<IgnoredAny>,
}

/// What a host's requests go to where they are not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its address: scheme, host and port.
    pub url: Url,
    /// Paths that are answered 404 instead, each with all that lies below it.
    pub close: Vec<String>,
    /// Whose own recovery is answered by ours.
    pub intercept: Option<Intercept>,
    /// The public address of its host, from which forwarding headers are made.
    pub public_url: Url,
}

/// What stands behind a host, where its own doors to recovery are ours to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intercept {
    /// A Keycloak: the realm in its addresses says which tenant is meant.
    Keycloak,
}

impl Upstream {
    /// Whether `path` is answered 404 instead of being passed on. `path` is normalised.
    #[must_use]
    pub fn is_closed(&self, path: &str) -> bool {
        self.close.iter().any(|closed| web_address::lies_below(path, closed))
    }
}

impl Config {
    /// Checks the section; keys are named relative to it. `public_url` is the address of the host in front.
    pub(super) fn build(&self, public_url: &Url, problems: &mut Problems) -> Option<Upstream> {
        self.refuse_what_is_to_come(problems);
        let mut is_sound = true;
        for (index, path) in self.close.iter().enumerate() {
            if !web_address::is_plain_path(path) {
                problems
                    .error(&format!("close.{index}"), format!("\"{path}\" is no path such as `/admin`"))
                    .help("begin with a slash and end without one; everything below is closed as well");
                is_sound = false;
            }
        }
        let before = problems.errors();
        let intercept = self.intercept(problems);
        is_sound &= problems.errors() == before;
        let url = self.url(problems)?;
        let public_url = public_url.clone();
        is_sound.then(|| Upstream { url, close: self.close.clone(), intercept, public_url })
    }

    fn intercept(&self, problems: &mut Problems) -> Option<Intercept> {
        let message = match self.intercept.as_ref()? {
            Json::String(word) if word == "keycloak" => return Some(Intercept::Keycloak),
            Json::String(word) => format!("\"{word}\" is nothing that can be intercepted"),
            Json::Array(_) => "a list of paths is not yet supported by this version".to_owned(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => "is no word".to_owned(),
        };
        problems.error("intercept", message).help("write `intercept = \"keycloak\"`, or leave it out");
        None
    }

    fn url(&self, problems: &mut Problems) -> Option<Url> {
        let parsed =
            Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = parsed else {
            problems.error("url", "is no address such as `http://127.0.0.1:8081`");
            return None;
        };
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            problems.error("url", "must be scheme, host and port alone: paths are passed on as they are");
            return None;
        }
        if url.scheme() == "https" {
            problems
                .error("url", "an upstream with TLS is not yet supported by this version")
                .help("let it listen on this machine, and write http://127.0.0.1:…");
            return None;
        }
        if !is_loopback(&url) {
            let message = "the upstream is spoken to over the network in the clear";
            if self.insecure {
                problems.warning("url", message);
            } else {
                problems
                    .error("url", message)
                    .help("let it listen on this machine, or say `insecure = true` beside it");
                return None;
            }
        }
        Some(url)
    }

    fn refuse_what_is_to_come(&self, problems: &mut Problems) {
        let keys = [("ca_file", self.ca_file.is_some()), ("inject", self.inject.is_some())];
        for (key, is_set) in keys {
            if is_set {
                problems.error(key, "is not yet supported by this version").help("leave it out");
            }
        }
    }
}
