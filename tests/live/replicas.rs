//! RC and TL over the wire: two processes on one PostgreSQL, with the mails of a real mail server.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use regain::clock::SystemClock;
use regain::domain::id::{RecoveryId, TenantId};
use regain::domain::key::Keyset;
use regain::domain::recovery::COOL_DOWN;
use regain::domain::secret::Secret;
use regain::identity::Hashing;
use regain::identity::local::Directory;
use regain::store::Store;
use serde_json::Value;
use tokio_util::task::TaskTracker;

use super::database::Database;
use super::mailbox::{self, Mailbox};
use super::process::{PATIENCE, Process};
use super::wire::{Answer, Request, at_once};

pub(crate) const HOST: &str = "acme.localhost:8080";
const OLD: &str = "the old pass phrase of before";
/// Requests at once, half of them to each process.
const MANY: usize = 40;

/// Two processes that share configuration, keys and database, and differ in their port.
pub(crate) struct Replicas {
    pub(crate) one: (Process, SocketAddr),
    pub(crate) other: (Process, SocketAddr),
    pub(crate) mails: Mailbox,
    database: Database,
    _folder: tempfile::TempDir,
}

impl Replicas {
    /// Starts both, with alice in the directory.
    async fn start() -> Self {
        Self::start_with("others_per_10_min = 600").await
    }

    /// The same, with these lines in `[limits]`.
    pub(crate) async fn start_with(limits: &str) -> Self {
        Self::start_as(limits, "").await
    }

    /// The same, with these lines in the tenant's `[recovery]` as well.
    pub(crate) async fn start_as(limits: &str, recovery: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path()).await;
        write(folder.path(), &database, limits, recovery);
        let name = data_encoding::HEXLOWER.encode(RecoveryId::random().as_bytes());
        let address = format!("{name}@example.org");
        let mails = Mailbox::open(&address, HOST);
        add_account(folder.path(), &address);
        let (one, other) = (serve(folder.path()), serve(folder.path()));
        Self { one, other, mails, database, _folder: folder }
    }

    /// The directory that both keep, seen from beside them.
    async fn directory(&self) -> Directory {
        let store = Store::open(&self.database.settings(false), &TaskTracker::new()).await.expect("a store");
        let acme = TenantId::parse("acme").expect("an id");
        Directory::new(store.tenant(&acme), Arc::new(SystemClock::default()), Hashing::new(1))
    }

    /// Asks the first for a recovery, and waits for the link.
    pub(crate) async fn link(&self, number: usize) -> String {
        let asked = Request::new("POST", "/recovery/", HOST).form(&[("identifier", "alice")]).send(self.one.1);
        assert_eq!(asked.status, 303, "{}", asked.body);
        self.link_of(number).await
    }

    /// The link in the mail with this number.
    pub(crate) async fn link_of(&self, number: usize) -> String {
        let link = self.mails.link_within(number, COOL_DOWN + PATIENCE).await;
        link.strip_prefix(&format!("http://{HOST}")).expect("a link to the public address").to_owned()
    }

    /// Asks the first for a code, and waits for it. Gives the recovery's page and the code.
    pub(crate) async fn code(&self, number: usize) -> (String, String) {
        let fields = [("identifier", "alice"), ("method", "email_otp")];
        let asked = Request::new("POST", "/recovery/", HOST).form(&fields).send(self.one.1);
        assert_eq!(asked.status, 303, "{}", asked.body);
        let page = asked.header("location").expect("a page").to_owned();
        let mail = self.mails.mail_within(number, COOL_DOWN + PATIENCE).await;
        let text = mail["text"].as_str().expect("a text");
        let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        (page, text.split_whitespace().find(is_code).expect("a code").to_owned())
    }

    /// Codes for one page, each from a client of its own, half of them at each process, all at the same moment.
    fn guess(&self, page: &str, codes: &[String]) -> Vec<Answer> {
        let page = format!("{page}/code");
        self.post_at_once(codes, |code| Request::new("POST", &page, HOST).form(&[("code", code)]))
    }

    /// The same by the API, which tells what each of them was judged to be, and not what has become of the codes meanwhile.
    fn guess_by_api(&self, page: &str, codes: &[String]) -> Vec<Answer> {
        let id = page.rsplit('/').next().expect("an id");
        let call = format!("/recovery/api/v1/recoveries/{id}/verify");
        self.post_at_once(codes, |code| {
            Request::new("POST", &call, HOST).json(&serde_json::json!({ "code": code }).to_string())
        })
    }

    fn post_at_once(&self, codes: &[String], request: impl Fn(&str) -> Request) -> Vec<Answer> {
        let places = [self.one.1, self.other.1];
        let requests: Vec<(Request, SocketAddr)> = codes
            .iter()
            .enumerate()
            .map(|(number, code)| {
                let client = format!("198.18.{}.{}", number / 250, number % 250 + 1);
                (request(code).header("x-forwarded-for", &client), places[number % 2])
            })
            .collect();
        at_once(&requests)
    }
}

/// A browser that has opened a link or typed a right code.
pub(crate) struct Opened {
    pub(crate) page: String,
    cookie: String,
}

impl Opened {
    pub(crate) fn new(link: &str, at: SocketAddr) -> Self {
        Self::by(&Request::new("GET", link, HOST).send(at))
    }

    /// What an answer has made of a browser: it holds a proof.
    fn by(opened: &Answer) -> Self {
        assert_eq!(opened.status, 303, "{}", opened.body);
        let cookie = opened.header("set-cookie").and_then(|line| line.split(';').next()).expect("a proof");
        Self { page: opened.header("location").expect("a page").to_owned(), cookie: cookie.to_owned() }
    }

    fn page(&self) -> Request {
        Request::new("GET", &self.page, HOST).header("cookie", &self.cookie)
    }

    pub(crate) fn set(&self, password: &str) -> Request {
        let fields = [("new_password", password), ("confirm_password", password)];
        Request::new("POST", &format!("{}/password", self.page), HOST).header("cookie", &self.cookie).form(&fields)
    }
}

fn write(folder: &Path, database: &Database, limits: &str, recovery: &str) {
    let regain = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n[management]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
         [limits]\n{limits}\n[secrets]\nkeys_file = \"regain.keys\"\n{}",
        database.section()
    );
    let tenant = format!(
        "name = \"Acme\"\nhosts = [\"acme.localhost\"]\npublic_url = \"http://{HOST}\"\n[provider]\nkind = \"local\"\n\
         [recovery]\nsign_in_url = \"http://{HOST}/\"\nmethods = [\"email_link\", \"email_otp\"]\n{recovery}\n\
         [email]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"no-reply@acme.example\"\n",
        mailbox::SMTP
    );
    std::fs::create_dir(folder.join("tenants")).expect("a folder");
    std::fs::write(folder.join("regain.toml"), regain).expect("a file");
    std::fs::write(folder.join("tenants/acme.toml"), tenant).expect("a file");
    let mut keys = OpenOptions::new();
    let mut keys = keys.write(true).create_new(true).mode(0o600).open(folder.join("regain.keys")).expect("a file");
    keys.write_all(Keyset::generate().as_bytes()).expect("a file");
    std::fs::write(folder.join("password"), OLD).expect("a file");
}

fn regain() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
    command.env_clear();
    command
}

fn add_account(folder: &Path, address: &str) {
    let mut command = regain();
    command.args(["account", "add", "acme", "alice", "--email", address, "--verified", "--password-file"]);
    command.arg(folder.join("password")).arg("--config").arg(folder).stdin(Stdio::null());
    let added = command.output().expect("a program");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
}

fn serve(folder: &Path) -> (Process, SocketAddr) {
    Process::start(regain().arg("serve").arg("--config").arg(folder), |line| {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["message"] == "listening" { line["address"].as_str()?.parse().ok() } else { None }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rc_03_many_uses_of_one_link_at_two_replicas_change_the_password_once() {
    let mut replicas = Replicas::start().await;
    let directory = replicas.directory().await;
    let session = directory.sign_in("alice", &Secret::new(OLD)).await.expect("a session");
    let link = replicas.link(1).await;
    let places = [replicas.one.1, replicas.other.1];
    let browsers = places.map(|place| Opened::new(&link, place));
    // What a process does the first time takes longer; neither shall win by that.
    for (browser, place) in browsers.iter().zip(places) {
        let refused = browser.set("short").send(place);
        assert_eq!(refused.status, 422, "{}", refused.body);
    }
    let passwords: Vec<String> = (0..MANY).map(|number| format!("plinth ostrich varnish {number}")).collect();
    let requests: Vec<(Request, SocketAddr)> = passwords
        .iter()
        .enumerate()
        .map(|(number, password)| (browsers[number % 2].set(password), places[number % 2]))
        .collect();

    let answers = at_once(&requests);

    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let winners: Vec<usize> = (0..MANY).filter(|number| statuses[*number] == 303).collect();
    let [winner] = winners[..] else { panic!("not one: {statuses:?}") };
    assert!(statuses.iter().all(|status| [303, 409, 410].contains(status)), "{statuses:?}");
    assert!(directory.session(&session).await.expect("a store").is_none(), "the session of before is ended");
    assert!(directory.sign_in("alice", &Secret::new(OLD)).await.is_err(), "the old password is refused");
    let loser = &passwords[(winner + 1) % MANY];
    assert!(directory.sign_in("alice", &Secret::new(loser)).await.is_err(), "a loser's password is refused");
    directory.sign_in("alice", &Secret::new(&passwords[winner])).await.expect("the winner's password");
    let notice = replicas.mails.mail(2).await;
    assert!(notice["subject"].as_str().is_some_and(|subject| subject.contains("was changed")), "{notice}");
    replicas.one.0.stop();
    replicas.other.0.stop();
    assert_eq!(replicas.mails.arrived().len(), 2, "one link, one notice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tl_01_a_link_used_at_one_replica_is_dead_at_the_other() {
    let replicas = Replicas::start().await;
    let link = replicas.link(1).await;
    let [one, other] = [replicas.one.1, replicas.other.1].map(|place| Opened::new(&link, place));

    let used = one.set("plinth ostrich varnish").send(replicas.one.1);
    let replayed = other.set("another varnish plinth").send(replicas.other.1);
    let page = other.page().send(replicas.other.1);

    assert_eq!(used.status, 303, "{}", used.body);
    assert_eq!(replayed.status, 410, "{}", replayed.body);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Your password has been changed") && !page.body.contains("new_password"));
    replicas.mails.mail(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rc_04_links_of_two_recoveries_at_two_replicas_change_the_password_once() {
    let replicas = Replicas::start().await;
    // The second waits for the account's cool-down.
    let links = [replicas.link(1).await, replicas.link(2).await];
    let places = [replicas.one.1, replicas.other.1];
    let requests: Vec<(Request, SocketAddr)> = (0..2)
        .map(|number| {
            let browser = Opened::new(&links[number], places[number]);
            (browser.set(&format!("plinth ostrich varnish {number}")), places[number])
        })
        .collect();

    let answers = at_once(&requests);

    let mut statuses: Vec<u16> = answers.iter().map(|Answer { status, .. }| *status).collect();
    statuses.sort_unstable();
    assert!(matches!(statuses[..], [303, 409 | 410]), "{statuses:?}");
    replicas.mails.mail(3).await;
}

/// Two tabs of the browser that typed the right code, each with a password of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rc_04_one_reset_token_and_two_passwords_at_two_replicas_change_the_password_once() {
    let mut replicas = Replicas::start().await;
    let directory = replicas.directory().await;
    let (page, code) = replicas.code(1).await;
    let places = [replicas.one.1, replicas.other.1];
    let typed = Request::new("POST", &format!("{page}/code"), HOST).form(&[("code", &code)]).send(places[0]);
    let browser = Opened::by(&typed);
    // What a process does the first time takes longer; neither shall win by that.
    for place in places {
        assert_eq!(browser.set("short").send(place).status, 422);
    }
    let passwords = ["plinth ostrich varnish", "another varnish plinth"];

    let answers = at_once(&[(browser.set(passwords[0]), places[0]), (browser.set(passwords[1]), places[1])]);

    let statuses = [answers[0].status, answers[1].status];
    let winner = usize::from(statuses[1] == 303);
    assert_eq!(statuses[winner], 303, "{statuses:?}");
    assert!([409, 410].contains(&statuses[1 - winner]), "{statuses:?}");
    directory.sign_in("alice", &Secret::new(passwords[winner])).await.expect("the winner's password");
    for refused in [OLD, passwords[1 - winner]] {
        assert!(directory.sign_in("alice", &Secret::new(refused)).await.is_err(), "{refused} is refused");
    }
    // Settled, the token is used up at both.
    assert_eq!(places.map(|place| browser.set("yet another plinth").send(place).status), [410; 2]);
    replicas.mails.mail(2).await;
    replicas.one.0.stop();
    replicas.other.0.stop();
    assert_eq!(replicas.mails.arrived().len(), 2, "one code, one notice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rc_01_the_right_code_fifty_times_at_two_replicas_is_right_once() {
    let replicas = Replicas::start().await;
    let (page, code) = replicas.code(1).await;

    let answers = replicas.guess(&page, &vec![code; 50]);

    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![303], vec![422; 49]].concat(), "one is right, the others are wrong ones");
    let proofs = answers.iter().filter(|answer| answer.header("set-cookie").is_some()).count();
    assert_eq!(proofs, 1, "one browser was given a reset token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rc_02_five_hundred_codes_at_two_replicas_get_five_verdicts() {
    let replicas = Replicas::start().await;
    let (page, code) = replicas.code(1).await;
    let right: u32 = code.parse().expect("digits");
    let mut guesses: Vec<String> = (1..=500).map(|number| format!("{:08}", (right + number) % 100_000_000)).collect();

    let answers = replicas.guess_by_api(&page, &guesses);
    guesses.truncate(1);
    guesses[0] = code;
    let last = replicas.guess_by_api(&page, &guesses);

    let told = |answer: &Answer| serde_json::from_str::<serde_json::Value>(&answer.body).expect("JSON");
    let mut left: Vec<u64> = answers.iter().filter_map(|answer| told(answer)["attempts_left"].as_u64()).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4], "five are judged, each for a try of its own");
    let is_closed = |answer: &Answer| told(answer)["type"] == "urn:regain:problem:codes-closed";
    assert_eq!(answers.iter().filter(|answer| is_closed(answer)).count(), 495);
    assert!(is_closed(&last[0]), "the right code beyond the fifth: {}", last[0].body);
}
