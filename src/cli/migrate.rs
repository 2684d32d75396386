//! `regain migrate`.

use clap::Args;

use super::{Dir, Failure, diagnose, say, wait};
use crate::store::Store;

/// Brings the store's schema up to date; old programs run on a newer schema, new ones not on an older
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regain migrate --status\n  regain migrate --config /etc/regain\n\nSQLite is brought up \
                        to date at every start; PostgreSQL by this, or with migrate_on_start."
)]
pub(super) struct Migrate {
    #[command(flatten)]
    dir: Dir,
    /// Only tell which steps have been made and which are to come
    #[arg(long)]
    status: bool,
}

impl Migrate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.dir.open()?;
        wait(async {
            if self.status {
                for (step, is_made) in Store::migrations(&config.store).await? {
                    say(&format!("{} {step}", if is_made { "made   " } else { "to come" }));
                }
                return Ok(());
            }
            let made = Store::migrate(&config.store).await?;
            for step in &made {
                say(step);
            }
            if made.is_empty() {
                diagnose("the schema is up to date");
            }
            Ok(())
        })
    }
}
