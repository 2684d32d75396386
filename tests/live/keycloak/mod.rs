//! A real Keycloak: `REGAIN_TEST_KEYCLOAK_URL` says where it is, by default where `tests/live/servers/keycloak` starts
//! it. Every test makes realms of its own and removes them.

mod admin;
mod contract;
mod fixture;
mod realm;
mod rights;
mod sessions;
