//! BF-11, what is lost with a Redis in the middle of an attack on codes: what it counted of clients, and no guess.
//! Wrong codes are counted in the store, of a recovery and of an account.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::process::Process;
use super::super::replicas::{HOST, Opened, Replicas};
use super::super::wire::{Answer, Request};
use super::server::Redis;
use super::sharing::{is_up, replicas, replicas_with, until};

/// So many clients have guessed; each once, so that none meets a limit of its own.
static CLIENTS: AtomicU32 = AtomicU32::new(1);

fn guess(at: SocketAddr, page: &str, code: &str) -> Answer {
    let [_, high, middle, low] = CLIENTS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let request = Request::new("POST", &format!("{page}/code"), HOST);
    request.header("x-forwarded-for", &format!("10.{high}.{middle}.{low}")).form(&[("code", code)]).send(at)
}

fn places(replicas: &Replicas) -> [SocketAddr; 2] {
    [replicas.one.1, replicas.other.1]
}

/// So many wrong codes, one after another, the first after `given` that were wrong already. Gives what the last was
/// told.
fn guess_wrong(replicas: &Replicas, page: &str, code: &str, given: u32, count: u32) -> String {
    let right: u32 = code.parse().expect("digits");
    let mut last = String::new();
    for (number, place) in (1..=count).zip(places(replicas).into_iter().cycle()) {
        let wrong = format!("{:08}", (right + given + number) % 100_000_000);
        let answer = guess(place, page, &wrong);
        assert_eq!(answer.status, 422, "{}", answer.body);
        last = answer.body;
    }
    last
}

fn processes(replicas: &Replicas) -> [&Process; 2] {
    [&replicas.one.0, &replicas.other.0]
}

/// All of it is gone, the script as well.
async fn flush(redis: &Redis) {
    redis.tell::<()>(&["FLUSHALL"]).await;
    redis.tell::<()>(&["SCRIPT", "FLUSH"]).await;
}

/// It is gone and comes back with nothing in it; meanwhile no guess is looked at.
fn kill_and_come_back(redis: &mut Redis, replicas: &Replicas, page: &str, code: &str) {
    for process in processes(replicas) {
        until("a first look", || is_up(process).then_some(()));
    }
    redis.kill();
    for place in places(replicas) {
        assert_eq!(guess(place, page, code).status, 503, "not even the right code is looked at");
    }
    redis.come_back();
    for place in places(replicas) {
        // What is no code costs no try, and shows whether guesses are looked at again.
        until("a look at a guess", || (guess(place, page, "x").status == 422).then_some(()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bf_11_a_redis_flushed_in_the_middle_of_an_attack_gives_no_further_guess() {
    let redis = Redis::start();
    let replicas = replicas(&redis).await;
    let (page, code) = replicas.code(1).await;
    let told = guess_wrong(&replicas, &page, &code, 0, 4);
    assert!(told.contains("You have 1 try left"), "{told}");

    flush(&redis).await;

    let told = guess_wrong(&replicas, &page, &code, 4, 1);
    assert!(told.contains("No more codes can be tried"), "{told}");
    let right = guess(replicas.one.1, &page, &code);
    assert_eq!(right.status, 422, "the right code as the sixth");
    assert!(right.body.contains("No more codes can be tried"), "{}", right.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bf_11_a_redis_killed_in_the_middle_of_an_attack_gives_no_further_guess_when_it_is_back() {
    let mut redis = Redis::start();
    let replicas = replicas(&redis).await;
    let (page, code) = replicas.code(1).await;
    let told = guess_wrong(&replicas, &page, &code, 0, 4);
    assert!(told.contains("You have 1 try left"), "{told}");

    kill_and_come_back(&mut redis, &replicas, &page, &code);

    let told = guess_wrong(&replicas, &page, &code, 4, 1);
    assert!(told.contains("No more codes can be tried"), "{told}");
    let right = guess(replicas.one.1, &page, &code);
    assert_eq!(right.status, 422, "the right code as the sixth");
    assert!(right.body.contains("No more codes can be tried"), "{}", right.body);
}

/// Recoveries of more tries than are made of either, so that what refuses the right code is the account's count alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bf_11_an_accounts_ten_wrong_codes_outlive_a_redis_flushed_and_killed() {
    let mut redis = Redis::start();
    let replicas = replicas_with(&redis, "email_otp.attempts = 10").await;
    let (first_page, first) = replicas.code(1).await;
    // The second waits for the account's cool-down.
    let (second_page, second) = replicas.code(2).await;

    guess_wrong(&replicas, &first_page, &first, 0, 6);
    flush(&redis).await;
    guess_wrong(&replicas, &second_page, &second, 0, 3);
    kill_and_come_back(&mut redis, &replicas, &second_page, &second);
    let told = guess_wrong(&replicas, &second_page, &second, 3, 1);
    assert!(told.contains("You have 6 tries left"), "{told}");

    for (page, code, left) in [(&second_page, second, 5), (&first_page, first, 3)] {
        let right = guess(replicas.one.1, page, &code);
        assert_eq!(right.status, 422, "the right code after the account's ten");
        assert!(right.body.contains(&format!("You have {left} tries left")), "{}", right.body);
    }
    let link = replicas.link_of(2).await;
    let set = Opened::new(&link, replicas.one.1).set("plinth ostrich varnish").send(replicas.one.1);
    assert_eq!(set.status, 303, "the link works: {}", set.body);
}
