//! What is said: pages and messages from handlebars templates, every string from a locale file.

pub mod message;
pub mod page;
