//! The example client of `docs/`, as it lies there, in a browser on an origin of its own: by link, by code, and "I did
//! not ask for this".

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use regain::domain::Timestamp;
use regain::domain::code::Code;
use regain::domain::id::{RecoveryId, TenantId};
use regain::domain::issue::Issue;
use regain::domain::key::Keyset;
use regain::domain::method::Method;
use regain::domain::token::Token;

use super::{Chromium, NEW};
use crate::mailbox::{self, Mailbox};
use crate::process::Process;

const OLD: &str = "the old pass phrase of before";

/// A tenant with a front end of its own, and alice in its directory.
struct Tenant {
    /// Where the front end lies.
    page: String,
    mails: Mailbox,
    keys: String,
    process: Process,
    _folder: tempfile::TempDir,
}

impl Tenant {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = TcpListener::bind("127.0.0.1:0").expect("a port");
        let page = format!("http://{}/", files.local_addr().expect("a port"));
        // Its public address holds its port, so it is chosen here.
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("a port").port();
        drop(free);
        let api = format!("http://acme.localhost:{port}");
        std::thread::spawn(move || serve(&files, &api));
        let keys = Keyset::generate().to_string();
        write(folder.path(), &page, port, &keys);
        let name = data_encoding::HEXLOWER.encode(RecoveryId::random().as_bytes());
        let address = format!("{name}@example.org");
        let mails = Mailbox::open(&address, &page);
        add_account(folder.path(), &address);
        let (process, ()) = Process::start(regain().arg("serve").arg("--config").arg(folder.path()), |line| {
            line.contains("\"listening\"").then_some(())
        });
        Self { page, mails, keys, process, _folder: folder }
    }

    /// The code of the recovery whose mail carries this link, for its first message.
    fn code(&self, link: &str) -> String {
        let token = Token::parse(link.split_once("token=").expect("a token").1).expect("a token");
        let keys = Keyset::parse(&self.keys).expect("a keyset").tenant(&TenantId::parse("acme").expect("an id"));
        let issue = Issue { number: 1, at: Timestamp::UNIX_EPOCH, method: Method::EmailOtp, digits: 8 };
        Code::derive(keys.signing(), token.recovery(), &issue, issue.digits).expose().to_owned()
    }
}

/// Serves the two files as any server of static files does, with a policy that allows them that one API.
fn serve(listener: &TcpListener, api: &str) {
    let page = include_str!("../../../docs/example-client/index.html");
    let page = page.replace("https://login.acme.example/recovery/api/v1", &format!("{api}/recovery/api/v1"));
    let script = include_str!("../../../docs/example-client/client.js");
    // A browser opens connections on which it never asks: none of them may keep another waiting.
    for stream in listener.incoming() {
        let (stream, page, api) = (stream.expect("a connection"), page.clone(), api.to_owned());
        std::thread::spawn(move || answer(stream, &page, script, &api));
    }
}

fn answer(mut stream: TcpStream, page: &str, script: &str, api: &str) {
    let mut head = String::new();
    let mut lines = BufReader::new(stream.try_clone().expect("a connection"));
    while lines.read_line(&mut head).is_ok_and(|bytes| bytes > 2) {}
    let (media_type, body) = match head.split([' ', '?']).nth(1) {
        Some("/") => ("text/html", page),
        Some("/client.js") => ("text/javascript", script),
        Some(_) | None => ("text/plain", ""),
    };
    let policy = format!("default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src {api}");
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}; charset=utf-8\r\ncontent-security-policy: {policy}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Whoever never asked is gone by now.
    drop(stream.write_all(answer.as_bytes()));
}

fn write(folder: &Path, page: &str, port: u16, keys: &str) {
    let origin = page.trim_end_matches('/');
    let regain = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\n[management]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
         [store]\nurl = \"sqlite://data/regain.db\"\n[secrets]\nkeys_file = \"regain.keys\"\n"
    );
    let tenant = format!(
        "name = \"Acme\"\nhosts = [\"acme.localhost\"]\npublic_url = \"http://acme.localhost:{port}\"\n\
         [provider]\nkind = \"local\"\n[recovery]\nmethods = [\"email_otp\", \"email_link\"]\nlink_url = \"{page}\"\n\
         [api]\norigins = [\"{origin}\"]\n[email]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
         from = \"no-reply@acme.example\"\n",
        mailbox::SMTP
    );
    std::fs::create_dir(folder.join("tenants")).expect("a folder");
    std::fs::write(folder.join("regain.toml"), regain).expect("a file");
    std::fs::write(folder.join("tenants/acme.toml"), tenant).expect("a file");
    let mut file = OpenOptions::new();
    let mut file = file.write(true).create_new(true).mode(0o600).open(folder.join("regain.keys")).expect("a file");
    file.write_all(keys.as_bytes()).expect("a file");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_end_of_the_tenants_own_goes_the_way_by_link() {
    let (tenant, chromium) = (Tenant::start(), Chromium::start());
    let asking = chromium.browser().await;
    asking.open(&tenant.page).await;
    asking.reads("Mail address or username").await;
    asking.fill("[name=identifier]", "alice").await;
    asking.click("[value=email_link]").await;
    asking.click("#ask button").await;
    asking.reads("a message is on its way").await;
    let link = tenant.mails.link(1).await;
    let token = link.split_once("token=").expect("a token").1;
    let elsewhere = chromium.browser().await;

    elsewhere.open(&link).await;
    elsewhere.reads("New password").await;
    elsewhere.fill("[name=password]", "password1").await;
    elsewhere.fill("[name=again]", "password1").await;
    elsewhere.click("#password button").await;
    elsewhere.reads("Use at least 15 characters.").await;
    let address = elsewhere.address().await;
    elsewhere.fill("[name=password]", NEW).await;
    elsewhere.fill("[name=again]", NEW).await;
    elsewhere.click("#password button").await;
    elsewhere.reads("You are signed out everywhere.").await;

    assert!(!address.contains("token"), "{address}");
    let requests = elsewhere.requests().await;
    let links = requests.iter().filter(|request| request["url"] == link.as_str()).count();
    assert_eq!(links, 1, "the link itself, and no other address holds the token");
    for request in requests.iter().filter(|request| request["url"] != link.as_str()) {
        assert!(!request.to_string().contains(token), "{request}");
    }
    assert_eq!(elsewhere.complaints().await, Vec::<String>::new());
    assert!(!tenant.process.said().contains(token), "{}", tenant.process.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_end_of_the_tenants_own_goes_the_way_by_code() {
    let (tenant, chromium) = (Tenant::start(), Chromium::start());
    let browser = chromium.browser().await;
    browser.open(&tenant.page).await;
    browser.reads("Mail address or username").await;
    browser.fill("[name=identifier]", "alice").await;
    browser.click("#ask button").await;
    browser.reads("a message is on its way").await;
    let code = tenant.code(&tenant.mails.link(1).await);
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };

    browser.fill("[name=code]", wrong).await;
    browser.click("#code button").await;
    browser.reads("You can try 4 more times.").await;
    browser.fill("[name=code]", &format!("{} {}", &code[..4], &code[4..])).await;
    browser.click("#code button").await;
    browser.reads("New password").await;
    browser.fill("[name=password]", NEW).await;
    browser.fill("[name=again]", NEW).await;
    browser.click("#password button").await;
    browser.reads("You are signed out everywhere.").await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_end_of_the_tenants_own_says_that_nobody_asked() {
    let (tenant, chromium) = (Tenant::start(), Chromium::start());
    let attacker = chromium.browser().await;
    attacker.open(&tenant.page).await;
    attacker.reads("Mail address or username").await;
    attacker.fill("[name=identifier]", "alice").await;
    attacker.click("#ask button").await;
    let link = tenant.mails.link(1).await;
    let owner = chromium.browser().await;

    owner.open(&link).await;
    owner.reads("New password").await;
    owner.click("#cancel").await;
    owner.reads("Whoever asked can do nothing with it.").await;
    attacker.fill("[name=code]", &tenant.code(&link)).await;
    attacker.click("#code button").await;

    attacker.reads("That is not the code.").await;
}
