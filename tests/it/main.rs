//! Everything that needs nothing installed, in one binary.

mod contract;
mod support;
