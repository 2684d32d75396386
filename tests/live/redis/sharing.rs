//! Two processes on one database and one Redis.

use std::net::SocketAddr;
use std::time::Instant;

use serde_json::Value;

use super::super::process::{PATIENCE, Process, REST};
use super::super::replicas::{HOST, Opened, Replicas};
use super::super::wire::{Answer, Request, at_once};
use super::server::Redis;
use super::start;

pub(super) async fn replicas(redis: &Redis) -> Replicas {
    replicas_with(redis, "").await
}

/// The same, with these lines in the tenant's `[recovery]`.
pub(super) async fn replicas_with(redis: &Redis, recovery: &str) -> Replicas {
    Replicas::start_as(&format!("others_per_10_min = 600\nstore = \"{}\"", redis.url()), recovery).await
}

fn status(at: SocketAddr) -> u16 {
    start(at).status
}

/// Waits until `found` finds something.
pub(super) fn until<T>(what: &str, found: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::sleep(REST);
    }
}

/// What the management listener answers.
fn ask(process: &Process, path: &str) -> Answer {
    let address = process.said().lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        line["management.address"].as_str()?.parse::<SocketAddr>().ok()
    });
    Request::new("GET", path, "localhost").send(address.expect("a program that has told where it listens"))
}

fn limits(process: &Process) -> Value {
    let answer = ask(process, "/readyz");
    assert_eq!(answer.status, 200, "it stays in service");
    let told: Value = serde_json::from_str(&answer.body).expect("JSON");
    Value::from([told["status"].clone(), told["components"]["limits"]["state"].clone()].to_vec())
}

/// Whether a process has found the shared limits.
pub(super) fn is_up(process: &Process) -> bool {
    limits(process) == Value::from(vec!["ready", "up"])
}

fn said(process: &Process, words: &str) -> usize {
    process.said().matches(words).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_count_a_client_together() {
    let redis = Redis::start();
    let replicas = replicas(&redis).await;
    let places = [replicas.one.1, replicas.other.1];

    let allowed: Vec<u16> = (0..10).map(|number| status(places[number % 2])).collect();
    let beyond: Vec<Answer> = places.iter().map(|place| start(*place)).collect();

    assert_eq!(allowed, [303; 10]);
    for answer in beyond {
        assert_eq!(answer.status, 429, "{}", answer.body);
        let wait: u64 = answer.header("retry-after").expect("when to come back").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let keys: Vec<String> = redis.tell(&["KEYS", "*"]).await;
    assert!(keys.iter().all(|key| key.starts_with("regain:limit:") && !key.contains("127")), "{keys:?}");
    for key in &keys {
        let left: i64 = redis.tell(&["PTTL", key]).await;
        assert!((1..=3_600_000).contains(&left), "{key} is kept for {left} ms");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_at_two_processes_are_let_in_ten_times() {
    let redis = Redis::start();
    let replicas = replicas(&redis).await;
    let form = [("identifier", "nobody@example.org")];
    let requests: Vec<(Request, SocketAddr)> = (0..40)
        .map(|number| {
            (Request::new("POST", "/recovery/", HOST).form(&form), [replicas.one.1, replicas.other.1][number % 2])
        })
        .collect();

    let answers = at_once(&requests);

    let let_in = answers.iter().filter(|answer| answer.status == 303).count();
    let held_back = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((let_in, held_back), (10, 30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bf_11_a_redis_killed_in_the_middle_of_an_attack_shuts_what_sends_and_guesses_and_nothing_else() {
    let mut redis = Redis::start();
    let replicas = replicas(&redis).await;
    let places = [replicas.one.1, replicas.other.1];
    let processes = || [&replicas.one.0, &replicas.other.0];
    let link = replicas.link(1).await;
    for process in processes() {
        until("a first look", || is_up(process).then_some(()));
    }
    let attack: Vec<u16> = (0..4).map(|number| status(places[number % 2])).collect();
    assert_eq!(attack, [303; 4]);

    redis.kill();

    for place in places {
        let refused = start(place);
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert_eq!(refused.header("retry-after"), Some("30"));
    }
    let opened = places.map(|place| Opened::new(&link, place));
    for (browser, place) in opened.iter().zip(places) {
        let post = |verb: &str, fields| Request::new("POST", &format!("{}/{verb}", browser.page), HOST).form(fields);
        assert_eq!(post("resend", &[]).send(place).status, 503);
        assert_eq!(post("code", &[("code", "12345678")]).send(place).status, 503);
        assert_eq!(browser.set("short").send(place).status, 422, "a password is looked at");
    }
    let set = opened[0].set("plinth ostrich varnish").send(places[0]);
    assert_eq!(set.status, 303, "{}", set.body);
    replicas.mails.mail(2).await;
    for process in processes() {
        until("a degraded state", || (limits(process) == Value::from(vec!["degraded", "down"])).then_some(()));
        let metrics = ask(process, "/metrics").body;
        assert!(metrics.contains("regain_limits_reachable 0"), "{metrics}");
        assert!(metrics.contains("regain_uncounted_requests_total{limit=\"start\"}"), "{metrics}");
    }

    redis.come_back();

    for process in processes() {
        until("a state without fault", || is_up(process).then_some(()));
    }
    // What was counted has gone with the server, and is counted anew.
    let allowed: Vec<u16> = (0..10).map(|number| status(places[number % 2])).collect();
    assert_eq!(allowed, [303; 10]);
    assert_eq!(places.map(status), [429; 2]);
    for process in processes() {
        assert_eq!(said(process, "the shared limits cannot be reached"), 1, "{}", process.said());
        assert_eq!(said(process, "the shared limits can be reached again"), 1, "{}", process.said());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_forgets_clients_and_is_taught_the_script_again() {
    let redis = Redis::start();
    let replicas = replicas(&redis).await;
    let place = replicas.one.1;
    assert!((0..10).all(|_| status(place) == 303) && status(place) == 429);

    redis.tell::<()>(&["FLUSHALL"]).await;
    redis.tell::<()>(&["SCRIPT", "FLUSH"]).await;

    assert!((0..10).all(|_| status(place) == 303) && status(place) == 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_starts_without_its_redis_and_counts_as_soon_as_that_is_there() {
    let mut redis = Redis::start();
    redis.kill();
    let replicas = replicas(&redis).await;

    let before = status(replicas.one.1);
    redis.come_back();
    // Each looks for it once a second, and none of what it answers before that is counted.
    for process in [&replicas.one, &replicas.other] {
        until("a start", || (status(process.1) == 303).then_some(()));
    }
    let then: Vec<u16> = (0..10).map(|_| status(replicas.other.1)).collect();

    assert_eq!(before, 503);
    assert_eq!(then, [vec![303; 8], vec![429; 2]].concat(), "two have been counted, one by each");
}
