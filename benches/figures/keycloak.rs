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

/// What the rounds of one peer, one number of clients and one kind of people gave; or ratios of such.
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

    /// What the known took of what the unknown took.
    fn add_ratio(&mut self, [known, unknown]: &[Seen; 2]) {
        self.p50_ms.push(known.quantile_ms(50) / unknown.quantile_ms(50));
        self.p99_ms.push(known.quantile_ms(99) / unknown.quantile_ms(99));
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
        let by = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
        for who in [Who::Known, Who::Unknown] {
            println!("  {by}, people {}:", who.told());
            apart(&theirs, clients, who, realm, sink).await?;
        }
        println!("  {by}, both kinds of people mixed, known : unknown:");
        mixed(&theirs, clients, realm, sink).await?;
    }
    println!("  mails that the mail server has taken: {}", sink.taken());
    Ok(())
}

/// Rounds of one kind of people, as ratios of rounds that follow one another.
async fn apart(theirs: &Peer, clients: usize, who: Who, realm: &Realm, sink: &Sink) -> Result<()> {
    let (mut keycloaks, mut ours, mut ratios) = (Rounds::default(), Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let of_theirs = theirs.starts(clients, who, ROUND).await?;
        let folder = folder(realm, sink)?;
        let program = Program::start(&folder)?;
        let of_ours = Peer::regain(program.public()).starts(clients, who, ROUND).await?;
        drop(program);
        ratios.a_second.push(of_ours.a_second() / of_theirs.a_second());
        ratios.p50_ms.push(of_theirs.quantile_ms(50) / of_ours.quantile_ms(50));
        ratios.p99_ms.push(of_theirs.quantile_ms(99) / of_ours.quantile_ms(99));
        keycloaks.add(&of_theirs);
        ours.add(&of_ours);
    }
    line("  Keycloak's own", &keycloaks.a_second, 0, "/s", None);
    line("  regain's", &ours.a_second, 0, "/s", None);
    line("  regain : Keycloak", &ratios.a_second, 1, " x", None);
    line("  Keycloak's own, p50", &keycloaks.p50_ms, 1, " ms", None);
    line("  regain's, p50", &ours.p50_ms, 2, " ms", None);
    line("  Keycloak : regain, p50", &ratios.p50_ms, 1, " x", None);
    line("  Keycloak's own, p99", &keycloaks.p99_ms, 1, " ms", None);
    line("  regain's, p99", &ours.p99_ms, 2, " ms", None);
    line("  Keycloak : regain, p99", &ratios.p99_ms, 1, " x", None);
    Ok(())
}

/// Rounds of both kinds at the same time: what a known account costs beside an unknown one, at each of the two. Only so
/// do both meet the same program, Keycloak and machine.
async fn mixed(theirs: &Peer, clients: usize, realm: &Realm, sink: &Sink) -> Result<()> {
    let (mut keycloaks, mut ours) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        keycloaks.add_ratio(&theirs.mixed(clients, ROUND).await?);
        let folder = folder(realm, sink)?;
        let program = Program::start(&folder)?;
        ours.add_ratio(&Peer::regain(program.public()).mixed(clients, ROUND).await?);
        drop(program);
    }
    line("  Keycloak's own, p50", &keycloaks.p50_ms, 2, " x", None);
    line("  Keycloak's own, p99", &keycloaks.p99_ms, 2, " x", None);
    line("  regain's, p50", &ours.p50_ms, 2, " x", None);
    line("  regain's, p99", &ours.p99_ms, 2, " x", None);
    Ok(())
}

/// Where a round's own program keeps what it keeps.
fn folder(realm: &Realm, sink: &Sink) -> Result<Folder> {
    Folder::before_keycloak(realm.url(), realm.name(), realm::SECRET, sink.port())
}
