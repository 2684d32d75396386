//! Code checks a second: each recovery is begun, and five wrong codes are typed. What is timed is the check alone: one read,
//! one transaction that moves the recovery and counts for the account and the tenant, one page.
//!
//! `cargo figures codes` measures on SQLite; with the address of an empty database behind it, such as
//! `cargo figures codes postgres://regain@127.0.0.1:54329/figures`, on that PostgreSQL as well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::client::{Asked, Connection, Window, at_once, post};
use super::program::{Folder, Program, TENANTS};
use super::{CLIENTS, ROUND, ROUNDS, line};

/// Wrong codes that a recovery tells to be wrong, and the one that closes its codes.
const TRIES: usize = 5;

pub(crate) fn run() -> Result<()> {
    on("SQLite with synchronous = FULL", None)?;
    let postgres = std::env::args().find(|argument| argument.starts_with("postgres"));
    postgres.map_or(Ok(()), |url| on("PostgreSQL", Some(&url)))
}

fn on(what: &str, postgres: Option<&str>) -> Result<()> {
    let (mut a_second, mut p50_ms, mut p99_ms) = (Vec::new(), Vec::new(), Vec::new());
    let mut kept = None;
    for _ in 0..ROUNDS {
        // A PostgreSQL knows the keys that it has been used with: the same folder serves every round.
        let folder = match kept.take() {
            Some(folder) if postgres.is_some() => folder,
            _ => Folder::with_codes(postgres)?,
        };
        let program = Program::start(&folder)?;
        let asked = checks(program.public())?;
        drop(program);
        a_second.push(asked.a_second());
        p50_ms.push(asked.quantile_ms(50));
        p99_ms.push(asked.quantile_ms(99));
        kept = Some(folder);
    }
    println!("codes checked, {what}, {CLIENTS} clients, {ROUNDS} rounds of {} s:", ROUND.as_secs());
    line("checks over HTTP", &a_second, 0, "/s", None);
    line("one check, p50", &p50_ms, 1, " ms", None);
    line("one check, p99", &p99_ms, 1, " ms", None);
    Ok(())
}

fn checks(address: SocketAddr) -> Result<Asked> {
    at_once(CLIENTS, ROUND, |client, number, window| guess(address, TENANTS[client % TENANTS.len()], number, window))
}

async fn guess(address: SocketAddr, tenant: &str, number: Arc<AtomicU32>, window: Window) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let host = format!("{tenant}.localhost:{}", address.port());
    let mut times = Vec::new();
    while window.is_open() {
        let this = number.fetch_add(1, Ordering::Relaxed);
        let form = format!("identifier=nobody{this}%40example.org&lang=en");
        let status = connection.ask(&post(&host, "/recovery/", this, &form)).await?;
        ensure!(status == 303, "a start was answered {status}");
        let page = format!("{}/code", connection.location()?);
        for _ in 0..TRIES {
            let asked = Instant::now();
            let status = connection.ask(&post(&host, &page, this, "code=31415926")).await?;
            let answered = Instant::now();
            ensure!(status == 422, "a wrong code was answered {status}");
            times.extend(window.took(asked, answered));
        }
    }
    Ok(times)
}
