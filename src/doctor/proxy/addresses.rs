//! The addresses that Keycloak builds: it says them in its discovery document. Asked exactly as the proxy asks, with
//! `Host` kept and the forwarding headers set, they must be the public ones. Where they are not, a browser that
//! follows them leaves the proxy, or the login fails in it.

use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use url::{Origin, Url};

use super::{Front, in_realm};
use crate::doctor::calls::ask;
use crate::domain::finding::Finding;
use crate::outward::Clients;
use crate::tenant::Tenant;

/// What is read of the discovery document.
#[derive(Deserialize)]
struct Discovery {
    issuer: Url,
    authorization_endpoint: Url,
}

/// Asks for a realm's addresses, and says which setting of Keycloak makes them wrong.
pub(super) async fn look(
    front: &Front,
    tenant: &Tenant,
    realm: &str,
    clients: &Clients,
    as_proxied: &HeaderMap,
) -> Finding {
    let public = &front.upstream.public_url;
    let what = format!("the realm {realm} builds its addresses for {}", written(public));
    let rest = [".well-known", "openid-configuration"];
    let url = in_realm(&front.upstream.url, tenant, realm, &rest);
    let heard = match ask(clients, Method::GET, url, as_proxied.clone()).await {
        Ok(heard) => heard,
        Err(silent) => return Finding::unreachable(what, silent.to_string(), "look at the log of Keycloak"),
    };
    if heard.status == StatusCode::NOT_FOUND {
        let remedy = "look at `provider.realm`, and at the path of `provider.url` (KC_HTTP_RELATIVE_PATH)";
        return Finding::bad(what, "the upstream knows no such realm", remedy);
    }
    if heard.demands_https() {
        let detail = "\"HTTPS required\" (status 403): it takes what comes over https here for http";
        let remedy = "start Keycloak with KC_PROXY_HEADERS=xforwarded, so that it reads what regain tells it";
        return Finding::bad(what, detail, remedy);
    }
    let Ok(discovery) = serde_json::from_str::<Discovery>(&heard.body) else {
        let detail = format!("its OpenID configuration cannot be read (status {})", heard.status.as_u16());
        return Finding::bad(what, detail, "look at the log of Keycloak, and whether `upstream.url` leads to it");
    };
    let expected = in_realm(public, tenant, realm, &[]);
    judge(&discovery, &expected, &front.upstream.url)
        .map_or_else(|| Finding::good(what.clone()), |wrong| wrong.finding(&what, public))
}

/// What is wrong with the addresses, and the first that is.
struct Wrong {
    built: String,
    why: Why,
}

enum Why {
    /// They name the upstream, which nobody should know of.
    Upstream,
    /// They are http where the public address is https, or the other way round.
    Scheme,
    Port,
    Host,
    Path,
}

fn judge(discovery: &Discovery, expected: &Url, upstream: &Url) -> Option<Wrong> {
    [&discovery.issuer, &discovery.authorization_endpoint].into_iter().find_map(|built| {
        let why = if built.origin() == expected.origin() {
            if is_below(built.path(), expected.path()) {
                return None;
            }
            Why::Path
        } else if is_same_place(built, upstream) {
            Why::Upstream
        } else if built.host_str() != expected.host_str() {
            Why::Host
        } else if built.scheme() != expected.scheme() {
            Why::Scheme
        } else {
            Why::Port
        };
        Some(Wrong { built: written(built), why })
    })
}

fn is_below(path: &str, expected: &str) -> bool {
    path.strip_prefix(expected).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_same_place(built: &Url, upstream: &Url) -> bool {
    built.host_str() == upstream.host_str() && built.port_or_known_default() == upstream.port_or_known_default()
}

/// Scheme, host and port.
fn written(url: &Url) -> String {
    match url.origin() {
        origin @ Origin::Tuple(..) => origin.ascii_serialization(),
        Origin::Opaque(_) => url.to_string(),
    }
}

impl Wrong {
    fn finding(&self, what: &str, public: &Url) -> Finding {
        let (built, public) = (&self.built, written(public));
        let by_name = format!("KC_HOSTNAME={public}");
        let by_header = "KC_PROXY_HEADERS=xforwarded";
        let (detail, remedy) = match self.why {
            Why::Upstream => (
                format!("it builds them for {built}, the upstream itself: browsers go past regain"),
                format!("start Keycloak with {by_name} and {by_header}"),
            ),
            Why::Scheme => (
                format!(
                    "it builds them for {built}: it reads no forwarding headers, or its KC_HOSTNAME has that scheme"
                ),
                format!("start Keycloak with {by_header}, or with the whole address in {by_name}"),
            ),
            Why::Port => (
                format!("it builds them for {built}, with another port"),
                format!("start Keycloak with the whole address in {by_name}, or with {by_header} and no KC_HOSTNAME"),
            ),
            Why::Host => (
                format!("it builds them for {built}: its KC_HOSTNAME names another host"),
                format!(
                    "start Keycloak with {by_name}; where it serves several hosts, leave KC_HOSTNAME out and set \
                     {by_header}"
                ),
            ),
            Why::Path => (
                format!("it builds them for {built}, with another path"),
                "let the paths of `provider.url`, KC_HTTP_RELATIVE_PATH and KC_HOSTNAME be the same".to_owned(),
            ),
        };
        Finding::bad(what, detail, remedy)
    }
}
