//! What a next hop for text messages tells us: no page, no cookie, and no browser. Who tells it is shown by a signature
//! over the tenant's own address, which stands in for the question whether a POST comes from one of our pages.

use std::sync::Arc;

use axum::extract::{MatchedPath, Path, Request, State};
use axum::response::{IntoResponse, Response};

use super::body;
use super::problem::{NOTED, Problem};
use crate::channel::Callback;
use crate::domain::id::MessageId;
use crate::recovery::Recoveries;
use crate::tenant::Tenant;

/// Where Twilio tells of a message. The only kind that does; the name in the address keeps room for others.
pub(super) const ROUTE: &str = "/callbacks/twilio/{message}";

/// Whether a request came here, and so is no browser's.
pub(super) fn is_meant(request: &Request) -> bool {
    request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == ROUTE)
}

/// Hears what is told. Whoever is not the tenant's next hop gets one answer, and the next hop one too, whether or not
/// there is such a message.
pub(super) async fn hear(
    State(recoveries): State<Recoveries>,
    Path(message): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let tenant = request.extensions().get::<Arc<Tenant>>().cloned();
    let (Some(tenant), Some(message)) = (tenant, MessageId::parse(&message)) else {
        return Err(Problem::Forgery);
    };
    let headers = request.headers().clone();
    let body = body::bytes(request).await?;
    let callback = Callback { message, headers: &headers, body: &body };
    let is_heard = recoveries.hear(&tenant, &callback).await;
    match is_heard.map_err(|error| Problem::TryLater(Arc::new(error)))? {
        true => Ok(NOTED.into_response()),
        false => Err(Problem::Forgery),
    }
}
