//! `regain config show`.

use clap::{Args, Subcommand};

use super::{Dir, Failure, say, tell};

/// Looks at the configuration
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Prints every key with its value, all layers merged; secrets are ***
    #[command(
        after_help = "Examples:\n  regain config show\n  regain config show --origin | grep email\n\nA secret shows \
                            where it was read from, never what it is."
    )]
    Show {
        #[command(flatten)]
        dir: Dir,
        /// Say of each value which file and line, or which variable, it comes from
        #[arg(long)]
        origin: bool,
    },
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let What::Show { dir, origin } = self.what;
        let loaded = dir.load();
        let mut tenant = None;
        for line in loaded.lines() {
            if line.tenant != tenant {
                tenant.clone_from(&line.tenant);
                let name = tenant.as_ref().map_or("", |tenant| tenant.as_str());
                say(&format!("\n# tenant {name}"));
            }
            let from = if origin { format!("  # {}", line.origin) } else { String::new() };
            say(&format!("{} = {}{from}", line.key, line.value));
        }
        match loaded.start() {
            Ok((_, warnings)) => {
                tell(&warnings);
                Ok(())
            }
            Err(problems) => {
                tell(&problems);
                Err(Failure::Problems)
            }
        }
    }
}
