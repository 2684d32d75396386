//! The first figures, by one command: how many recoveries a second the real program begins beside what one client
//! writes by bare SQL, how much memory it holds while it idles, how soon it is ready. Loopback only, about a minute.
//!
//! `cargo figures keycloak` compares with a Keycloak that runs instead; see `keycloak`. `cargo figures codes` measures code
//! checks, `cargo figures limits` the limits on clients; see there.
//!
//! Ratios are of rounds that follow one another on the same disk, so that what the machine does meanwhile meets both.
//! Nothing here is a test: no figure fails anything.

mod bare;
mod client;
mod codes;
mod keycloak;
mod limits;
mod machine;
mod program;
mod rows;
mod spread;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use program::{Folder, Program};
use rows::Kept;
use spread::Spread;

/// Clients that start recoveries at the same time.
const CLIENTS: usize = 16;
/// Rounds over HTTP, and as many by bare SQL between them.
const ROUNDS: usize = 5;
/// How long each of them goes on.
const ROUND: Duration = Duration::from_secs(4);
/// Programs that are started on a folder of their own, and looked at while they idle.
const IDLERS: usize = 5;
/// How often each of these is started again on what it kept.
const RESTARTS: usize = 3;
/// How long a program idles before its memory is read.
const IDLE: Duration = Duration::from_secs(2);

fn main() -> Result<()> {
    machine::print();
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "keycloak") {
        return keycloak::run();
    }
    if arguments.iter().any(|argument| argument == "limits") {
        let address = arguments.iter().find(|argument| argument.contains("://"));
        return limits::run(address.map(String::as_str));
    }
    if arguments.iter().any(|argument| argument == "codes") {
        return codes::run();
    }
    starts()?;
    idling()
}

/// What is measured of each round.
#[derive(Default)]
struct Rounds {
    over_http: Vec<f64>,
    by_bare_sql: Vec<f64>,
    ratio: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    looked_up: Vec<f64>,
    rss_mb: Vec<f64>,
}

/// Starts a second over HTTP, beside one client that inserts the same rows.
fn starts() -> Result<()> {
    let mut all = Rounds::default();
    for _ in 0..ROUNDS {
        let folder = Folder::new()?;
        let program = Program::start(&folder)?;
        let asked = client::starts(program.public(), CLIENTS, ROUND)?;
        all.rss_mb.push(program.rss_mb()?);
        drop(program);
        let kept = Kept::read(&folder.database())?;
        // The program has just been killed: whatever it answered must be in the file all the same.
        ensure!(kept.recoveries >= asked.total, "{} starts answered, {} kept", asked.total, kept.recoveries);

        let other = Folder::new()?;
        other.migrate()?;
        let by_bare_sql = bare::starts(&other.database(), &kept.of_one_start, ROUND)?;

        all.over_http.push(asked.a_second());
        all.by_bare_sql.push(by_bare_sql);
        all.ratio.push(asked.a_second() / by_bare_sql);
        all.p50_ms.push(asked.quantile_ms(50));
        all.p99_ms.push(asked.quantile_ms(99));
        all.looked_up.push(kept.looked_up());
    }
    println!("recoveries started, SQLite with synchronous = FULL, {ROUNDS} rounds of {} s:", ROUND.as_secs());
    line(&format!("over HTTP, {CLIENTS} clients"), &all.over_http, 0, "/s", None);
    line("by bare SQL, 1 client", &all.by_bare_sql, 0, "/s", None);
    line("HTTP : bare SQL", &all.ratio, 2, " x", Some(Goal::AtLeast(1.2)));
    line("one over HTTP, p50", &all.p50_ms, 1, " ms", None);
    line("one over HTTP, p99", &all.p99_ms, 1, " ms", Some(Goal::Below(15.0)));
    line("looked up meanwhile", &all.looked_up, 0, " %", None);
    line("memory under this load", &all.rss_mb, 1, " MB", None);
    Ok(())
}

/// Memory of a program that idles with two tenants, and how soon it is ready.
fn idling() -> Result<()> {
    let (mut first_ms, mut again_ms, mut rss_mb) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..IDLERS {
        let folder = Folder::new()?;
        let program = Program::start(&folder)?;
        first_ms.push(program.ready_after_ms());
        client::look(program.public()).context("the first page")?;
        std::thread::sleep(IDLE);
        rss_mb.push(program.rss_mb()?);
        drop(program);
        for _ in 0..RESTARTS {
            again_ms.push(Program::start(&folder)?.ready_after_ms());
        }
    }
    println!("`regain serve` with two tenants:");
    line("memory while it idles", &rss_mb, 1, " MB", Some(Goal::Below(25.0)));
    line("start to ready", &again_ms, 0, " ms", Some(Goal::Below(100.0)));
    line("the very first start", &first_ms, 0, " ms", Some(Goal::Below(100.0)));
    Ok(())
}

#[derive(Clone, Copy)]
enum Goal {
    AtLeast(f64),
    Below(f64),
}

fn line(what: &str, values: &[f64], decimals: usize, unit: &str, goal: Option<Goal>) {
    let Spread { median, least, most } = Spread::of(values);
    let verdict = |met| if met { "met" } else { "missed" };
    let goal = match goal {
        None => String::new(),
        Some(Goal::AtLeast(goal)) => format!("goal >= {goal}: {}", verdict(median >= goal)),
        Some(Goal::Below(goal)) => format!("goal < {goal}: {}", verdict(median < goal)),
    };
    let range = format!("({least:.decimals$} - {most:.decimals$})");
    println!("  {what:<24}{median:>8.decimals$}{unit:<4}{range:<18}{goal}");
}
