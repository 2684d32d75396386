//! `regain openapi`.

use clap::Args;

use super::say;
use crate::web::api;

/// Prints the description of the JSON API, as an `OpenAPI` 3.1 document
#[derive(Debug, Args)]
#[command(
    about = "Prints the description of the JSON API, as an OpenAPI 3.1 document",
    after_help = "Examples:\n  regain openapi > openapi.json\n  regain openapi | jq '.paths | keys'\n\nIt is the same for every tenant and needs no configuration: docs/api.md."
)]
pub(super) struct OpenApi {}

pub(super) fn run() {
    say(api::description().trim_end());
}
