//! `regain health`: for container health checks, which have no curl.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

use super::{Dir, Failure, say};
use crate::doctor::reachable;

const LIMIT: Duration = Duration::from_secs(5);
const MOST_BYTES: u64 = 64 * 1024;

/// Asks the running server whether it is ready
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regain health\n  regain health --config /etc/regain | jq .\n\nExit: 0 ready (also \
                        when a provider or mail server is down), 1 not ready, 3 nobody answers."
)]
pub(super) struct Health {
    #[command(flatten)]
    dir: Dir,
}

impl Health {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.dir.open()?;
        let address = reachable(config.management.listen);
        let answer = ask(address).map_err(|error| {
            Failure::Unreachable(format!("nobody answers on {address} (`management.listen`): {error}"))
        })?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        say(body.trim_end());
        if head.split_whitespace().nth(1) == Some("200") { Ok(()) } else { Err(Failure::Refused("not ready".into())) }
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut answer)?;
    Ok(answer)
}
