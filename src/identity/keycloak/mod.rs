//! The `keycloak` kind: a realm of a Keycloak, by its admin API, with a service account of that realm.
//!
//! Every call, answer and pitfall is measured on Keycloak 26.7; `docs/providers/keycloak.md` says which rights the
//! service account needs and what ends with a change and what lives on. The way down: `provider` is the contract, one
//! file each for what it does, `realm` the one way to call, `token` what opens it.

mod account;
mod answer;
mod check;
mod config;
mod diagnose;
mod find;
mod groups;
mod lifespans;
mod lockout;
mod offset;
mod password;
mod provider;
mod reads;
mod realm;
mod refusal;
mod roles;
mod sessions;
mod token;
mod unfinished;

pub(super) use config::Config;
