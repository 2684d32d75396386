//! Everything that needs nothing installed, in one binary.

mod template;
