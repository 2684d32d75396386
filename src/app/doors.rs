//! The doors of a provider behind us to recovery of its own: whose they are, and what stands there instead (PX-12).

use std::sync::Arc;

use http::Method;
use url::form_urlencoded::Serializer;

use crate::domain::login::Login;
use crate::domain::path::Normal;
use crate::proxy::intercept::{self, Door};
use crate::tenant::{Intercept, Realm, Registry, Tenant, Upstream};

/// What becomes of a request to one of these doors.
#[derive(Debug)]
pub(super) enum Doorway {
    /// The person is led to our own page.
    Ours { tenant: Arc<Tenant>, location: String },
    /// The door is closed.
    Closed { tenant: Arc<Tenant> },
    /// Whose door it is cannot be said before a tenant's file is mended: nobody passes.
    Unusable,
    /// It is passed on with this query; where the login lives no more, the tenant's sign-in page is shown instead.
    Back { tenant: Arc<Tenant>, query: String },
}

/// Decides about a request that is not ours; `None` lets it pass as it is. `longest` is the longest address of ours.
pub(super) fn decide(
    registry: &Registry,
    upstream: &Upstream,
    host: &str,
    (method, path, query): (&Method, &Normal<'_>, Option<&str>),
    longest: usize,
) -> Option<Doorway> {
    let asked = match upstream.intercept? {
        Intercept::Keycloak => intercept::read(method, path, query)?,
    };
    match (registry.realm(host, &asked.realm), asked.door) {
        (Realm::Unknown, _) | (Realm::Unusable, Door::WayBack { .. }) => None,
        (Realm::Unusable, Door::Page | Door::Recovery) => Some(Doorway::Unusable),
        (Realm::Tenant(tenant), Door::Page) => {
            let location = start(&tenant, query.unwrap_or_default(), longest);
            Some(Doorway::Ours { tenant, location })
        }
        (Realm::Tenant(tenant), Door::Recovery) => Some(Doorway::Closed { tenant }),
        (Realm::Tenant(tenant), Door::WayBack { query }) => Some(Doorway::Back { tenant, query }),
    }
}

/// The tenant's start page, with the login that the person comes from and the language that it was in. A login too long
/// for an address of ours is left behind: the way back then ends at the sign-in page.
fn start(tenant: &Tenant, query: &str, longest: usize) -> String {
    let login = Login::parse(query);
    let language = intercept::language(query);
    let with = |login: Option<&Login>| {
        let mut fields = Serializer::new(String::new());
        fields.extend_pairs(login.map(|login| ("login", login.as_query())));
        fields.extend_pairs(language.as_ref().map(|tag| ("lang", tag.as_ref())));
        let fields = fields.finish();
        let question = if fields.is_empty() { "" } else { "?" };
        format!("{}/{question}{fields}", tenant.recovery.base)
    };
    let location = with(login.as_ref());
    if location.len() <= longest { location } else { with(None) }
}
