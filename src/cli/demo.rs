//! `regain demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, say, wait};
use crate::{app, demo};

/// Starts everything embedded, with four tenants to try, and prints the addresses to open
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  regain demo\n  regain demo --port 9000\n  regain demo --smtp 127.0.0.1:1025\n\n\
                        Ctrl-C ends it. Nothing is installed, and without --smtp nothing is sent: mails go to an \
                        inbox page.")]
pub(super) struct Demo {
    /// The port to listen on, on this machine only
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the demo's folder is made, which goes when it ends [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A mail server on this machine that takes the mails instead of the inbox page, such as maildev
    #[arg(long, value_name = "ADDRESS:PORT")]
    smtp: Option<SocketAddr>,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        let parent = self.data.unwrap_or_else(std::env::temp_dir);
        wait(async {
            let stopped = app::stop_signal();
            let demo = demo::start(self.port, &parent, self.smtp).await.map_err(anyhow::Error::from)?;
            say(&demo.welcome());
            demo.run(stopped).await;
            Ok(())
        })
    }
}
