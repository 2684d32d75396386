//! The integration tests: one binary, so that they share one build and one support.

mod edge;
