//! The script beside the program's own arithmetic: the same acts at the same moments, and the same said of each.

use std::time::Duration;

use futures_util::FutureExt;
use governor::clock::FakeRelativeClock;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use regain::domain::id::TenantId;
use regain::domain::problem::Problems;
use regain::limit::{Config, Limited, Limiter, Own, Refused, SlowDown};

use super::server::Redis;

const SCRIPT: &str = include_str!("../../../src/limit/gcra.lua");
const CLOCK: &str = "redis.call('TIME')";
/// What a /48 has more than one of its clients.
const WIDE: u64 = 4;

/// A start by the client of that number, all within one /48, so many microseconds after the one before.
#[derive(Clone, Copy, Debug)]
struct Act {
    client: u8,
    after_us: u64,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let pause = prop_oneof![3 => Just(0), 3 => 0..1_000_000_u64, 3 => 0..200_000_000_u64, 1 => 0..8_000_000_000_u64];
    let act = (0..6_u8, pause).prop_map(|(client, after_us)| Act { client, after_us });
    prop::collection::vec(act, 1..120)
}

/// How long each act must wait by the program's own arithmetic.
fn in_memory(config: &Config, acts: &[Act]) -> Vec<u64> {
    let clock = FakeRelativeClock::default();
    let limiter = Limiter::in_memory(&config.build(&mut Problems::new()).expect("settings"), clock.clone());
    let acme = TenantId::parse("acme").expect("an id");
    let of = |act: &Act| {
        clock.advance(Duration::from_micros(act.after_us));
        let ip = format!("2001:db8:1:{}::1", act.client).parse().expect("an address");
        let own = Own::default();
        let asked = limiter.check(Limited::Start, &acme, &own, ip);
        match asked.now_or_never().expect("memory answers at once") {
            Ok(()) => 0,
            Err(Refused::SlowDown(SlowDown { retry_after })) => u64::try_from(retry_after.as_micros()).expect("a wait"),
            Err(Refused::Unreachable) => panic!("memory is always there"),
        }
    };
    acts.iter().map(of).collect()
}

/// The same by the script, whose clock is the test's.
async fn by_script(
    config: &Config,
    acts: &[Act],
    connection: &mut redis::aio::MultiplexedConnection,
    script: &redis::Script,
) -> Vec<u64> {
    redis::cmd("FLUSHALL").query_async::<()>(connection).await.expect("a server that runs");
    let rates =
        [(600_000_000, u64::from(config.starts_per_10_min)), (3_600_000_000, u64::from(config.starts_per_hour))];
    // Somewhere in this century, as the server's clock would say.
    let mut now = 1_790_000_000_000_000_u64;
    let mut waits = Vec::new();
    for act in acts {
        now += act.after_us;
        let mut question = script.prepare_invoke();
        for (who, times) in [(format!("own {}", act.client), 1), ("around".to_owned(), WIDE)] {
            for (number, (within, burst)) in rates.iter().enumerate() {
                question.key(format!("{who} {number}")).arg(within / burst / times).arg(burst * times);
            }
        }
        question.arg(now / 1_000_000).arg(now % 1_000_000);
        let wait: u64 = question.invoke_async(connection).await.expect("a script that runs");
        // Nobody is told to come back sooner than in a second.
        waits.push(if wait == 0 { 0 } else { wait.max(1_000_000) });
    }
    waits
}

/// The script with a clock that the test moves.
fn by_hand() -> redis::Script {
    assert_eq!(SCRIPT.matches(CLOCK).count(), 1, "one clock, to be replaced by the test's");
    redis::Script::new(&SCRIPT.replace(CLOCK, "{ ARGV[#ARGV - 1], ARGV[#ARGV] }"))
}

#[tokio::test]
async fn a_server_whose_clock_was_set_back_shuts_nobody_out_for_longer_than_a_turn() {
    let (script, redis) = (by_hand(), Redis::start());
    let client = redis::Client::open(redis.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a server that runs");
    let minute = 60_000_000;

    let mut waits: Vec<u64> = Vec::new();
    for seconds in [1_790_000_000_u64, 1_780_000_000] {
        let mut question = script.prepare_invoke();
        question.key("client").arg(minute / 3).arg(3).arg(seconds).arg(0);
        waits.push(question.invoke_async(&mut connection).await.expect("a script that runs"));
    }

    assert_eq!(waits, [0, minute / 3]);
}

#[test]
fn the_script_and_the_program_count_alike() {
    let script = by_hand();
    let redis = Redis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = redis::Client::open(redis.url()).expect("an address");
    let connection = runtime.block_on(client.get_multiplexed_async_connection()).expect("a server that runs");
    let mut runner = TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() });
    let rates = (1..=20_u32, 1..=60_u32);

    let held = runner.run(&(rates, acts()), |((starts_per_10_min, starts_per_hour), acts)| {
        let config = Config { starts_per_10_min, starts_per_hour, ..Config::default() };
        let told = runtime.block_on(by_script(&config, &acts, &mut connection.clone(), &script));
        prop_assert_eq!(told, in_memory(&config, &acts));
        Ok(())
    });

    held.expect("the same of each act");
}
