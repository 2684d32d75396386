//! A real Keycloak, regain in front of it as a program of its own, real mail, and Chromium where a person's browser
//! matters. `REGAIN_TEST_KEYCLOAK_URL` says where the server is, by default where `tests/live/servers/keycloak` starts
//! it. Each test makes realms of its own, so that none disturbs another.

mod addresses;
mod admin;
mod alike;
mod beside;
mod codes;
mod contract;
mod doors;
mod ends;
mod factors;
mod fixture;
mod forwarder;
mod front;
mod journey;
mod kcadm;
mod late;
mod least;
mod login;
mod outage;
mod person;
mod portal;
mod quarter;
mod realm;
mod realms;
mod rights;
mod rules;
mod sessions;
