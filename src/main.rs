//! The short story: read the command line, do what it says, exit as the contract promises.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The one crypto provider of the one TLS stack; nobody has installed another before the first line of main.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    regain::cli::run(std::env::args_os())
}
