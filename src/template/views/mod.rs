//! From what the program knows to what a template sees: one view per page, mail and text message. Every text that a view adds
//! comes from the locale file, every address passes through `clean`.

mod check;
mod error;
pub(super) mod mail;
mod password;
mod start;
pub(super) mod text;

use serde_json::{Map, Value as Json, json};
use url::Url;

use super::catalogue::{Catalogue, Value, Values};
use super::page::{Frame, Page};
use super::{Brand, Error, Locale, clean};
use crate::domain::id::RecoveryId;

/// What is said, in whose name and in which language.
pub(super) struct Voice<'a> {
    pub(super) brand: &'a Brand,
    pub(super) locale: &'a Locale,
    pub(super) catalogue: &'a Catalogue,
    /// Tag, direction and name of every language on offer.
    pub(super) languages: Vec<(&'a str, &'static str, String)>,
}

/// A page, ready for its template.
pub(super) struct View {
    pub(super) path: &'static str,
    pub(super) context: Json,
}

/// What differs from page to page.
struct Body {
    path: &'static str,
    title: String,
    is_error: bool,
    urls: Json,
    rest: Json,
}

impl Voice<'_> {
    /// A text with values.
    pub(super) fn say(&self, key: &str, values: &[(&str, Value)]) -> Result<String, Error> {
        let values: Values<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.catalogue.plain(key, &values).map_err(|reason| Error::Render {
            template: format!("locales/{}.ftl", self.locale.tag()),
            line: 0,
            reason,
        })
    }

    fn text(&self, key: &str) -> Result<String, Error> {
        self.say(key, &[])
    }

    /// Which way the language is written.
    pub(super) fn direction(&self) -> &'static str {
        if self.locale.is_rtl() { "rtl" } else { "ltr" }
    }

    /// The view of `page`. `assets` are their addresses.
    pub(super) fn view(&self, frame: &Frame<'_>, page: &Page<'_>, assets: &Json) -> Result<View, Error> {
        let body = match page {
            Page::Start(start) => start::body(self, frame, start)?,
            Page::Check(check) => check::body(self, frame, check)?,
            Page::Password(password) => password::body(self, frame, password)?,
            Page::Done(done) => Body {
                path: "pages/done.hbs",
                title: self.text("done-title")?,
                is_error: false,
                urls: json!({ "next": clean::address(done.next) }),
                rest: json!({ "sessions_ended": done.sessions_ended }),
            },
            Page::Over(over) => Body {
                path: "pages/over.hbs",
                title: self.text("over-title")?,
                is_error: false,
                urls: json!({}),
                rest: json!({
                    "link_minutes": over.link_minutes,
                    "code_minutes": over.code_minutes,
                    "cancelled": over.cancelled,
                    "request_id": null,
                }),
            },
            Page::Error(error) => error::body(self, frame, *error)?,
        };
        self.frame(frame, body, assets)
    }

    /// Puts what every page has around what one page has.
    fn frame(&self, frame: &Frame<'_>, body: Body, assets: &Json) -> Result<View, Error> {
        let brand = clean::line(&self.brand.name, 64);
        let values = [("title", Value::Text(body.title.clone())), ("brand", Value::Text(brand.clone()))];
        let key = if body.is_error { "document-title-error" } else { "document-title" };
        let address = |url: &Option<Url>| url.as_ref().map(|url| clean::address(url.as_str()));
        let mut urls = json!({
            "start": clean::address(&format!("{}/", frame.base)),
            "sign_in": clean::address(frame.sign_in_url),
            "home": address(&self.brand.home_url),
            "support": address(&self.brand.support_url),
            "privacy": address(&self.brand.privacy_url),
            "terms": address(&self.brand.terms_url),
        });
        lay(&mut urls, body.urls);
        let has_footer_links =
            [&self.brand.support_url, &self.brand.privacy_url, &self.brand.terms_url].into_iter().any(Option::is_some);
        let mut context = json!({
            "lang": self.locale.tag(),
            "dir": self.direction(),
            "brand": brand,
            "title": body.title,
            "document_title": self.say(key, &values)?,
            "urls": urls,
            "assets": assets,
            "has_footer_links": has_footer_links,
            "languages": [],
        });
        lay(&mut context, body.rest);
        Ok(View { path: body.path, context: clean::context(context) })
    }
}

/// The address of a page of one recovery.
fn recovery(frame: &Frame<'_>, id: RecoveryId, page: &str) -> String {
    clean::address(&format!("{}/{id}{page}", frame.base))
}

/// Lays the fields of one object over another's.
fn lay(under: &mut Json, over: Json) {
    if let (Some(under), Json::Object(over)) = (under.as_object_mut(), over) {
        let over: Map<String, Json> = over;
        under.extend(over);
    }
}

/// A number for a text.
fn number(number: usize) -> Value {
    Value::Number(number as u64)
}
