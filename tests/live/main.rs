//! Everything that needs a real server. `tests/live/servers/` starts them; a server that is missing is a failure that
//! names the command. The suites of recovery and security are those of `tests/it/`, here on PostgreSQL.

mod chromium;
mod database;
mod driver;
mod keycloak;
mod mailbox;
mod process;
mod redis;
mod replicas;
mod schemathesis;
mod smtp;
mod store;
mod timing;
mod twilio;
mod wire;

#[path = "../it/contract/identity/mod.rs"]
mod promises;
#[path = "../it/recovery/mod.rs"]
mod recovery;
#[path = "../it/security/mod.rs"]
mod security;
#[path = "../it/contract/store/mod.rs"]
mod suite;
#[expect(dead_code, unused_imports, reason = "the integration tests use more of it")]
#[path = "../it/support/mod.rs"]
mod support;
