//! The `keycloak` kind: a realm of a Keycloak, by its admin API, with a service account of that realm.
//!
//! Every call, answer and pitfall is measured on Keycloak 26.7; `docs/providers/keycloak.md` says which rights the
//! service account needs and what ends with a change and what lives on.

mod config;
mod provider;

pub(super) use config::Config;
