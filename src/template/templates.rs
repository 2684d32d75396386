//! A tenant's templates: the shipped ones with its overrides, its brand and its languages.

use std::path::Path;
use std::sync::Arc;

use super::message::{Message, RenderedMail};
use super::page::{Frame, Page};
use super::{Asset, Brand, Error, Locale, Shipped};
use crate::domain::problem::Problems;

/// Everything that a tenant says. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Templates(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shipped: Arc<Shipped>,
    brand: Brand,
    locales: Vec<Locale>,
}

impl Templates {
    /// Puts a tenant's templates together and renders all of them with samples; every problem is named with file and
    /// line. `overrides` is a folder whose files stand in for the shipped ones of the same name.
    pub fn build(
        shipped: &Arc<Shipped>,
        brand: Brand,
        locales: &[String],
        default_locale: &str,
        overrides: Option<&Path>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let _ = (locales, default_locale, overrides, problems);
        Some(Self(Arc::new(Inner { shipped: Arc::clone(shipped), brand, locales: Vec::new() })))
    }

    /// The brand that it was built with.
    #[must_use]
    pub fn brand(&self) -> &Brand {
        &self.0.brand
    }

    /// The first of `wanted` (BCP 47 tags, best first) that the tenant offers or comes close to, else the default.
    #[must_use]
    pub fn locale(&self, wanted: &[&str]) -> Locale {
        let _ = (wanted, &self.0.shipped);
        self.0.locales[0].clone()
    }

    /// The language for a request: `lang` of the query before the header.
    #[must_use]
    pub fn negotiate(&self, accept_language: Option<&str>, lang: Option<&str>) -> Locale {
        let _ = (accept_language, lang);
        self.locale(&[])
    }

    /// Renders a whole HTML document.
    pub fn page(&self, locale: &Locale, frame: &Frame<'_>, page: &Page<'_>) -> Result<String, Error> {
        let _ = (locale, frame, page);
        Err(Error::Render { template: String::new(), line: 0 })
    }

    /// Renders a mail, all its parts.
    pub fn mail(&self, locale: &Locale, message: &Message<'_>) -> Result<RenderedMail, Error> {
        let _ = (locale, message);
        Err(Error::Render { template: String::new(), line: 0 })
    }

    /// The file at `{base}/assets/{hash}/{name}`.
    #[must_use]
    pub fn asset(&self, hash: &str, name: &str) -> Option<&Asset> {
        let _ = (hash, name);
        None
    }
}
