//! Placeholder: the composition root takes its place.

use crate::config::Config;

/// Placeholder.
#[expect(clippy::unused_async, reason = "the composition root takes its place")]
pub async fn serve(config: Config) -> anyhow::Result<()> {
    anyhow::bail!("cannot serve {} yet", config.dir.display())
}
