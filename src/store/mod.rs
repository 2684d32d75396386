//! What is kept. A struct and no trait, on purpose: its meaning *is* the SQL — compare-and-swap on `version`, rows
//! that belong together in one transaction. All SQL of the program lives in this room; the same suite runs on SQLite
//! and PostgreSQL.
//!
//! Promises: every method is one transaction and answers only after its COMMIT has returned; a transition of a
//! recovery is `UPDATE … WHERE tenant = ? AND id = ? AND version = ?`, zero rows is [`Error::Conflict`]; no method of
//! [`TenantStore`] takes a tenant, so none can be forgotten.

pub mod rows;
