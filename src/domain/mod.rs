//! Values and decisions: what a recovery is, what proves something, what a password must be.
//!
//! Everything here is pure. Nothing reads a clock, a file or a socket; whoever decides is handed the time. What
//! has been parsed into one of these types is never checked again further up.

pub mod address;
pub mod asked;
pub mod code;
pub mod finding;
pub mod id;
pub mod identifier;
pub mod issue;
pub mod key;
pub mod login;
pub mod message;
pub mod method;
pub mod password;
pub mod path;
pub mod phone;
pub mod problem;
pub mod quantity;
pub mod recovery;
pub mod seal;
pub mod secret;
pub mod segments;
pub mod sending;
pub mod token;

/// A moment in UTC, to the millisecond. It enters the program through `clock` alone.
pub type Timestamp = time::UtcDateTime;
