//! BF: guessing and flooding. Who is counted, that each deed is counted by itself, and that nothing opens where nobody
//! can count.

use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, StatusCode};
use regain::app;
use regain::channel::Inbox;
use regain::config::{self, Inputs};
use regain::domain::key::Keyset;
use regain::store::Store;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database::Database;
use crate::support::app::{NEW, TestApp, code_of, id, twice, typed};
use crate::support::browser::{Answer, Browser};
use crate::support::files;

/// Nobody listens there.
pub(super) const AWAY: &str = "[limits]\nstore = \"redis://127.0.0.1:9\"\n";
/// Headers by which clients, and proxies, say who the client is.
const CLAIMS: [&str; 4] = ["x-forwarded-for", "x-real-ip", "true-client-ip", "forwarded"];

/// The whole program behind a socket, and its end.
struct Program {
    address: SocketAddr,
    store: Store,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
    _database: Database,
    _folder: tempfile::TempDir,
}

impl Program {
    async fn start(server: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::create(folder.path()).await;
        let regain = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n{server}[management]\nlisten = \"127.0.0.1:0\"\n\
             [secrets]\nkeys_file = \"keys/regain.keys\"\n{}",
            database.section()
        );
        let tenant = "name = \"Acme\"\nhosts = [\"acme.localhost\"]\npublic_url = \"http://acme.localhost\"\n\
                      [email]\nkind = \"inbox\"\n[provider]\nkind = \"local\"\n";
        for below in ["tenants", "keys"] {
            std::fs::create_dir(folder.path().join(below)).expect("a folder");
        }
        std::fs::write(folder.path().join("regain.toml"), regain).expect("a file");
        std::fs::write(folder.path().join("tenants/acme.toml"), tenant).expect("a file");
        files::replace(&folder.path().join("keys"), "regain.keys", Keyset::generate().as_bytes());
        let inputs = Inputs { dir: folder.path().to_owned(), env: Vec::new() };
        let (config, _) = config::load(&inputs).start().expect("a configuration");
        let program = app::start(config, Some(Inbox::new())).await.expect("a program");
        let (address, store) = (program.public_addr(), program.store().clone());
        let (stop, stopped) = oneshot::channel();
        let running = async move {
            program.run(async { stopped.await.unwrap_or_default() }).await;
        };
        #[expect(clippy::disallowed_methods, reason = "the test waits for its end itself")]
        let running = tokio::spawn(running);
        Self { address, store, stop: Some(stop), running, _database: database, _folder: folder }
    }

    /// A start by somebody who claims to be this.
    async fn start_as(&self, claims: &[(&'static str, String)]) -> StatusCode {
        let browser = Browser::at_address(self.address, "acme.localhost");
        let mut request = browser.form("/recovery/", &[("identifier", "nobody@example.org")]);
        for (name, claim) in claims {
            request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(claim).expect("a claim"));
        }
        browser.send(request).await.status
    }

    /// The addresses from which recoveries were begun, as the audit has them.
    async fn seen(&self) -> Vec<String> {
        let lines = self.store.tenant(&id("acme")).audit(200).await.expect("an audit");
        let lines = lines.into_iter().filter(|line| line.event == "recovery.requested");
        lines.map(|line| line.source_ip.unwrap_or_default()).collect()
    }

    async fn end(mut self) {
        drop(self.stop.take());
        self.running.await.expect("a program that ends");
    }
}

/// All of them at once, new each time, over one hop or two.
fn claims(number: u8, hops: u8) -> Vec<(&'static str, String)> {
    let claimed = format!("203.0.113.{number}");
    let through = if hops == 1 { claimed.clone() } else { format!("198.51.100.{number}, {claimed}") };
    let forwarded = through.split(", ").map(|hop| format!("for={hop}")).collect::<Vec<String>>().join(", ");
    CLAIMS.map(|name| (name, if name == "forwarded" { forwarded.clone() } else { through.clone() })).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bf_05_nobody_is_another_client_by_saying_so() {
    let program = Program::start("").await;

    let mut let_in = Vec::new();
    for number in 1..=50 {
        let status = program.start_as(&claims(number, 1 + number % 2)).await;
        assert!([StatusCode::SEE_OTHER, StatusCode::TOO_MANY_REQUESTS].contains(&status), "{status}");
        if status == StatusCode::SEE_OTHER {
            let_in.push(number);
        }
    }

    assert_eq!(let_in, (1..=10).collect::<Vec<u8>>());
    assert_eq!(program.seen().await, vec!["127.0.0.1"; 10], "the socket's peer");
    program.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bf_05_behind_a_trusted_proxy_the_client_is_what_that_one_saw() {
    let program = Program::start("trusted_proxies = [\"127.0.0.1\"]\n").await;

    let mut let_in = 0;
    for number in 1..=50 {
        // Whatever stands left of it was sent by the client; the proxy adds whom it saw.
        let mut claims = claims(number, 1 + number % 2);
        claims[0].1.push_str(", 192.0.2.7");
        let_in += usize::from(program.start_as(&claims).await == StatusCode::SEE_OTHER);
    }
    let another = program.start_as(&[("x-forwarded-for", "192.0.2.8".to_owned())]).await;

    assert_eq!((let_in, another), (10, StatusCode::SEE_OTHER));
    let mut seen = program.seen().await;
    seen.sort();
    assert_eq!(seen.iter().filter(|ip| *ip == "192.0.2.7").count(), 10);
    assert_eq!(seen.last().map(String::as_str), Some("192.0.2.8"));
    program.end().await;
}

/// Sends the same request until it is held back, and says how many were not.
async fn until_held_back(browser: &Browser, make: impl Fn() -> Request<axum::body::Body>) -> (usize, Answer) {
    for sent in 0..200 {
        let answer = browser.send(make()).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return (sent, answer);
        }
    }
    panic!("never held back");
}

#[tokio::test]
async fn bf_02_each_verb_has_a_limit_of_its_own_which_no_other_one_feeds() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    let page = browser.get(&link).await.location().to_owned();
    let form = |verb: &str, fields: &[(&str, &str)]| browser.form(&format!("{page}/{verb}"), fields);

    let (passwords, held_back) = until_held_back(&browser, || form("password", &twice("short"))).await;
    let (cancels, _) = until_held_back(&browser, || form("cancel", &[])).await;
    let (resends, _) = until_held_back(&browser, || form("resend", &[])).await;
    let (links, _) = until_held_back(&browser, || browser.request("GET", &link)).await;
    let (starts, _) =
        until_held_back(&browser, || browser.form("/recovery/", &[("identifier", "x@example.org")])).await;

    assert_eq!((passwords, cancels, resends, links, starts), (30, 30, 30, 29, 9), "one link and one start came before");
    let wait: u64 = held_back.headers["retry-after"].to_str().expect("a number").parse().expect("a number");
    assert!((1..=20).contains(&wait), "{wait}");
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn bf_02_passwords_with_a_reset_token_have_a_limit_of_their_own_and_the_token_lives() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    let form = |verb: &str, fields: &[(&str, &str)]| browser.form(&format!("/recovery/{id}/{verb}"), fields);

    let (passwords, _) = until_held_back(&browser, || form("password", &twice("short"))).await;
    let (codes, _) = until_held_back(&browser, || form("code", &typed("31415926"))).await;
    let elsewhere = app.browser("acme");
    elsewhere.cookies.borrow_mut().extend(browser.cookies.borrow().clone());
    let set = elsewhere.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    assert_eq!((passwords, codes), (30, 9), "one code came before");
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn bf_02_a_tenants_own_limit_is_held_and_is_nobody_elses() {
    let app = TestApp::builder().tenant("acme", "[limits]\nstarts_per_10_min = 2\n").build().await;
    let (acme, globex) = (app.browser("acme"), app.browser("globex"));
    let start = |browser: &Browser| browser.form("/recovery/", &[("identifier", "x@example.org")]);

    let (at_acme, _) = until_held_back(&acme, || start(&acme)).await;
    let (at_globex, _) = until_held_back(&globex, || start(&globex)).await;
    app.reload(|file| file.replace("starts_per_10_min = 2", "starts_per_10_min = 1"));
    let (after_a_reload, _) = until_held_back(&acme, || start(&acme)).await;

    assert_eq!((at_acme, at_globex, after_a_reload), (2, 10, 0));
    app.deliver().await;
}

#[tokio::test]
async fn bf_11_where_nobody_can_count_nothing_is_sent_and_a_holder_of_the_link_goes_on() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (recovery, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(2));

    let app = app.reconfigured(AWAY).await;
    let cookies = browser.cookies;
    let browser = app.browser("acme");
    *browser.cookies.borrow_mut() = cookies.into_inner();
    let start = browser.post("/recovery/", &[("identifier", "alice@example.org")]).await;
    let unknown = app.browser("acme").post("/recovery/", &[("identifier", "nobody@example.org")]).await;
    let resend = browser.post(&format!("/recovery/{recovery}/resend"), &[]).await;
    let code = browser.post(&format!("/recovery/{recovery}/code"), &[("code", "12345678")]).await;
    let mut as_json = browser.form("/recovery/", &[("identifier", "alice@example.org")]);
    as_json.headers_mut().insert("accept", HeaderValue::from_static("application/json"));
    let as_json = browser.send(as_json).await;
    app.deliver().await;
    let opened = browser.get(&link).await;
    let cancelled = browser.post(&format!("{}/cancel", opened.location()), &[]).await;
    // Whoever cancelled lets go of the proof; the link lives on.
    app.wait(Duration::from_mins(1));
    let opened_again = browser.get(&link).await;
    let set = browser.post(&format!("{}/password", opened_again.location()), &twice(NEW)).await;

    for answer in [&start, &unknown, &resend, &code, &as_json] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
        assert_eq!(answer.headers["retry-after"], "30");
    }
    assert_eq!(start.shape(""), unknown.shape(""));
    assert!(as_json.body.contains("urn:regain:problem:try-later"), "{}", as_json.body);
    assert_eq!(app.new_mails().len(), 0, "nothing was sent");
    assert_eq!((opened.status, cancelled.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    app.deliver().await;
    app.one_mail();
}
