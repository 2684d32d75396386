//! What a request's head must be before anybody sees it (PX-01, PX-08, PX-15).
//!
//! hyper refuses what it cannot parse. This refuses what it parses and what is still not one plain request to one
//! host: such a head has no tenant, so the answer is a bare status and the end of the connection.

use http::header::{HOST, TRANSFER_ENCODING};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Method, Request, StatusCode, Uri};

use super::Limits;

/// Checks the head, and brings an absolute address into the plain form.
pub(super) fn check<B>(request: &mut Request<B>, limits: &Limits) -> Result<(), StatusCode> {
    if request.method() == Method::CONNECT || request.method() == Method::TRACE {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let host = only_host(request.headers())?;
    if let Some(authority) = request.uri().authority() {
        let names_the_host = authority.as_str().eq_ignore_ascii_case(host);
        let is_web = matches!(request.uri().scheme_str(), Some("http" | "https"));
        if !names_the_host || !is_web {
            return Err(StatusCode::BAD_REQUEST);
        }
        let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from(path);
    }
    if !request.uri().path().starts_with('/') {
        return Err(StatusCode::BAD_REQUEST);
    }
    if request.uri().path_and_query().is_some_and(|path| path.as_str().len() > limits.uri) {
        return Err(StatusCode::URI_TOO_LONG);
    }
    if !is_framed_plainly(request.headers()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    if list_size(request.headers()) > limits.headers {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    Ok(())
}

/// The one host that the request names. hyper lets a request without one pass, and one with two.
fn only_host(headers: &HeaderMap) -> Result<&str, StatusCode> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(StatusCode::BAD_REQUEST);
    };
    let host = host.to_str().map_err(|_| StatusCode::BAD_REQUEST)?;
    let authority: Authority = host.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let has_bad_port = authority.as_str().len() > authority.host().len() && authority.port_u16().is_none();
    if authority.host().is_empty() || host.contains('@') || has_bad_port {
        return Err(StatusCode::BAD_REQUEST);
    }
    Ok(host)
}

/// Whether the body's end is told in the one way that every server reads alike. `gzip, chunked` would reach the
/// upstream without its first half, because hyper takes only `chunked` off.
fn is_framed_plainly(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

fn list_size(headers: &HeaderMap) -> usize {
    let separators = ": \r\n".len();
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + separators).sum()
}
