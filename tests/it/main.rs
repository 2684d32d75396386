//! The integration tests: one binary, so that they share one build and one support.

mod api;
mod config;
mod contract;
mod crash;
mod database;
mod doctor;
mod edge;
mod floors;
mod process;
mod recovery;
mod security;
mod support;
mod template;
