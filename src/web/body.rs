//! The body of a request to our own pages and to the API: small, and here soon.

use axum::extract::Request;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::Settings;
use super::form::{Form, NotOurs};
use super::problem::Problem;

/// Reads a body as it is.
pub(super) async fn bytes(request: Request) -> Result<Bytes, Problem> {
    let limits = Settings::of(&request);
    let body = Limited::new(request.into_body(), limits.body).collect();
    match tokio::time::timeout(limits.body_timeout, body).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge),
        Ok(Err(_)) => Err(Problem::Ambiguous),
        Err(_) => Err(Problem::TooSlow),
    }
}

/// Reads one of our forms, with these fields and no others.
pub(super) async fn form(request: Request, known: &[&str]) -> Result<Form, Problem> {
    let headers = request.headers().clone();
    let bytes = bytes(request).await?;
    Form::parse(&headers, &bytes, known).map_err(|not_ours| match not_ours {
        NotOurs::MediaType => Problem::MediaType,
        NotOurs::Fields => Problem::Unprocessable,
    })
}
