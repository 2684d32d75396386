//! A process that a test has started: its words, its signals, its end.

use std::fs::OpenOptions;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Waits until something is there, and gives it.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// A running process; it goes with the test.
pub(crate) struct Process {
    child: Child,
    words: tempfile::NamedTempFile,
}

impl Process {
    /// Starts it. What it says goes into a file, both streams into one. Its standard input stays open as long as the
    /// test lives.
    pub(crate) fn start(command: &mut Command) -> Self {
        let words = tempfile::NamedTempFile::new().expect("a file");
        let end = || OpenOptions::new().append(true).open(words.path()).expect("the same file");
        let child = command.stdin(Stdio::piped()).stdout(end()).stderr(end()).spawn();
        Self { child: child.expect("a process"), words }
    }

    /// All that it has said.
    pub(crate) fn words(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.words.path()).expect("a file")).into_owned()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_none()
    }

    /// Kills it (SIGKILL): nothing of it goes on when this returns.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        // Only a shell has `kill` everywhere.
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status();
        assert!(sent.expect("a shell").success());
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        until("the end of the process", || self.child.try_wait().expect("a child of ours")).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("── the process said ──\n{}", self.words());
        }
    }
}
