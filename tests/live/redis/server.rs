//! A Redis of one test, to be killed, stopped in its tracks and started again.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::super::process::Process;

/// A server on loopback that keeps nothing.
pub(super) struct Redis {
    process: Process,
    port: u16,
    more: Vec<String>,
}

impl Redis {
    pub(super) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with these options.
    pub(super) fn start_with(more: &[&str]) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = free.local_addr().expect("a bound socket").port();
        drop(free);
        let more: Vec<String> = more.iter().map(|&word| word.to_owned()).collect();
        Self { process: run(port, &more), port, more }
    }

    /// Its address.
    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it without a word.
    pub(super) fn kill(&mut self) {
        self.process.kill();
    }

    /// The same server again, and nothing in it.
    pub(super) fn come_back(&mut self) {
        self.process = run(self.port, &self.more);
    }

    /// It takes connections and answers none.
    pub(super) fn freeze(&self) {
        self.process.signal("STOP");
    }

    pub(super) fn thaw(&self) {
        self.process.signal("CONT");
    }

    /// Tells it something.
    pub(super) async fn tell<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(self.url()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("a server that runs");
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await.expect("a command that it knows")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Who is frozen hears no request to end.
        self.process.kill();
    }
}

fn run(port: u16, more: &[String]) -> Process {
    let mut command = Command::new("redis-server");
    command.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--dir",
        "/",
        "--save",
        "",
        "--appendonly",
        "no",
    ]);
    command.args(more).current_dir("/").env_clear();
    // It needs no rights, so it gets none.
    if std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
        command.uid(65_534).gid(65_534);
    }
    Process::start(&mut command, |line| line.contains("Ready to accept connections").then_some(())).0
}
