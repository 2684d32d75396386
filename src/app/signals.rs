//! The signals that end the program.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears SIGTERM and Ctrl-C from this call on, and waits for the first of them: one that comes while the program still
/// starts is obeyed once it has started, so that nothing is left half-made.
pub fn stop_signal() -> impl Future<Output = ()> {
    let (terminate, interrupt) = (hear(SignalKind::terminate()), hear(SignalKind::interrupt()));
    async {
        tokio::select! {
            () = heard(terminate) => {}
            () = heard(interrupt) => {}
        }
    }
}

fn hear(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::warn!(%error, "cannot listen for a signal")).ok()
}

async fn heard(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
