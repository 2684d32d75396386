//! The section `[brand]`: a tenant's name, colours, logo, addresses and languages.

mod logo;

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::{Asset, Color, clean, texts};
use crate::domain::problem::Problems;

/// What text needs to be read (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;
/// The grounds of `regain.css` on which the brand's colour is text: the darker light one, the lighter dark one.
const GROUNDS: [Color; 2] = [Color::new(0xf3, 0xf4, 0xf7), Color::new(0x19, 0x1d, 0x23)];

/// Longest name in text messages: more would leave no room for what they say.
const SMS_NAME_CHARS: usize = 40;

/// The section as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A picture for the head of each page: PNG, JPEG, WebP or SVG, 256 KiB at most. Without it the name stands there.
    pub logo: Option<PathBuf>,
    /// The name in text messages, which are paid by length; where it is not set, the tenant's name in plain quotes.
    pub sms_name: Option<String>,
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
    /// The same in text messages.
    pub sms_name: String,
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
        let before = problems.errors();
        let plain = Brand::plain(name);
        let color = read_color("color", self.color.as_deref(), problems).unwrap_or(plain.color);
        let on_color = read_color("on_color", self.on_color.as_deref(), problems);
        let best = readable_on(color);
        if let Some(on_color) = on_color
            && on_color.contrast(color) < CONTRAST
        {
            let message = format!("`{on_color}` on `{color}` has a contrast of {:.1}", on_color.contrast(color));
            problems.error("on_color", message).help(format!("4.5 is needed to be read; `{best}` would do"));
        }
        let sms_name = read_sms_name(self.sms_name.as_deref(), problems).unwrap_or(plain.sms_name);
        let web = ["https", "http"];
        let support = ["https", "http", "mailto"];
        let support_url = read_url("support_url", self.support_url.as_deref(), &support, problems);
        let privacy_url = read_url("privacy_url", self.privacy_url.as_deref(), &web, problems);
        let terms_url = read_url("terms_url", self.terms_url.as_deref(), &web, problems);
        let home_url = read_url("home_url", self.home_url.as_deref(), &web, problems);
        let logo = self.logo.as_deref().and_then(|path| match logo::read(path) {
            Ok(logo) => Some(logo),
            Err(message) => {
                problems.error("logo", message).help("PNG, JPEG, WebP or SVG without scripts, 256 KiB at most");
                None
            }
        });
        let locales = if self.locales.is_empty() { plain.locales } else { self.locales };
        let default_locale = self.default_locale.or_else(|| locales.first().cloned())?;
        if !locales.contains(&default_locale) {
            problems
                .error("default_locale", format!("`{default_locale}` is not among `locales`"))
                .help(format!("one of {}", locales.join(", ")));
        }
        let on_color = on_color.unwrap_or(best);
        let brand = Brand {
            name: plain.name,
            sms_name,
            logo,
            color,
            on_color,
            support_url,
            privacy_url,
            terms_url,
            home_url,
            locales,
            default_locale,
        };
        (problems.errors() == before).then_some(brand)
    }
}

/// White or near black, whichever can be read better; one of them always reaches 4.5.
fn readable_on(color: Color) -> Color {
    if Color::WHITE.contrast(color) >= CONTRAST { Color::WHITE } else { Color::new(0, 0, 0) }
}

fn read_color(key: &str, text: Option<&str>, problems: &mut Problems) -> Option<Color> {
    let text = text?;
    let color = Color::parse(text);
    if color.is_none() {
        problems.error(key, "is not a colour").help("write it as `#rrggbb`");
    }
    color
}

fn read_sms_name(text: Option<&str>, problems: &mut Problems) -> Option<String> {
    let text = text?.trim();
    if let Some(quote) = texts::typographic(text) {
        problems.error("sms_name", format!("holds the typographic quote `{quote}`")).help(texts::NO_QUOTES);
    } else if text.is_empty() || clean::line(text, SMS_NAME_CHARS) != text {
        problems
            .error("sms_name", format!("is not a name of 1 to {SMS_NAME_CHARS} characters"))
            .help("leave it out, and text messages bear the tenant's name");
    } else {
        return Some(text.to_owned());
    }
    None
}

fn read_url(key: &str, text: Option<&str>, schemes: &[&str], problems: &mut Problems) -> Option<Url> {
    let text = text.filter(|text| !text.is_empty())?;
    let url = Url::parse(text).ok().filter(|url| {
        let is_whole = url.scheme() == "mailto" || url.has_host();
        schemes.contains(&url.scheme()) && is_whole && text.len() <= 2048
    });
    let Some(url) = url else {
        problems.error(key, "is not a whole address").help(format!("it begins with {}", schemes.join(": or ") + ":"));
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        problems.error(key, "holds a name or a password, which everybody would see").help("leave them out");
        return None;
    }
    Some(url)
}

impl Brand {
    /// A brand with nothing but a name: the shipped colours and languages.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sms_name: texts::plain(&clean::line(name, usize::MAX)),
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

    /// The style sheet with the brand's colours. On both grounds a shade of the colour is chosen that can be read.
    pub(super) fn css(&self) -> Asset {
        let [light, dark] = GROUNDS;
        let on_light = self.color.towards(Color::new(0, 0, 0), light, CONTRAST);
        let on_dark = self.color.towards(Color::WHITE, dark, CONTRAST);
        let css = format!(
            ":root{{--brand:{};--on-brand:{};--brand-text:{on_light}}}\n\
             @media (prefers-color-scheme:dark){{:root{{--brand-text:{on_dark}}}}}\n",
            self.color, self.on_color
        );
        Asset::new("brand.css", "text/css; charset=utf-8", css.into_bytes())
    }
}
