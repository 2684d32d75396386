//! Where tenants are reached: hosts of their own, hosts that they share on paths, and the cookies that follow from it.

use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use super::Upstream;
use super::upstream;
use super::web_address;
use crate::domain::problem::Problems;

/// A `[[host]]` of `regain.toml` as written: shared by tenants on paths.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostConfig {
    /// Its name, as tenants refer to it.
    pub name: String,
    /// Where people reach it.
    pub public_url: String,
    /// What stands behind it.
    pub upstream: Option<upstream::Config>,
}

/// A host that tenants share on paths. They trust each other and its upstream: one origin is one browser sandbox.
#[derive(Clone, Debug)]
pub struct SharedHost {
    /// Its name.
    pub name: String,
    /// Where people reach it, without a path.
    pub public_url: Url,
    /// What stands behind it.
    pub upstream: Option<Arc<Upstream>>,
}

impl SharedHost {
    /// Whether the doors to recovery of what stands behind it are ours to answer.
    #[must_use]
    pub fn is_intercepted(&self) -> bool {
        self.upstream.as_ref().is_some_and(|upstream| upstream.intercept.is_some())
    }
}

impl HostConfig {
    /// Checks one `[[host]]`; keys are named relative to it.
    pub fn build(&self, problems: &mut Problems) -> Option<SharedHost> {
        let name = host_name("name", &self.name, problems);
        let public_url = public_url(&self.public_url, problems)?;
        let mut is_sound = name.is_some();
        if public_url.path() != "/" {
            problems.error("public_url", "must not have a path: the paths belong to its tenants");
            is_sound = false;
        }
        if name.as_deref().is_some_and(|name| public_url.host_str() != Some(name)) {
            problems.error("public_url", format!("does not lie on the host \"{}\"", self.name));
            is_sound = false;
        }
        let upstream = match &self.upstream {
            Some(config) => {
                Some(Arc::new(problems.within("upstream", |problems| config.build(&public_url, problems))?))
            }
            None => None,
        };
        is_sound.then(|| SharedHost { name: name.unwrap_or_default(), public_url, upstream })
    }
}

/// Reads the address that everything else is built from.
pub(super) fn public_url(text: &str, problems: &mut Problems) -> Option<Url> {
    match web_address::read(text) {
        Ok(url) => Some(url),
        Err(message) => {
            problems.error("public_url", message);
            None
        }
    }
}

/// Reads the name of a host: as a browser sends it, without a port. Letters are lowered.
pub(super) fn host_name(key: &str, text: &str, problems: &mut Problems) -> Option<String> {
    let parsed = url::Host::parse(text).ok().map(|host| host.to_string());
    let lowered = text.to_ascii_lowercase();
    if parsed.as_deref() == Some(lowered.as_str()) && !lowered.ends_with('.') && !lowered.contains('*') {
        return Some(lowered);
    }
    let problem = problems.error(key, format!("\"{text}\" is no host name"));
    match parsed {
        Some(parsed) if parsed != lowered => problem.help(format!("write it as browsers send it: \"{parsed}\"")),
        Some(_) | None => problem.help("write names such as \"login.example.com\", without scheme, port or wildcard"),
    };
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(public_url: &str, path: &str) -> (&'static str, bool, String) {
        let cookies = Cookies::of(&Url::parse(public_url).expect("an address"), path);
        (cookies.prefix, cookies.secure, cookies.path)
    }

    #[test]
    fn cookies_are_as_narrow_as_the_address_allows() {
        assert_eq!(cookies("https://login.acme.example", ""), ("__Host-regain-", true, "/".into()));
        assert_eq!(cookies("https://id.example.com/t/acme", "/t/acme"), ("__Secure-regain-", true, "/t/acme".into()));
        assert_eq!(cookies("http://localhost:8080", ""), ("regain-", false, "/".into()));
        assert_eq!(cookies("http://127.0.0.1:8080/t/acme", "/t/acme"), ("regain-", false, "/t/acme".into()));
    }

    #[test]
    fn a_host_is_written_as_browsers_send_it() {
        for good in ["login.acme.example", "LOGIN.acme.example", "127.0.0.1", "[::1]", "xn--exmple-cua.org"] {
            assert!(host_name("hosts", good, &mut Problems::new()).is_some(), "{good}");
        }
        for bad in
            ["", "login.acme.example.", "login:8080", "*.acme.example", "https://x", "exämple.org", "a b", "0x7f.1"]
        {
            assert!(host_name("hosts", bad, &mut Problems::new()).is_none(), "{bad}");
        }
    }
}
