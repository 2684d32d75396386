//! The inbox page: what would have gone to a mail server, or to a gateway for text messages.

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
            Some(Delivered::Mail { mail, .. }) => {
                // The mail is shown as mail programs show it: no scripts, and links open in the whole window.
                let html = format!("<base target=\"_top\">{}", mail.html);
                let mut answer = html_answer(StatusCode::OK, html);
                let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
                answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
                answer
            }
            Some(Delivered::Text { .. }) | None => missing(sites),
        },
        _ => missing(sites),
    }
}

fn list(sites: &Sites, messages: &[Delivered]) -> Response {
    let newest_first: Vec<_> = messages
        .iter()
        .enumerate()
        .rev()
        .map(|(number, delivered)| match delivered {
            Delivered::Mail { to, mail, .. } => {
                json!({ "number": number, "kind": "Mail", "to": to.as_str(), "subject": mail.subject })
            }
            Delivered::Text { to, text, .. } => {
                let first = text.body.lines().next().unwrap_or_default();
                json!({ "number": number, "kind": "Text", "to": to.as_str(), "subject": first })
            }
        })
        .collect();
    let data = json!({ "title": "Inbox", "brand": "Inbox", "color": "#1f4d3a", "messages": newest_first });
    sites.pages.show(StatusCode::OK, "inbox", &data)
}

fn one(sites: &Sites, number: &str, delivered: &Delivered) -> Response {
    let data = match delivered {
        Delivered::Mail { from_name, to, mail } => {
            let link = mail.text.split_whitespace().find(|word| word.contains("token="));
            json!({
                "title": mail.subject, "brand": "Inbox", "color": "#1f4d3a", "number": number, "is_mail": true,
                "from": from_name, "to": to.as_str(), "text": mail.text, "link": link,
            })
        }
        Delivered::Text { from_name, to, text } => json!({
            "title": "Text message", "brand": "Inbox", "color": "#1f4d3a", "number": number, "is_mail": false,
            "from": from_name, "to": to.as_str(), "text": text.body, "link": null,
        }),
    };
    sites.pages.show(StatusCode::OK, "message", &data)
}

fn missing(sites: &Sites) -> Response {
    let data = json!({ "title": "Nothing here", "brand": "regain", "color": "#1f4d3a", "messages": [] });
    sites.pages.show(StatusCode::NOT_FOUND, "inbox", &data)
}
