//! The signals that end the program.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for SIGTERM or Ctrl-C. SIGHUP, which asks many a service to read its configuration anew, must not end this one.
pub async fn stop_signal() {
    let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        tracing::warn!("cannot listen for signals; only Ctrl-C ends the program");
        drop(tokio::signal::ctrl_c().await);
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = outlive(&mut hang_up) => {}
    }
}

/// Never ends: every SIGHUP is told to be without effect.
async fn outlive(hang_up: &mut Signal) {
    while hang_up.recv().await.is_some() {
        tracing::warn!("SIGHUP: this version reads its configuration at start only; restart to apply a change");
    }
    std::future::pending::<()>().await;
}
