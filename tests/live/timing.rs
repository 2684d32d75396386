//! EN-03: whether time tells who has an account. Thousands of interleaved requests on one connection that stays open, to the
//! program as it serves, with a worker that looks up, renders and sends meanwhile. Two statistics are printed for each pair
//! of classes: Welch's t on the faster nine tenths, and how well the best threshold on the time tells them apart (the area
//! under the curve: 0.5 is not at all).
//!
//! A single measurement of equal things crosses its bound now and then; a path that differs crosses it every time. So what
//! crosses is measured again, and fails where it has crossed three times.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use rand::seq::SliceRandom;
use regain::app;
use regain::channel::Inbox;
use regain::clock::SystemClock;
use regain::config::{self, Inputs};
use tokio_util::task::TaskTracker;

use crate::support::fake_identity::{FakeIdentity, Op, Person, Reply};

/// Requests of each class in one measurement.
const EACH: usize = 2000;
/// People of each class that there are; each is asked for several times.
const PEOPLE: usize = 500;
/// Above it two means differ (Goodwill et al., "A testing methodology for side-channel resistance validation", 2011).
const MOST_T: f64 = 4.5;
/// How far from not telling anything a classifier may be.
const MOST_AUC: f64 = 0.02;
/// How many times slower the slowest hundredth may be where nothing has changed: it is made of few requests.
const MOST_P99: f64 = 1.5;
/// Measurements before two classes are said to differ.
const TRIES: usize = 3;
const HOST: &str = "acme.localhost";

/// A class of people, by the first letter of its names.
type Class = char;

/// The program and a connection to it.
struct Stand {
    people: Arc<FakeIdentity>,
    stream: TcpStream,
    client: u32,
    // Last: the folder goes when nobody writes into it any more.
    _folder: tempfile::TempDir,
}

/// One answer and how long it took.
struct Timed {
    took: Duration,
    head: String,
}

impl Stand {
    /// Starts the program with `count` known and as many disabled people.
    async fn start(count: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("tenants")).expect("a folder");
        let regain = "[server]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n\
            [management]\nlisten = \"127.0.0.1:0\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n[log]\nlevel = \"error\"\n";
        let acme = format!(
            "name = \"Acme\"\nhosts = [\"{HOST}\"]\npublic_url = \"http://{HOST}\"\n[email]\nkind = \"inbox\"\n\
             [provider]\nkind = \"local\"\n[recovery]\nmethods = [\"email_otp\"]\n"
        );
        std::fs::write(folder.path().join("regain.toml"), regain).expect("a file");
        std::fs::write(folder.path().join("tenants/acme.toml"), acme).expect("a file");
        let inputs = Inputs { dir: folder.path().to_owned(), env: Vec::new() };
        let (config, problems) = config::load(&inputs).start().expect("a configuration");
        assert!(!problems.has_errors(), "{problems:?}");
        let clock = Arc::new(SystemClock::default());
        let people = Arc::new(FakeIdentity::new(clock.clone()));
        for number in 0..count {
            for class in ['k', 'd'] {
                let name = format!("{class}{number}");
                let person = Person::new(&name, &format!("{name}@example.org"), "a password of nobody's");
                people.add(Person { enabled: class == 'k', ..person });
            }
        }
        let provider = people.clone();
        let stand_in = move |tenant: &mut regain::tenant::Tenant| tenant.provider = provider.clone();
        let program = app::start_with(config, Some(Inbox::new()), clock, stand_in).await.expect("a program");
        let address = program.public_addr();
        let tasks = TaskTracker::new();
        tasks.spawn(program.run(std::future::pending()));
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { people, stream, client: 0, _folder: folder }
    }

    /// Posts a form as a browser of an address of its own does.
    fn post(&mut self, path: &str, form: &str, cookie: &str) -> Timed {
        self.client += 1;
        let [_, a, b, c] = self.client.to_be_bytes();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n\
             X-Forwarded-For: 10.{a}.{b}.{c}\r\nContent-Type: application/x-www-form-urlencoded\r\n{cookie}\
             Content-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let began = Instant::now();
        self.stream.write_all(request.as_bytes()).expect("a request");
        let mut read = Vec::with_capacity(16 * 1024);
        let mut buffer = [0; 16 * 1024];
        loop {
            let count = self.stream.read(&mut buffer).expect("an answer");
            assert!(count > 0, "the connection was closed");
            read.extend_from_slice(&buffer[..count]);
            if let Some(head) = whole(&read) {
                return Timed { took: began.elapsed(), head };
            }
        }
    }
}

/// The head of an answer that has come to its end.
fn whole(read: &[u8]) -> Option<String> {
    let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    (read.len() >= end + 4 + length.unwrap_or(0)).then_some(String::from_utf8_lossy(&read[..end]).into_owned())
}

/// What has been measured of one class.
#[derive(Default, Clone)]
struct Times(Vec<f64>);

/// Each class's requests in an order that chance gives, and how long each took.
fn interleaved(classes: &[Class], each: usize, mut ask: impl FnMut(Class, usize) -> Duration) -> Vec<Times> {
    let mut order: Vec<(usize, usize)> =
        (0..classes.len()).flat_map(|class| (0..each).map(move |number| (class, number))).collect();
    order.shuffle(&mut rand::rng());
    let mut times = vec![Times::default(); classes.len()];
    for (class, number) in order {
        times[class].0.push(ask(classes[class], number).as_secs_f64() * 1e6);
    }
    times
}

/// Welch's t on what is faster than nine tenths of all.
fn welch(one: &Times, other: &Times) -> f64 {
    let mut all: Vec<f64> = one.0.iter().chain(&other.0).copied().collect();
    all.sort_by(f64::total_cmp);
    let most = all[all.len() * 9 / 10];
    let moments = |times: &Times| {
        let kept: Vec<f64> = times.0.iter().copied().filter(|time| *time <= most).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((one_mean, one_error), (other_mean, other_error)) = (moments(one), moments(other));
    (one_mean - other_mean) / (one_error + other_error).sqrt()
}

/// How often a request of one class took longer than one of the other: the area under the classifier's curve.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn auc(one: &Times, other: &Times) -> f64 {
    let mut all: Vec<(f64, bool)> = one.0.iter().map(|time| (*time, true)).collect();
    all.extend(other.0.iter().map(|time| (*time, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks: f64 = all.iter().enumerate().filter(|(_, (_, is_one))| *is_one).map(|(rank, _)| rank as f64 + 1.0).sum();
    let (ones, others) = (one.0.len() as f64, other.0.len() as f64);
    (ranks - ones * (ones + 1.0) / 2.0) / (ones * others)
}

fn median(times: &Times) -> f64 {
    let mut sorted = times.0.clone();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Prints both statistics of a pair, and says whether time tells them apart.
fn differ(what: &str, names: [&str; 2], one: &Times, other: &Times) -> bool {
    let (t, auc) = (welch(one, other), auc(one, other));
    println!(
        "{what}: {} {:.0} us, {} {:.0} us at the median, n = {} each: Welch t = {t:+.2}, AUC = {auc:.4}",
        names[0],
        median(one),
        names[1],
        median(other),
        one.0.len()
    );
    t.abs() >= MOST_T || (auc - 0.5).abs() > MOST_AUC
}

/// Measures until nothing differs, or it has differed so often that it is no chance.
fn alike(what: &str, mut measure: impl FnMut(usize) -> bool) {
    let differed = (0..TRIES).take_while(|attempt| measure(*attempt)).count();
    assert!(differed < TRIES, "{what}: time tells known from unknown");
}

/// The recovery's id in a redirect.
fn id(answer: &Timed) -> String {
    let line = answer
        .head
        .lines()
        .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location")));
    let (_, location) = line.expect("a redirect");
    location.strip_prefix("/recovery/").expect("a recovery's page").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn en_03_time_tells_nobody_who_has_an_account() {
    let mut stand = Stand::start(PEOPLE).await;
    let mut started: Vec<(Class, String)> = Vec::new();

    alike("starts", |_| {
        started.clear();
        let times = interleaved(&['k', 'u', 'd'], EACH, |class, number| {
            let form = format!("identifier={class}{}%40example.org", number % PEOPLE);
            let answer = stand.post("/recovery/", &form, "");
            started.push((class, id(&answer)));
            answer.took
        });
        let unknown = differ("a start", ["known", "unknown"], &times[0], &times[1]);
        let disabled = differ("a start", ["known", "disabled"], &times[0], &times[2]);
        unknown || disabled
    });
    let of =
        |class| -> Vec<String> { started.iter().filter(|(of, _)| *of == class).map(|(_, id)| id.clone()).collect() };
    let (known, unknown) = (of('k'), of('u'));
    let ids = |class, number: usize| if class == 'k' { known[number].clone() } else { unknown[number].clone() };
    // What the worker has learned by now is what it would tell by.
    while stand.people.calls(Op::Find) < u32::try_from(EACH * 3).expect("few") {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    alike("codes", |_| {
        let times = interleaved(&['k', 'u'], EACH, |class, number| {
            let answer = stand.post(&format!("/recovery/{}/code", ids(class, number)), "code=31415926", "");
            assert!(answer.head.starts_with("HTTP/1.1 422"), "{}", answer.head);
            answer.took
        });
        differ("a wrong code", ["known", "unknown"], &times[0], &times[1])
    });

    alike("passwords", |_| {
        let times = interleaved(&['k', 'u'], EACH, |class, number| {
            let id = ids(class, number);
            let cookie = forged(&id);
            let form = "new_password=plinth+ostrich+varnish&confirm_password=plinth+ostrich+varnish";
            let answer = stand.post(&format!("/recovery/{id}/password"), form, &cookie);
            assert!(answer.head.starts_with("HTTP/1.1 410"), "{}", answer.head);
            answer.took
        });
        differ("a password with a forged link", ["known", "unknown"], &times[0], &times[1])
    });
}

/// A cookie with a link's token of the right form whose MAC is nobody's.
fn forged(id: &str) -> String {
    let recovery = BASE64URL_NOPAD.decode(id.as_bytes()).expect("an id");
    let token = [&[1, 1, 1][..], &recovery, &[1], &[7; 32]].concat();
    format!("Cookie: regain-{}=1..{}\r\n", &id[..8], BASE64URL_NOPAD.encode(&token))
}

/// Two programs at once, one before a provider that takes its time and one before a provider that does not, so that
/// whatever else the machine does meets both. The classes of the slow one are written large.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn en_03_a_provider_that_takes_three_seconds_moves_nothing() {
    let (mut quick, mut slow) = (Stand::start(PEOPLE).await, Stand::start(PEOPLE).await);
    slow.people.answer(Op::Find, (0..EACH * 2 * TRIES).map(|_| Reply::Late(3000)));
    let classes = ['k', 'u', 'K', 'U'];
    let mut started: BTreeMap<Class, Vec<String>> = BTreeMap::new();

    alike("starts before a slow provider", |_| {
        started.clear();
        let times = interleaved(&classes, EACH, |class, number| {
            let stand = if class.is_ascii_uppercase() { &mut slow } else { &mut quick };
            let form = format!("identifier={}{}%40example.org", class.to_ascii_lowercase(), number % PEOPLE);
            let answer = stand.post("/recovery/", &form, "");
            started.entry(class).or_default().push(id(&answer));
            answer.took
        });
        moves("a start", &times)
    });
    assert!(slow.people.calls(Op::Find) < u32::try_from(EACH).expect("few"), "it has really been slow");

    alike("codes before a slow provider", |_| {
        let times = interleaved(&classes, EACH, |class, number| {
            let stand = if class.is_ascii_uppercase() { &mut slow } else { &mut quick };
            let answer = stand.post(&format!("/recovery/{}/code", started[&class][number]), "code=31415926", "");
            assert!(answer.head.starts_with("HTTP/1.1 422"), "{}", answer.head);
            answer.took
        });
        moves("a wrong code", &times)
    });
}

/// Whether the slow provider moves the slowest hundredth, or makes known people known.
fn moves(what: &str, times: &[Times]) -> bool {
    let [quick, slow] = [0, 2].map(|at| {
        let mut both = [&times[at].0[..], &times[at + 1].0[..]].concat();
        both.sort_by(f64::total_cmp);
        both[both.len() * 99 / 100]
    });
    println!("{what}: p99 {slow:.0} us before a provider that takes 3 s, {quick:.0} us before one that takes no time");
    let is_told = differ(&format!("{what} before 3 s"), ["known", "unknown"], &times[2], &times[3]);
    is_told || slow > quick * MOST_P99
}

#[test]
fn the_statistics_tell_what_differs() {
    let noise = |shift: f64, seed: u64| {
        // As good as random for this, and the same each time.
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 40).expect("24 bits")) / f64::from(1_u32 << 24)
        };
        Times((0..4000).map(|_| shift + 1000.0 + 100.0 * (next() + next() + next())).collect())
    };
    let (one, same, slower) = (noise(0.0, 1), noise(0.0, 2), noise(8.0, 3));

    assert!(!differ("equal", ["one", "same"], &one, &same));
    assert!(differ("eight of 150 slower", ["one", "slower"], &one, &slower));
}
