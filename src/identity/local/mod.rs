//! The `local` kind: a directory of accounts in regain's own store, with passwords in argon2id and sessions of its
//! own. The demo signs in with it, and it is enough for a small site that has no identity provider.
//!
//! [`Directory`] is the directory itself and can be named from outside, because the demo and `regain account` fill
//! it; the provider over it cannot, like every other kind.

mod account;
mod config;
mod directory;
mod provider;
mod sessions;

pub(super) use config::Config;
pub use directory::{AddError, Directory, NewAccount};
pub use sessions::SignInError;
