//! The binary itself: how it starts, what it says when it cannot, and how it ends.

mod demo;
mod logs;
mod serve;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::support::process::Process;

/// Starts `regain` with an environment of its own: none.
fn regain<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Process {
    Process::start(Command::new(env!("CARGO_BIN_EXE_regain")).args(arguments).env_clear())
}

/// A path as a command line has it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
