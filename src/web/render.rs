//! A page as an answer: the tenant's words and colours, the language of who asks.

use axum::body::Body;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response};

use crate::template;
use crate::template::page::{Frame, Page};
use crate::tenant::Tenant;

/// Renders a page. `locale` is a language known of this browser; without one its `Accept-Language` decides.
pub(super) fn page(
    tenant: &Tenant,
    headers: &HeaderMap,
    request_id: &str,
    locale: Option<&str>,
    page: &Page<'_>,
) -> Result<Response<Body>, template::Error> {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = tenant.templates.negotiate(accepted, locale);
    let frame = Frame { base: &tenant.recovery.base, request_id, sign_in_url: tenant.recovery.sign_in_url.as_str() };
    let html = tenant.templates.page(&locale, &frame, page)?;
    let mut answer = Response::new(Body::from(html));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    if let Ok(tag) = HeaderValue::from_str(locale.tag()) {
        headers.insert(CONTENT_LANGUAGE, tag);
    }
    Ok(answer)
}
