//! `regain serve`.

use clap::Args;

use super::{Dir, Failure, start_failure, tell, wait};
use crate::app;

/// Serves the tenants until SIGTERM or Ctrl-C, then lets what is under way finish
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  regain serve\n  regain serve --config /etc/regain\n  \
                        REGAIN_SERVER__LISTEN=0.0.0.0:8080 regain serve\n\nA mistaken regain.toml refuses the start; a \
                        mistaken tenant file costs that tenant alone.")]
pub(super) struct Serve {
    #[command(flatten)]
    dir: Dir,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.dir.open()?;
        crate::telemetry::start(&config.log);
        wait(async {
            let stopped = app::stop_signal();
            let program = app::start(config, None).await.map_err(start_failure)?;
            tell(program.problems());
            tracing::info!(
                address = %program.public_addr(), management.address = %program.management_addr(), "listening"
            );
            program.run(stopped).await;
            Ok(())
        })
    }
}
