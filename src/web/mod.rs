//! HTTP of our own: pages, problems and the management listener's answers.

pub mod health;
