//! The provider's own ways to reset a password, tried from outside through our public listener: each must lead to us
//! or be closed, by every method (PX-12).

use std::net::SocketAddr;

use http::{Method, StatusCode, header};
use url::Url;

use super::{Front, asking_for, in_realm};
use crate::doctor::calls::{Heard, Silent, ask};
use crate::doctor::reachable;
use crate::domain::finding::Finding;
use crate::outward::Clients;
use crate::tenant::Tenant;

/// Where Keycloak's login leads for help, below a realm.
pub(super) const DOOR: &[&str] = &["login-actions", "reset-credentials"];
/// All its doors: the second is for links from elsewhere, and leads to the first.
const DOORS: [&[&str]; 2] = [DOOR, &["protocol", "openid-connect", "forgot-credentials"]];
const METHODS: [Method; 3] = [Method::GET, Method::HEAD, Method::POST];

const INTERCEPT: &str = "set `upstream.intercept = \"keycloak\"`: they skip every limit, notice and guard of regain";

/// Tries every door of every realm behind this host.
pub(super) async fn look(front: &Front, clients: &Clients, listen: Option<SocketAddr>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (tenant, realm) in front.realms() {
        let what = format!("the realm {realm}'s own ways to reset a password are closed here");
        let Some(origin) = listen.filter(|listen| listen.port() != 0).and_then(listener) else {
            let why = "`server.listen` names no port";
            findings.push(not_tried(
                what,
                why,
                "look where regain listens on a port that is known",
                front,
                tenant,
                realm,
            ));
            continue;
        };
        findings.push(match try_all(front, tenant, realm, &origin, clients).await {
            Ok(open) if open.is_empty() => Finding::good(what),
            Ok(open) if front.intercepts() => Finding::bad(
                what,
                format!("open: {}", open.join(", ")),
                "the regain that answers on `server.listen` runs with another configuration: restart it",
            ),
            Ok(open) => Finding::warning(what, format!("open: {}", open.join(", ")), INTERCEPT),
            Err(NotTried(why)) => {
                let why = format!("regain does not answer on {}: {why}", origin.authority());
                not_tried(what, &why, "start regain, and look again", front, tenant, realm)
            }
        });
    }
    findings
}

/// Without trying, only what the configuration leaves open can be told.
fn not_tried(what: String, why: &str, remedy: &str, front: &Front, tenant: &Tenant, realm: &str) -> Finding {
    let is_open = |door: &&[&str]| !front.upstream.is_closed(in_realm(&front.upstream.url, tenant, realm, door).path());
    if !front.intercepts() && DOORS.iter().any(is_open) {
        return Finding::warning(what, "`upstream.intercept` is not set", INTERCEPT);
    }
    Finding::warning(what, format!("{why}; the doors were not tried"), remedy)
}

/// Why doors were not tried.
struct NotTried(&'static str);

impl From<Silent> for NotTried {
    fn from(silent: Silent) -> Self {
        Self(match silent {
            Silent::NoConnection => "no connection",
            Silent::TooLate => "no answer in time",
            // It is asked in the clear: TLS is no answer either.
            Silent::NoAnswer | Silent::NoTrust => "no HTTP",
        })
    }
}

/// The doors that are open, by method, path, host and status.
async fn try_all(
    front: &Front,
    tenant: &Tenant,
    realm: &str,
    origin: &Url,
    clients: &Clients,
) -> Result<Vec<String>, NotTried> {
    if !is_regain(tenant, origin, clients).await? {
        return Err(NotTried("somebody else does"));
    }
    let mut open = Vec::new();
    for host in &front.hosts {
        for door in DOORS {
            let url = in_realm(origin, tenant, realm, door);
            for method in METHODS {
                match ask(clients, method.clone(), url.clone(), asking_for(host)).await {
                    Ok(heard) if is_closed(&heard, tenant) => {}
                    Ok(heard) => open.push(format!("{method} {} on {host} ({})", url.path(), heard.status.as_u16())),
                    Err(silent) => return Err(silent.into()),
                }
            }
        }
    }
    Ok(open)
}

fn is_closed(heard: &Heard, tenant: &Tenant) -> bool {
    if heard.status == StatusCode::NOT_FOUND {
        return true;
    }
    let leads_to_us = heard.location().and_then(|location| tenant.public_url.join(location).ok()).is_some_and(|to| {
        let is_below = to.path().strip_prefix(&tenant.recovery.base).is_some_and(|rest| rest.starts_with('/'));
        to.origin() == tenant.public_url.origin() && is_below
    });
    heard.status == StatusCode::SEE_OTHER && leads_to_us
}

/// Whether this tenant's recovery pages are there.
async fn is_regain(tenant: &Tenant, origin: &Url, clients: &Clients) -> Result<bool, NotTried> {
    let mut url = origin.clone();
    url.set_path(&format!("{}/", tenant.recovery.base));
    let mut headers = asking_for(tenant.public_url.host_str().unwrap_or_default());
    headers.insert(header::ACCEPT, http::HeaderValue::from_static("text/html"));
    match ask(clients, Method::GET, url, headers).await {
        Ok(heard) => Ok(is_our_page(&heard, tenant)),
        Err(silent) => Err(silent.into()),
    }
}

/// Whether this is the page where a recovery of this tenant begins: only it names our style sheet.
pub(super) fn is_our_page(heard: &Heard, tenant: &Tenant) -> bool {
    heard.status == StatusCode::OK && heard.body.contains(&format!("\"{}/assets/", tenant.recovery.base))
}

fn listener(listen: SocketAddr) -> Option<Url> {
    Url::parse(&format!("http://{}/", reachable(listen))).ok()
}
