//! The body of a request to our own pages: small, and here soon.

use axum::extract::Request;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::Settings;
use super::form::{Form, NotOurs};
use super::problem::Problem;

/// Reads one of our forms, with these fields and no others.
pub(super) async fn form(request: Request, known: &[&str]) -> Result<Form, Problem> {
    let limits = Settings::of(&request);
    let (head, body) = request.into_parts();
    let read = tokio::time::timeout(limits.body_timeout, Limited::new(body, limits.body).collect()).await;
    let bytes = match read {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Problem::TooLarge),
        Ok(Err(_)) => return Err(Problem::Ambiguous),
        Err(_) => return Err(Problem::TooSlow),
    };
    Form::parse(&head.headers, &bytes, known).map_err(|not_ours| match not_ours {
        NotOurs::MediaType => Problem::MediaType,
        NotOurs::Fields => Problem::Unprocessable,
    })
}
