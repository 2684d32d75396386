//! The short story: read the command line, do what it says, exit as the contract promises.

use std::process::ExitCode;

fn main() -> ExitCode {
    regain::cli::run(std::env::args_os())
}
