//! A tenant's templates: the shipped ones with its overrides, its brand and its languages.

use std::path::Path;
use std::sync::Arc;

use handlebars::{Handlebars, Template};
use serde_json::{Value as Json, json};
use unic_langid::LanguageIdentifier;

use super::build::{self, Compiled, Folder};
use super::catalogue::Catalogue;
use super::engine::{self, Form, Job};
use super::message::{Message, RenderedMail, TextMessage};
use super::page::{Frame, Page};
use super::shipped::{FILES, MAIL_LAYOUT, mail_body, mail_name, text_message};
use super::views::{Voice, mail, text};
use super::{Asset, Brand, Error, Locale, Shipped, clean, guard, locale, samples, texts};
use crate::domain::problem::Problems;

/// Largest page.
const PAGE_BYTES: usize = 128 * 1024;
/// Largest HTML part of a mail (Gmail cuts at 102 kB, and large mails look like advertising).
const MAIL_BYTES: usize = 30 * 1024;
/// Largest text message. Long before it the segments are too many.
const TEXT_BYTES: usize = 4 * 1024;
/// Longest subject in characters.
const SUBJECT_CHARS: usize = 160;

/// Everything that a tenant says. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Templates(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shipped: Arc<Shipped>,
    own: Own,
    brand: Brand,
    languages: Vec<Language>,
    default: usize,
    brand_css: Asset,
}

/// A language of a tenant's.
#[derive(Clone, Debug)]
pub(super) struct Language {
    pub(super) locale: Locale,
    pub(super) id: LanguageIdentifier,
    pub(super) catalogue: Arc<Catalogue>,
}

/// The templates that a tenant has of its own.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) html: Compiled,
    pub(super) text: Compiled,
}

impl Own {
    pub(super) fn insert(&mut self, path: &str, template: Template) {
        let compiled = match engine::form(path) {
            Form::Html(_) => &mut self.html,
            Form::Text => &mut self.text,
        };
        compiled.insert(path.to_owned(), template);
    }

    pub(super) fn of(&self, path: &str) -> Option<&Template> {
        self.html.get(path).or_else(|| self.text.get(path))
    }
}

impl Templates {
    /// Puts a tenant's templates together and renders all of them with samples; every problem is named with file and
    /// line. `overrides` is a folder whose files stand in for the shipped ones of the same name; `text_host` is the host
    /// that text messages name where the tenant sends any: then their length is looked at as well.
    pub fn build(
        shipped: &Arc<Shipped>,
        brand: Brand,
        locales: &[String],
        default_locale: &str,
        overrides: Option<&Path>,
        text_host: Option<&str>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let before = problems.errors();
        let folder = overrides.map(|dir| Folder::read(dir, problems));
        let own = folder.as_ref().map(|folder| folder.compile(shipped, problems)).unwrap_or_default();
        let languages = build::languages(shipped, locales, folder.as_ref(), problems);
        let default = languages.iter().position(|language| language.locale.tag() == default_locale);
        if default.is_none() && problems.errors() == before {
            problems.error("brand.default_locale", format!("`{default_locale}` is not among `brand.locales`"));
        }
        if problems.errors() > before {
            return None;
        }
        let (shipped, default) = (Arc::clone(shipped), default?);
        let brand_css = brand.css();
        let built = Self(Arc::new(Inner { shipped, own, brand, languages, default, brand_css }));
        if let Some(folder) = &folder {
            folder.try_out(&built, problems);
        }
        if let (Some(host), true) = (text_host, problems.errors() == before) {
            texts::look(&built, host, folder.as_ref(), problems);
        }
        (problems.errors() == before).then_some(built)
    }

    /// The brand that it was built with.
    #[must_use]
    pub fn brand(&self) -> &Brand {
        &self.0.brand
    }

    /// All languages on offer.
    #[must_use]
    pub fn locales(&self) -> Vec<Locale> {
        self.0.languages.iter().map(|language| language.locale.clone()).collect()
    }

    /// The first of `wanted` (BCP 47 tags, best first) that the tenant offers or comes close to, else the default.
    #[must_use]
    pub fn locale(&self, wanted: &[&str]) -> Locale {
        let offered: Vec<LanguageIdentifier> = self.0.languages.iter().map(|language| language.id.clone()).collect();
        let chosen = locale::choose(wanted, &offered);
        let language = self.0.languages.iter().find(|language| Some(&language.id) == chosen);
        language.unwrap_or(&self.0.languages[self.0.default]).locale.clone()
    }

    /// The language for a request: `lang` of the query before the header.
    #[must_use]
    pub fn negotiate(&self, accept_language: Option<&str>, lang: Option<&str>) -> Locale {
        let mut wanted: Vec<&str> = lang.into_iter().collect();
        wanted.extend(accept_language.map(locale::accepted).unwrap_or_default());
        self.locale(&wanted)
    }

    /// Renders a whole HTML document.
    pub fn page(&self, locale: &Locale, frame: &Frame<'_>, page: &Page<'_>) -> Result<String, Error> {
        let language = self.language(locale);
        let assets = json!({
            "css": self.0.shipped.css.path(frame.base),
            "js": self.0.shipped.js.path(frame.base),
            "brand_css": self.0.brand_css.path(frame.base),
            "logo": self.0.brand.logo.as_ref().map(|logo| logo.path(frame.base)),
        });
        let view = self.voice(language).view(frame, page, &assets)?;
        let body = self.render(language, view.path, PAGE_BYTES, view.context.clone())?;
        let mut whole = view.context;
        put(&mut whole, "body", body.trim_end().to_owned());
        self.render(language, "pages/layout.hbs", PAGE_BYTES, whole)
    }

    /// Renders a mail, all its parts.
    pub fn mail(&self, locale: &Locale, message: &Message<'_>) -> Result<RenderedMail, Error> {
        let language = self.language(locale);
        let (kind, mut context) = mail::view(&self.voice(language), message);
        let part = |part: &str, context: &Json| {
            self.render(language, &format!("messages/{kind}/{part}.hbs"), MAIL_BYTES, context.clone())
        };
        let subject = clean::line(part("subject", &context)?.trim(), SUBJECT_CHARS);
        let preheader = clean::line(part("preheader", &context)?.trim(), SUBJECT_CHARS);
        let text = clean::body(&part("text", &context)?);
        put(&mut context, "subject", subject.clone());
        put(&mut context, "preheader", preheader);
        let html = clean::body(&self.render(language, &mail_name(kind), MAIL_BYTES, context)?);
        Ok(RenderedMail { subject, text, html })
    }

    /// Renders a text message, without a line feed at its end.
    pub fn text_message(&self, locale: &Locale, message: &TextMessage<'_>) -> Result<String, Error> {
        let language = self.language(locale);
        let (kind, context) = text::view(&self.voice(language), message);
        let text = self.render(language, &text_message(kind), TEXT_BYTES, context)?;
        Ok(clean::body(&text).trim().to_owned())
    }

    /// The file at `{base}/assets/{hash}/{name}`.
    #[must_use]
    pub fn asset(&self, hash: &str, name: &str) -> Option<&Asset> {
        let shipped = &self.0.shipped;
        [&shipped.css, &shipped.js, &self.0.brand_css]
            .into_iter()
            .chain(&self.0.brand.logo)
            .find(|asset| asset.hash == hash && asset.name == name)
    }

    /// Renders a mail for a trial: the parts of its HTML by themselves as well, because only they know their lines.
    pub(super) fn try_mail(&self, locale: &Locale, message: &Message<'_>) -> Vec<Error> {
        let language = self.language(locale);
        let (kind, mut context) = mail::view(&self.voice(language), message);
        let body = self.render(language, &mail_body(kind), MAIL_BYTES, context.clone()).err();
        for slot in ["subject", "preheader", "body"] {
            put(&mut context, slot, String::new());
        }
        let layout = self.render(language, MAIL_LAYOUT, MAIL_BYTES, context).err();
        let mut errors: Vec<Error> = body.into_iter().chain(layout).collect();
        match self.mail(locale, message) {
            Ok(mail) if mail.subject.is_empty() || mail.text.trim().is_empty() => errors.push(Error::Render {
                template: format!("messages/{kind}/{}.hbs", if mail.subject.is_empty() { "subject" } else { "text" }),
                line: 1,
                reason: "renders to nothing".to_owned(),
            }),
            Err(error) if errors.is_empty() => errors.push(error),
            Ok(_) | Err(_) => {}
        }
        errors
    }

    /// Renders a text message for a trial.
    pub(super) fn try_text(&self, locale: &Locale, message: &TextMessage<'_>) -> Option<Error> {
        match self.text_message(locale, message) {
            Ok(text) if text.is_empty() => {
                let (kind, _) = text::view(&self.voice(self.language(locale)), message);
                let reason = "renders to nothing".to_owned();
                Some(Error::Render { template: text_message(kind), line: 1, reason })
            }
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }

    /// Names that the tenant's pages ask about in `if`, `unless` and `each`, and that no sample of the page has.
    /// Strict mode takes them for false without a word.
    pub(super) fn unknown_conditions(&self) -> Vec<(String, usize, String)> {
        let mut unknown = Vec::new();
        let language = &self.0.languages[self.0.default];
        let assets = json!({ "logo": null });
        let views: Vec<_> = samples::pages()
            .iter()
            .filter_map(|(_, page)| self.voice(language).view(&samples::FRAME, page, &assets).ok())
            .collect();
        let mails: Vec<_> =
            samples::messages().iter().map(|(_, message)| mail::view(&self.voice(language), message)).collect();
        let texts: Vec<_> =
            samples::text_messages().iter().map(|(_, message)| text::view(&self.voice(language), message)).collect();
        for (path, _) in FILES {
            let Some(template) = self.0.own.of(path) else { continue };
            let is_shared = path.starts_with("partials/") || path.contains("layout.");
            let contexts: Vec<&Json> = if path.ends_with("/sms.hbs") {
                texts.iter().filter(|(kind, _)| path == text_message(kind)).map(|(_, context)| context).collect()
            } else if path.starts_with("messages/") {
                let of_kind = |kind: &str| is_shared || path.starts_with(&format!("messages/{kind}/"));
                mails.iter().filter(|(kind, _)| of_kind(kind)).map(|(_, context)| context).collect()
            } else {
                views.iter().filter(|view| is_shared || view.path == path).map(|view| &view.context).collect()
            };
            for (name, line) in guard::conditions(template) {
                let pointer = format!("/{}", name.replace('.', "/"));
                if !contexts.iter().any(|context| context.pointer(&pointer).is_some()) {
                    unknown.push((path.to_owned(), line, name));
                }
            }
        }
        unknown
    }

    fn language(&self, locale: &Locale) -> &Language {
        let found = self.0.languages.iter().find(|language| language.locale == *locale);
        found.unwrap_or(&self.0.languages[self.0.default])
    }

    fn voice<'a>(&'a self, language: &'a Language) -> Voice<'a> {
        let name = |language: &Language| language.catalogue.plain("locale-name", &[].into()).unwrap_or_default();
        let languages = self.0.languages.iter().map(|other| {
            let direction = if other.locale.is_rtl() { "rtl" } else { "ltr" };
            (other.locale.tag(), direction, name(other))
        });
        Voice {
            brand: &self.0.brand,
            locale: &language.locale,
            catalogue: &language.catalogue,
            languages: languages.collect(),
        }
    }

    fn render(&self, language: &Language, path: &str, limit: usize, context: Json) -> Result<String, Error> {
        let (registry, own): (&Handlebars<'_>, &Compiled) = match engine::form(path) {
            Form::Html(_) => (&self.0.shipped.html, &self.0.own.html),
            Form::Text => (&self.0.shipped.text, &self.0.own.text),
        };
        Job { registry, own, catalogue: &language.catalogue, path, limit }.run(context)
    }
}

fn put(context: &mut Json, name: &str, text: String) {
    if let Some(fields) = context.as_object_mut() {
        fields.insert(name.to_owned(), Json::String(text));
    }
}
