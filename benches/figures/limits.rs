//! What a limit costs: a decision in memory with one million clients counted, and the memory they take; and the round
//! trip of limits that are shared, to a Redis or Valkey on this machine or wherever an address says.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::FutureExt as _;
use futures_util::future::try_join_all;
use governor::clock::DefaultClock;
use regain::domain::id::TenantId;
use regain::domain::key::Keyset;
use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::limit::{Config, Limited, Limiter, Own, Refused, Settings};

use super::line;

/// Clients that are counted before a decision is measured.
const CLIENTS: u32 = 1_000_000;
/// Decisions of one round in memory.
const DECISIONS: u32 = 1_000_000;
const ROUNDS: usize = 5;
/// As many as each client asks, when they came and in each round: all are counted, and none is forgotten meanwhile.
const TURNS: u32 = 6;
/// How long a round of shared decisions goes on, and by how many tasks at once.
const ROUND: Duration = Duration::from_secs(3);
const TASKS: [usize; 2] = [1, 16];

/// Measures both and prints them; `store` is the address of a server that is there already.
pub(crate) fn run(store: Option<&str>) -> Result<()> {
    in_memory()?;
    let server = Server::at(store)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(shared(&server.url))
}

fn settings(store: &str) -> Result<Settings> {
    let config = Config {
        store: Secret::new(store),
        insecure: true,
        clients: CLIENTS,
        others_per_10_min: TURNS,
        ..Config::default()
    };
    config.build(&mut Problems::new()).context("the limits are mistaken")
}

fn tenant() -> TenantId {
    TenantId::parse("acme").expect("a tenant's id")
}

/// The client of that number; numbers that follow one another are far apart in no map.
fn client(number: u32) -> IpAddr {
    IpAddr::from(Ipv4Addr::from(number.wrapping_mul(2_654_435_761)))
}

fn in_memory() -> Result<()> {
    let (limiter, acme) = (Limiter::in_memory(&settings("memory")?, DefaultClock::default()), tenant());
    let decide = |number| {
        let asked = limiter.check(Limited::Link, &acme, &Own::default(), client(number)).now_or_never();
        asked.context("memory does not answer at once")
    };
    let empty = rss_mb()?;
    let began = Instant::now();
    for number in 0..CLIENTS {
        ensure!(decide(number)?.is_ok(), "a new client was refused");
    }
    let filling = nanos_each(began, CLIENTS);
    let taken = rss_mb()? - empty;
    let (mut known, mut strange) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let began = Instant::now();
        for number in 0..DECISIONS {
            // Each once, in an order that no cache foresees.
            let number = u64::from(number) * 7_919 % u64::from(CLIENTS);
            ensure!(decide(u32::try_from(number)?)?.is_ok(), "a client with turns left was refused");
        }
        known.push(nanos_each(began, DECISIONS));
        let began = Instant::now();
        let first = CLIENTS + u32::try_from(round)? * DECISIONS;
        for number in first..first + DECISIONS {
            ensure!(decide(number)?.is_err(), "a client beyond the bound was let in");
        }
        strange.push(nanos_each(began, DECISIONS));
    }
    println!("limits in memory, one thread, {CLIENTS} clients counted by one rate:");
    line("a client that is known", &known, 0, " ns", None);
    line("one beyond the bound", &strange, 0, " ns", None);
    line("each while they came", &[filling], 0, " ns", None);
    line("memory they take", &[taken], 0, " MB", None);
    line("for each client", &[taken * 1e6 / f64::from(CLIENTS)], 0, " B", None);
    Ok(())
}

fn nanos_each(began: Instant, count: u32) -> f64 {
    began.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

async fn shared(url: &str) -> Result<()> {
    let limiter = Arc::new(Limiter::new(&settings(url)?, &Keyset::parse(&Keyset::generate())?));
    limiter.ping().await.context("the server cannot be asked")?;
    println!(
        "limits shared by {}, {ROUNDS} rounds of {} s each:",
        url.split('@').next_back().unwrap_or(url),
        ROUND.as_secs()
    );
    let next = Arc::new(AtomicU32::new(0));
    for (what, name) in [(Limited::Code, "a code"), (Limited::Start, "a start")] {
        for tasks in TASKS {
            let (mut a_second, mut p50, mut p99) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let mut times = round(&limiter, what, tasks, &next).await?;
                times.sort_unstable();
                let quantile = |hundredth: usize| times[(times.len() - 1) * hundredth / 100].as_secs_f64() * 1e3;
                a_second.push(f64::from(u32::try_from(times.len())?) / ROUND.as_secs_f64());
                p50.push(quantile(50));
                p99.push(quantile(99));
            }
            line(&format!("{name}, {tasks} at once"), &a_second, 0, "/s", None);
            line("  p50", &p50, 3, " ms", None);
            line("  p99", &p99, 3, " ms", None);
        }
    }
    Ok(())
}

/// How long each decision of one round took; every client is new.
async fn round(limiter: &Arc<Limiter>, what: Limited, tasks: usize, next: &Arc<AtomicU32>) -> Result<Vec<Duration>> {
    let until = Instant::now() + ROUND;
    let asking = (0..tasks).map(|_| {
        let (limiter, next, acme) = (limiter.clone(), next.clone(), tenant());
        let decide = async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                let ip = client(next.fetch_add(1, Ordering::Relaxed));
                let began = Instant::now();
                let counted = limiter.check(what, &acme, &Own::default(), ip).await;
                ensure!(counted != Err(Refused::Unreachable), "the server went away");
                times.push(began.elapsed());
            }
            Ok(times)
        };
        #[expect(clippy::disallowed_methods, reason = "the round waits for all of them itself")]
        let task = tokio::spawn(decide);
        async move { task.await? }
    });
    Ok(try_join_all(asking).await?.concat())
}

/// A server that is there, or that the tests' starter has started for this run.
struct Server {
    url: String,
    is_ours: bool,
}

impl Server {
    fn at(store: Option<&str>) -> Result<Self> {
        if let Some(url) = store {
            return Ok(Self { url: url.to_owned(), is_ours: false });
        }
        let is_ours = !starter("status")?.status.success();
        let started = starter("start")?;
        ensure!(started.status.success(), "tests/live/servers/redis does not start");
        Ok(Self { url: String::from_utf8(started.stdout)?.trim().to_owned(), is_ours })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_ours {
            drop(starter("stop"));
        }
    }
}

fn starter(verb: &str) -> Result<std::process::Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/servers/redis");
    Command::new(script).arg(verb).stderr(Stdio::null()).output().context("tests/live/servers/redis")
}

fn rss_mb() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / 1e6)
}
