//! The suites that say in tests what a contract promises, each run on everything that keeps it.

mod store;
mod store_on_sqlite;
