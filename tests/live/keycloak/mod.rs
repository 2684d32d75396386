//! A real Keycloak: `REGAIN_TEST_KEYCLOAK_URL` says where it is, by default on this machine at port 8081. Every test
//! makes realms of its own and removes them.

mod contract;
mod fixture;
mod realm;
mod rights;
mod sessions;
