//! A server of the tenant's that calls for people: with its key it may say who the person is that the limits are about,
//! so that a whole front end is not one client. Without a key nobody's word about an address counts (BF-05).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::super::Visitor;
use super::super::details::Fault;
use super::super::problem::Problem;
use crate::recovery::Recoveries;
use crate::tenant::{Backend, Tenant};

/// Where a backend names the person's address.
pub(super) const CLIENT_IP: &str = "Regain-Client-IP";

/// A call with a key.
struct Called {
    tenant: Arc<Tenant>,
    backend: String,
    person: Option<IpAddr>,
}

/// Finds out which backend calls, if one does, and for whom.
pub(super) async fn know(State(recoveries): State<Recoveries>, mut request: Request, next: Next) -> Response {
    match called(&request) {
        Ok(None) => {}
        Ok(Some(called)) => {
            // A key has a rate of its own; the deed itself counts the person.
            if let Err(error) = recoveries.admit_backend(&called.tenant, &called.backend).await {
                return Problem::of(error, None).into_response();
            }
            if called.person.is_some() {
                let visitor = Visitor { ip: called.person, ..Visitor::of(&request) };
                request.extensions_mut().insert(visitor);
            }
        }
        Err(problem) => return problem.into_response(),
    }
    next.run(request).await
}

/// Who calls with a key and for whom; `None` for everybody else, whatever address they name.
fn called(request: &Request) -> Result<Option<Called>, Problem> {
    let headers = request.headers();
    let tenant = request.extensions().get::<Arc<Tenant>>().ok_or(Problem::UnknownHost)?;
    let Some(backend) = backend(headers, tenant)? else {
        return Ok(None);
    };
    let mut named = headers.get_all(CLIENT_IP).iter();
    let person = match (named.next(), named.next()) {
        (None, _) => None,
        (Some(ip), None) => {
            let ip = ip.to_str().ok().and_then(|text| text.trim().parse().ok());
            Some(ip.ok_or(Problem::Fault(Fault::ClientIp))?)
        }
        (Some(_), Some(_)) => return Err(Problem::Fault(Fault::ClientIp)),
    };
    Ok(Some(Called { tenant: tenant.clone(), backend: backend.name.clone(), person }))
}

/// The backend whose key the call carries. A key that is nobody's is an error and no visitor: whoever sends one means
/// it. Credentials of another scheme are none of ours.
fn backend<'a>(headers: &HeaderMap, tenant: &'a Tenant) -> Result<Option<&'a Backend>, Problem> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (only, further) = (lines.next(), lines.next());
    let Some(line) = only else {
        return Ok(None);
    };
    if further.is_some() {
        return Err(Problem::Unauthorized);
    }
    let text = line.to_str().map_err(|_| Problem::Unauthorized)?;
    let (scheme, key) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    tenant.api.backend(key.trim()).map(Some).ok_or(Problem::Unauthorized)
}
