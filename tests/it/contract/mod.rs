//! The promises of the contracts, in tests: one suite for each, run on every kind.

mod channel;
mod identity;
