//! The promises of the contracts, in tests: one suite for each, run on everything that keeps it.

mod channel;
mod identity;
mod providers;
mod store;
mod store_on_sqlite;
