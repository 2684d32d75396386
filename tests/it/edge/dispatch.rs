//! The whole program on sockets: whose request it is, and what is said when nobody can answer it.

use std::future::pending;
use std::net::SocketAddr;

use regain::app;
use regain::config::{self, Inputs};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A program with one tenant on a host of its own whose upstream is not there, one on a path of a shared host, and one
/// whose file is mistaken.
struct Running {
    addr: SocketAddr,
    management: SocketAddr,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn start(upstream: SocketAddr) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("a file");
    std::fs::create_dir(folder.path().join("tenants")).expect("a folder");
    write(
        "regain.toml",
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[management]\nlisten = \"127.0.0.1:0\"\n\
             [store]\nurl = \"sqlite://data/regain.db\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n\
             [[host]]\nname = \"shared.rec.test\"\npublic_url = \"https://shared.rec.test\"\n\
             upstream = {{ url = \"http://{upstream}\" }}\n"
        ),
    );
    let common = "[provider]\nkind = \"local\"\n[email]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\n\
                  from = \"no-reply@acme.example\"\n";
    write(
        "tenants/acme.toml",
        format!(
            "name = \"Acme\"\nhosts = [\"acme.rec.test\"]\npublic_url = \"https://acme.rec.test\"\n\
             [recovery]\nsign_in_url = \"https://acme.rec.test/\"\n[upstream]\nurl = \"http://{upstream}\"\n{common}"
        ),
    );
    write(
        "tenants/path.toml",
        format!(
            "name = \"Path\"\nhost = \"shared.rec.test\"\npath = \"/t/path\"\n\
             public_url = \"https://shared.rec.test/t/path\"\n\
             [recovery]\nsign_in_url = \"https://shared.rec.test/t/path/\"\n{common}"
        ),
    );
    write(
        "tenants/broken.toml",
        format!(
            "name = \"Broken\"\nhosts = [\"broken.rec.test\"]\npublic_url = \"https://broken.rec.test\"\ncolour = 1\n{common}"
        ),
    );
    let inputs = Inputs { dir: folder.path().to_owned(), env: Vec::new() };
    let (config, _) = config::load(&inputs).start().expect("a configuration");
    let program = app::start(config, None).await.expect("a program");
    let (addr, management) = (program.public_addr(), program.management_addr());
    #[expect(clippy::disallowed_methods, reason = "the test ends it itself")]
    let task = tokio::spawn(program.run(pending()));
    Running { addr, management, task, _folder: folder }
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}

async fn ask(addr: SocketAddr, host: &str, path: &str, accept: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_in_the_tenants_words_or_as_json() {
    let running = start(nobody().await).await;

    let page = ask(running.addr, "acme.rec.test", "/app", "text/html").await;
    let json = ask(running.addr, "acme.rec.test", "/app", "application/json").await;
    let shared = ask(running.addr, "shared.rec.test", "/app", "text/html").await;

    assert!(page.starts_with("HTTP/1.1 502 ") && page.contains("– Acme</title>"), "{page}");
    assert!(json.starts_with("HTTP/1.1 502 ") && json.contains("application/problem+json"), "{json}");
    assert!(json.contains("urn:regain:problem:upstream-unreachable"), "{json}");
    assert!(shared.starts_with("HTTP/1.1 502 ") && shared.contains("text/plain"), "{shared}");
}

#[tokio::test]
async fn a_mistaken_tenant_answers_503_and_the_others_serve() {
    let running = start(nobody().await).await;

    let broken = ask(running.addr, "broken.rec.test", "/recovery/", "text/html").await;
    let acme = ask(running.addr, "acme.rec.test", "/recovery/", "text/html").await;
    let unknown = ask(running.addr, "unknown.rec.test", "/recovery/", "text/html").await;
    let metrics = ask(running.management, "127.0.0.1", "/metrics", "*/*").await;

    assert!(broken.starts_with("HTTP/1.1 503 ") && broken.contains("retry-after:"), "{broken}");
    assert!(acme.starts_with("HTTP/1.1 200 "), "{acme}");
    assert!(unknown.starts_with("HTTP/1.1 404 "), "{unknown}");
    assert!(metrics.contains("regain_tenant_config_valid{tenant=\"broken\"} 0"), "{metrics}");
    assert!(metrics.contains("regain_tenant_config_valid{tenant=\"acme\"} 1"), "{metrics}");
}

#[tokio::test]
async fn paths_match_whole_segments() {
    let running = start(nobody().await).await;

    let ours = ask(running.addr, "shared.rec.test", "/t/path/recovery/", "text/html").await;
    for theirs in ["/t/pathology/recovery/", "/t/path/recoveryx", "/recovery/", "/t/path"] {
        let answer = ask(running.addr, "shared.rec.test", theirs, "text/html").await;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{theirs}: {answer}");
    }
    assert!(ours.starts_with("HTTP/1.1 200 "), "{ours}");
}

#[tokio::test]
async fn below_our_paths_nothing_is_passed_on() {
    let running = start(nobody().await).await;

    for path in ["/recovery/nothing", "/recovery/assets/0/x.css", "/recovery/api/v1/nothing"] {
        let answer = ask(running.addr, "acme.rec.test", path, "text/html").await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    let posted = ask(running.addr, "acme.rec.test", "/recovery/AAAAAAAAAAAAAAAAAAAAAA/password", "text/html").await;
    assert!(posted.starts_with("HTTP/1.1 405 ") && posted.contains("allow: POST"), "{posted}");
}
