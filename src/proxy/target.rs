//! Where a host's requests go, and how its public address reads.

use std::net::IpAddr;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Uri, header};
use url::Url;

use super::{Error, headers};
use crate::domain::path::{Normal, Prefix};

/// A host's upstream, its public address and its closed paths, ready to be used by every request: make it once.
/// Clones are cheap.
#[derive(Clone, Debug)]
pub struct Target {
    authority: Authority,
    close: std::sync::Arc<[Prefix]>,
    pub(super) proto: HeaderValue,
    pub(super) host: HeaderValue,
    pub(super) port: HeaderValue,
}

/// Why a target cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// The upstream is not a plain `http://host:port`.
    #[error("the upstream must be http://host:port, without path, query and user")]
    Upstream,
    /// The public address is not one of the web.
    #[error("the public address must be http:// or https:// with a host")]
    PublicUrl,
    /// A closed path is not a plain absolute path.
    #[error("`{0}` is not a plain path that begins with a slash")]
    Close(String),
}

impl Target {
    /// Takes the upstream's address, the public one, and the paths that are closed with all that lies below them.
    pub fn new(upstream: &Url, public_url: &Url, close: &[String]) -> Result<Self, BadTarget> {
        let is_plain = upstream.scheme() == "http"
            && upstream.path() == "/"
            && upstream.query().is_none()
            && upstream.fragment().is_none();
        let authority: Authority = upstream.authority().parse().map_err(|_| BadTarget::Upstream)?;
        if !is_plain || authority.host().is_empty() || upstream.authority().contains('@') {
            return Err(BadTarget::Upstream);
        }
        let closed = |path: &String| Prefix::parse(path).ok_or_else(|| BadTarget::Close(path.clone()));
        let close = close.iter().map(closed).collect::<Result<Vec<_>, _>>()?;
        let (Some(host), Some(port), "http" | "https") =
            (public_url.host_str(), public_url.port_or_known_default(), public_url.scheme())
        else {
            return Err(BadTarget::PublicUrl);
        };
        let host_and_port = match public_url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Self {
            authority,
            close: close.into(),
            proto: value(public_url.scheme())?,
            host: value(&host_and_port)?,
            port: HeaderValue::from(port),
        })
    }

    /// What a request of `client` for the public address bears when it reaches the upstream: `Host` as a browser sends
    /// it, and the forwarding headers. For whoever looks at the upstream as the proxy does.
    #[must_use]
    pub fn headers_as_proxied(&self, client: IpAddr) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, self.host.clone());
        headers::forwarding(&mut headers, self, client);
        headers
    }

    /// The address of the same thing at the upstream, in the path's normal form.
    pub(super) fn uri(&self, asked: &Uri) -> Result<Uri, Error> {
        let path = Normal::parse(asked.path()).map_err(|_| Error::Ambiguous)?;
        if self.close.iter().any(|closed| path.is_within(closed)) {
            return Err(Error::Closed);
        }
        let path_and_query = match asked.path_and_query() {
            Some(as_it_came) if path.is_as_it_came() => as_it_came.clone(),
            Some(_) | None => rewritten(path.as_str(), asked.query())?,
        };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).map_err(|_| Error::Ambiguous)
    }
}

fn rewritten(path: &str, query: Option<&str>) -> Result<PathAndQuery, Error> {
    let text = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    PathAndQuery::try_from(text).map_err(|_| Error::Ambiguous)
}

fn value(text: &str) -> Result<HeaderValue, BadTarget> {
    HeaderValue::from_str(text).map_err(|_| BadTarget::PublicUrl)
}
