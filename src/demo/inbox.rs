//! The inbox page: what would have gone to a mail server.

use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use serde_json::json;

use super::pages::html_answer;
use super::site::Sites;
use crate::channel::Delivered;

/// Answers `/inbox`, `/inbox/{n}` and `/inbox/{n}/html`; anything else is not there.
pub(super) fn answer(sites: &Sites, path: &str) -> Response {
    let messages = sites.inbox.messages();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let message = |number: &str| number.parse::<usize>().ok().and_then(|number| messages.get(number));
    match parts.as_slice() {
        ["inbox"] => list(sites, &messages),
        ["inbox", number] => match message(number) {
            Some(delivered) => one(sites, number, delivered),
            None => missing(sites),
        },
        ["inbox", number, "html"] => match message(number) {
            Some(delivered) => {
                // The mail is shown as mail programs show it: no scripts, and links open in the whole window.
                let html = format!("<base target=\"_top\">{}", delivered.mail.html);
                let mut answer = html_answer(StatusCode::OK, html);
                let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
                answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
                answer
            }
            None => missing(sites),
        },
        _ => missing(sites),
    }
}

fn list(sites: &Sites, messages: &[Delivered]) -> Response {
    let newest_first: Vec<_> = messages
        .iter()
        .enumerate()
        .rev()
        .map(|(number, delivered)| {
            json!({ "number": number, "to": delivered.to.as_str(), "subject": delivered.mail.subject })
        })
        .collect();
    let data = json!({ "title": "Inbox", "brand": "Inbox", "color": "#1f4d3a", "messages": newest_first });
    sites.pages.show(StatusCode::OK, "inbox", &data)
}

fn one(sites: &Sites, number: &str, delivered: &Delivered) -> Response {
    let mail = &delivered.mail;
    let link = mail.text.split_whitespace().find(|word| word.contains("token="));
    let data = json!({
        "title": mail.subject, "brand": "Inbox", "color": "#1f4d3a", "number": number, "subject": mail.subject,
        "from": delivered.from_name, "to": delivered.to.as_str(), "text": mail.text, "link": link,
    });
    sites.pages.show(StatusCode::OK, "message", &data)
}

fn missing(sites: &Sites) -> Response {
    let data = json!({ "title": "Nothing here", "brand": "regain", "color": "#1f4d3a", "messages": [] });
    sites.pages.show(StatusCode::NOT_FOUND, "inbox", &data)
}
