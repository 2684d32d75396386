//! The `local` kind: a directory of accounts in regain's own store, with sessions of its own.

mod config;

pub(super) use config::Config;
