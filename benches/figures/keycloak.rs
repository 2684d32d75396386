//! Keycloak's own "forgot password" beside ours before the same Keycloak, in one run: starts a second and the time of
//! one, by one client and by sixteen, of people whom it knows and of people whom nobody knows.
//!
//! A start is what a person does: load the form, send it. Both send their mails to the same mail server on loopback;
//! Keycloak inside the request, we afterwards, so that our worker's look-ups and mails load the same machine and the
//! same Keycloak while our rounds are measured. Each of our rounds is a program of its own, killed at its end: what it
//! has not looked up yet must not burden the round that follows.

mod peer;
mod realm;
mod sink;

use std::time::Duration;

use anyhow::Result;

use super::line;
use super::program::{Folder, Program};
use super::spread::Spread;
use peer::{Peer, Seen, Who};
use realm::Realm;
use sink::Sink;

/// How long a round goes on.
const ROUND: Duration = Duration::from_secs(3);
/// Rounds of each kind; the two peers take turns.
const ROUNDS: usize = 3;
/// Clients at the same time.
const CLIENTS: [usize; 2] = [1, 16];
/// How long both are driven before anything counts: Keycloak compiles what it runs.
const WARM_UP: Duration = Duration::from_secs(8);

/// What the rounds of one peer, one number of clients and one kind of people gave.
#[derive(Default)]
struct Rounds {
    a_second: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
}

impl Rounds {
    fn add(&mut self, seen: &Seen) {
        self.a_second.push(seen.a_second());
        self.p50_ms.push(seen.quantile_ms(50));
        self.p99_ms.push(seen.quantile_ms(99));
    }
}

/// Measures both and prints them side by side.
pub(crate) fn run() -> Result<()> {
    // As the program itself does first thing: the clients' library has no provider of its own.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(compare())
}

async fn compare() -> Result<()> {
    let sink = Sink::open().await?;
    let realm = Realm::make(sink.port()).await?;
    let measured = rounds(&realm, &sink).await;
    realm.remove().await?;
    measured
}

async fn rounds(realm: &Realm, sink: &Sink) -> Result<()> {
    let theirs = Peer::keycloak(realm);
    theirs.starts(16, Who::Known, WARM_UP).await?;
    println!("\"forgot password\" before one Keycloak, {ROUNDS} rounds of {} s each:", ROUND.as_secs());
    for clients in CLIENTS {
        let mut by_who = Vec::new();
        for who in [Who::Known, Who::Unknown] {
            let (mut keycloaks, mut ours, mut ratio) = (Rounds::default(), Rounds::default(), Vec::new());
            for _ in 0..ROUNDS {
                let of_theirs = theirs.starts(clients, who, ROUND).await?;
                let folder = Folder::before_keycloak(realm.url(), realm.name(), realm::SECRET, sink.port())?;
                let program = Program::start(&folder)?;
                let of_ours = Peer::regain(program.public()).starts(clients, who, ROUND).await?;
                drop(program);
                ratio.push(of_ours.a_second() / of_theirs.a_second());
                keycloaks.add(&of_theirs);
                ours.add(&of_ours);
            }
            println!("  {clients} client{}, people {}:", if clients == 1 { "" } else { "s" }, who.told());
            line("  Keycloak's own", &keycloaks.a_second, 0, "/s", None);
            line("  regain's", &ours.a_second, 0, "/s", None);
            line("  regain : Keycloak", &ratio, 1, " x", None);
            line("  Keycloak's own, p50", &keycloaks.p50_ms, 1, " ms", None);
            line("  Keycloak's own, p99", &keycloaks.p99_ms, 1, " ms", None);
            line("  regain's, p50", &ours.p50_ms, 2, " ms", None);
            line("  regain's, p99", &ours.p99_ms, 2, " ms", None);
            by_who.push((keycloaks, ours));
        }
        if let [(known, ours_known), (unknown, ours_unknown)] = by_who.as_slice() {
            let differ =
                |one: &Rounds, other: &Rounds| Spread::of(&one.p50_ms).median / Spread::of(&other.p50_ms).median;
            println!(
                "  known : unknown at the median: Keycloak's own {:.2}, regain's {:.2}",
                differ(known, unknown),
                differ(ours_known, ours_unknown)
            );
        }
    }
    println!("  mails that the mail server has taken: {}", sink.taken());
    Ok(())
}
