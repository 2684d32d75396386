//! Everything that needs a real server. `tests/live/servers/` starts them; a server that is missing is a failure that
//! names the command.

#[path = "../it/contract/store/mod.rs"]
mod suite;

mod smtp;
mod store;
