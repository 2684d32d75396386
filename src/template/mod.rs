//! What is said: pages and messages from handlebars templates, every string from a locale file.
//!
//! The shipped templates are compiled once and shared by all tenants; a tenant holds only the files that it
//! overrides. Everything is checked and rendered with samples when it is built, so that a template that is wrong
//! is a problem of configuration and never a page that fails. Rendering is synchronous, bounded, and asks nobody.

mod asset;
pub mod brand;
mod build;
mod catalogue;
mod clean;
mod color;
mod engine;
mod guard;
mod inline;
mod locale;
mod markup;
pub mod message;
mod overrides;
pub mod page;
pub mod samples;
mod say;
mod shipped;
mod tags;
mod templates;
mod texts;
mod views;

use std::path::PathBuf;

use serde::Deserialize;

pub use asset::Asset;
pub use brand::Brand;
pub use color::Color;
pub use locale::Locale;
pub use shipped::Shipped;
pub use templates::Templates;

/// The section `[templates]` of a tenant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A folder with files that stand in for the shipped ones of the same name.
    pub dir: Option<PathBuf>,
}

/// Why something could not be rendered. No value that was to be rendered is in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The template stumbled over a value that no sample had shown.
    #[error("cannot render {template}, line {line}: {reason}")]
    Render {
        /// The template's file, below the folder of templates.
        template: String,
        /// The line, 0 where it is not known.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// More came out than a page or mail may hold.
    #[error("{template} renders to more than {limit} bytes")]
    TooLarge {
        /// The template's file, below the folder of templates.
        template: String,
        /// The limit.
        limit: usize,
    },
}
