//! The demo's own few pages. They are a stand-in for an operator's site, in English only and not part of the product.

use axum::body::Body;
use axum::response::Response;
use handlebars::Handlebars;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

/// The demo's templates.
#[derive(Debug)]
pub(super) struct Pages(Handlebars<'static>);

impl Pages {
    /// Compiles them; they come with the program.
    pub(super) fn new() -> Self {
        let mut registry = Handlebars::new();
        let sources = [
            ("layout", include_str!("pages/layout.hbs")),
            ("sign-in", include_str!("pages/sign-in.hbs")),
            ("home", include_str!("pages/home.hbs")),
            ("front", include_str!("pages/front.hbs")),
            ("inbox", include_str!("pages/inbox.hbs")),
            ("message", include_str!("pages/message.hbs")),
        ];
        for (name, source) in sources {
            registry.register_template_string(name, source).expect("the demo's templates compile");
        }
        Self(registry)
    }

    /// Renders one as an answer.
    pub(super) fn show(&self, status: StatusCode, name: &str, data: &Value) -> Response {
        let html = self.0.render(name, data).unwrap_or_else(|_| "This page cannot be shown.".to_owned());
        html_answer(status, html)
    }
}

/// An answer of HTML.
pub(super) fn html_answer(status: StatusCode, html: String) -> Response {
    let mut answer = Response::new(Body::from(html));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}
