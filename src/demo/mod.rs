//! Placeholder: the demo takes its place.

/// Placeholder.
#[expect(clippy::unused_async, reason = "the demo takes its place")]
pub async fn run(port: u16) -> anyhow::Result<()> {
    anyhow::bail!("cannot run the demo on port {port} yet")
}
