//! Everything that needs nothing installed, in one binary.

mod config;
mod contract;
mod support;
mod template;
