//! Everything that needs nothing installed, in one binary.

mod config;
mod contract;
mod edge;
mod support;
mod template;
