//! `regain demo`.

use clap::Args;

use super::{Failure, wait};

/// Starts everything embedded, with four tenants to try, and prints the addresses to open
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regain demo\n  regain demo --port 9000\n\nCtrl-C ends it. Nothing is installed and \
                        nothing is sent: mails go to an inbox page."
)]
pub(super) struct Demo {
    /// The port to listen on, on this machine only
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        wait(async { Ok(crate::demo::run(self.port).await?) })
    }
}
