//! A program of its own: started by a test, heard, and ended by its own process id when the test is over.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long anything here may take before the test fails; a working machine needs a small part of it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// How long a poll rests between two looks.
pub(crate) const REST: Duration = Duration::from_millis(50);

/// A running program.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Process {
    /// Starts it and waits for the line by which it says that it is ready; `ready` takes from that line what the test
    /// needs to know.
    pub(crate) fn start<T>(command: &mut Command, ready: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let name = command.get_program().to_string_lossy().into_owned();
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let said = Arc::<Mutex<String>>::default();
        let (lines, heard) = mpsc::channel();
        hear(child.stdout.take().expect("a pipe"), said.clone(), lines.clone());
        hear(child.stderr.take().expect("a pipe"), said.clone(), lines);
        let process = Self { child, said };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = ready(&line) {
                        return (process, found);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{name} did not get ready; it said:\n{}", process.said());
                }
            }
        }
    }

    /// Everything that it has written so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("no thread panics with it").clone()
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name]).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} was not sent");
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let deadline = Instant::now() + PATIENCE;
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success) && Instant::now() < deadline {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(REST);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads on to the end, so that the program never waits for a reader.
fn hear(pipe: impl Read + Send + 'static, said: Arc<Mutex<String>>, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut said = said.lock().expect("no thread panics with it");
            said.push_str(&line);
            said.push('\n');
            // Nobody listens any more once the program is ready.
            drop(lines.send(line));
        }
    });
}
