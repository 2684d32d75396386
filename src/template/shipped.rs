//! The templates that come with the program, compiled into the binary and parsed once.

use std::collections::BTreeMap;
use std::sync::Arc;

use fluent_bundle::FluentResource;
use handlebars::Handlebars;

use super::catalogue::{self, Catalogue};
use super::engine::{self, Form};
use super::markup::Medium;
use super::{Asset, inline};

/// Names the files below `templates/` and takes them into the binary.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../templates/", $path)))),*]
    };
}

/// Every template, by its path below the folder of templates: what a tenant may override.
pub(super) const FILES: [(&str, &str); 27] = files![
    "pages/layout.hbs",
    "pages/start.hbs",
    "pages/check.hbs",
    "pages/password.hbs",
    "pages/done.hbs",
    "pages/over.hbs",
    "pages/error.hbs",
    "partials/header.hbs",
    "partials/footer.hbs",
    "partials/language.hbs",
    "partials/error_summary.hbs",
    "partials/help.hbs",
    "messages/layout.html.hbs",
    "messages/recovery_link/subject.hbs",
    "messages/recovery_link/preheader.hbs",
    "messages/recovery_link/text.hbs",
    "messages/recovery_link/html.hbs",
    "messages/recovery_code/subject.hbs",
    "messages/recovery_code/preheader.hbs",
    "messages/recovery_code/text.hbs",
    "messages/recovery_code/html.hbs",
    "messages/recovery_code/sms.hbs",
    "messages/password_changed/subject.hbs",
    "messages/password_changed/preheader.hbs",
    "messages/password_changed/text.hbs",
    "messages/password_changed/html.hbs",
    "messages/password_changed/sms.hbs",
];
/// The texts, by language. The first has every text that there is.
const LOCALES: [(&str, &str); 3] = [
    ("en", include_str!("../../templates/locales/en.ftl")),
    ("de", include_str!("../../templates/locales/de.ftl")),
    ("ar", include_str!("../../templates/locales/ar.ftl")),
];
/// The layout of every mail.
pub(super) const MAIL_LAYOUT: &str = "messages/layout.html.hbs";
/// Folders of the mails that there are.
pub(super) const MAILS: [&str; 3] = ["recovery_link", "recovery_code", "password_changed"];
/// What the layout of a mail holds where the message goes.
const MAIL_SLOT: &str = "{{{body}}}";
const OURS: &str = "the shipped templates are compiled by a test";

/// A shipped language.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) resource: Arc<FluentResource>,
    pub(super) catalogue: Arc<Catalogue>,
}

/// The shipped templates, compiled. All tenants share one.
pub struct Shipped {
    pub(super) html: Handlebars<'static>,
    pub(super) text: Handlebars<'static>,
    pub(super) texts: BTreeMap<&'static str, Texts>,
    pub(super) css: Asset,
    pub(super) js: Asset,
}

impl Shipped {
    /// Compiles what the binary carries.
    #[must_use]
    pub fn load() -> Arc<Self> {
        let mut html = engine::registry(Form::Html(Medium::Page));
        let mut text = engine::registry(Form::Text);
        for (path, source) in FILES {
            let template = engine::compile(path, source).expect(OURS);
            let registry = match engine::form(path) {
                Form::Html(_) => &mut html,
                Form::Text => &mut text,
            };
            registry.register_template(engine::partial_name(path).unwrap_or(path), template);
        }
        for kind in MAILS {
            let whole = whole_mail(source(MAIL_LAYOUT), source(&mail_body(kind))).expect(OURS);
            let template = handlebars::Template::compile_with_name(&whole, mail_name(kind)).expect(OURS);
            html.register_template(&mail_name(kind), template);
        }
        let texts = LOCALES.map(|(tag, source)| {
            let resource = Arc::new(catalogue::parse(source).expect(OURS));
            let catalogue = Catalogue::new(tag.parse().expect(OURS), &[Arc::clone(&resource)]);
            (tag, Texts { resource, catalogue: Arc::new(catalogue) })
        });
        Arc::new(Self {
            html,
            text,
            texts: BTreeMap::from(texts),
            css: asset("regain.css", "text/css; charset=utf-8", include_str!("../../templates/assets/regain.css")),
            js: asset("regain.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/regain.js")),
        })
    }

    /// The languages that are shipped, English first.
    #[must_use]
    pub fn locales() -> [&'static str; 3] {
        LOCALES.map(|(tag, _)| tag)
    }
}

impl std::fmt::Debug for Shipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shipped").field("files", &FILES.len()).finish_non_exhaustive()
    }
}

/// The shipped source of a file; empty where there is none.
pub(super) fn source(path: &str) -> &'static str {
    FILES.iter().find(|(name, _)| *name == path).map_or("", |(_, source)| source)
}

/// The file that holds a mail's HTML.
pub(super) fn mail_body(kind: &str) -> String {
    format!("messages/{kind}/html.hbs")
}

/// The file that holds a text message.
pub(super) fn text_message(kind: &str) -> String {
    format!("messages/{kind}/sms.hbs")
}

/// The name of a mail's HTML within its layout, styles in line.
pub(super) fn mail_name(kind: &str) -> String {
    format!("messages/{kind}/html")
}

/// Puts a mail's HTML into the layout, and the layout's styles into the elements.
pub(super) fn whole_mail(layout: &str, body: &str) -> Result<String, String> {
    if !layout.contains(MAIL_SLOT) {
        return Err(format!("the layout does not hold {MAIL_SLOT}"));
    }
    inline::inline(&layout.replacen(MAIL_SLOT, body.trim_end(), 1))
}

fn asset(name: &'static str, content_type: &'static str, text: &str) -> Asset {
    Asset::new(name, content_type, text.as_bytes())
}
