//! The signals that end the program.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears SIGTERM and Ctrl-C from this call on, and waits for the first of them: one that comes while the program still
/// starts is obeyed once it has started, so that nothing is left half-made. SIGHUP, which asks many a service to read
/// its configuration anew, does not end this one.
pub fn stop_signal() -> impl Future<Output = ()> {
    let (terminate, interrupt) = (hear(SignalKind::terminate()), hear(SignalKind::interrupt()));
    let hang_up = hear(SignalKind::hangup());
    async {
        tokio::select! {
            () = heard(terminate) => {}
            () = heard(interrupt) => {}
            () = outlive(hang_up) => {}
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

/// Never ends: every SIGHUP is told to be without effect.
async fn outlive(hang_up: Option<Signal>) {
    if let Some(mut hang_up) = hang_up {
        while hang_up.recv().await.is_some() {
            tracing::warn!("SIGHUP: this version reads its configuration at start only; restart to apply a change");
        }
    }
    std::future::pending::<()>().await;
}
