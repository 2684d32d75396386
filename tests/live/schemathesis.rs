//! The JSON API as its description says it is: Schemathesis makes calls out of the description, right ones and wrong
//! ones, and holds every answer of a real process against it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::mailbox::{self, Mailbox};
use super::process::Process;
use super::twilio::{PRISM, stand_in};
use super::wire::Request;

const HOST: &str = "acme.localhost:8080";
/// The tenant's own page, where links lead to.
const LINKS: &str = "http://localhost:5500/";
/// A backend's key, and its SHA-256.
const KEY: &str = "rb_7d8f3a1c5e9b2046a8c0d4f6e1b3957c";
const HASH: &str = "5eb86244e629b5b22e9170e1ea6d5b63391979e8cfa26fc32d5d6e9662c62d60";

/// What no answer may be otherwise than described. A call that the description allows may be refused (a code is wrong, a
/// token is dead), so nothing is asked about that.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance";

/// People who have an account. What the hooks make up is nobody.
const PEOPLE: usize = 4;

/// A tenant with every method and every limit at its ceiling. Mails go to the mail server, texts to the stand-in for
/// Twilio; calls that are made up mean nobody, so that none goes out for them.
fn serve(folder: &Path) -> (Process, SocketAddr) {
    let regain = "[server]\nlisten = \"127.0.0.1:0\"\n[management]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
        [store]\nurl = \"sqlite://data/regain.db\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n\
        [limits]\nstarts_per_10_min = 100\nstarts_per_hour = 300\ncodes_per_min = 60\nothers_per_10_min = 600\nbackend_calls_per_min = 6000\n";
    let texts = stand_in().account().section(PRISM);
    let tenant = format!(
        "name = \"Acme\"\nhosts = [\"acme.localhost\"]\npublic_url = \"http://{HOST}\"\n[provider]\nkind = \"local\"\n\
         [recovery]\nmethods = [\"email_link\", \"email_otp\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\n\
         link_url = \"{LINKS}\"\n\
         [email]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"no-reply@acme.example\"\n[sms]\n{texts}\
         [api]\norigins = [\"http://localhost:5500\"]\nbackends = [{{ name = \"tests\", key_hash = \"{HASH}\" }}]\n",
        mailbox::SMTP
    );
    std::fs::create_dir(folder.join("tenants")).expect("a folder");
    std::fs::write(folder.join("regain.toml"), regain).expect("a file");
    std::fs::write(folder.join("tenants/acme.toml"), tenant).expect("a file");
    for number in 0..PEOPLE {
        add_account(folder, number);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
    Process::start(command.env_clear().arg("serve").arg("--config").arg(folder), |line| {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["message"] == "listening" { line["address"].as_str()?.parse().ok() } else { None }
    })
}

fn add_account(folder: &Path, number: usize) {
    let (name, password) = (format!("person{number}"), folder.join("password"));
    std::fs::write(&password, "the old pass phrase of before").expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
    command.env_clear().args(["account", "add", "acme", &name, "--email", &address(number), "--verified"]);
    command.arg("--password-file").arg(password).arg("--config").arg(folder).stdin(Stdio::null());
    let added = command.output().expect("a program");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
}

fn address(number: usize) -> String {
    format!("schemathesis{number}@example.org")
}

/// A recovery of each person, with the code and the link's token that its mail holds: what no description tells, and
/// without which nothing is ever right.
async fn seeds(process: SocketAddr) -> Value {
    let mut seeds = Vec::new();
    for number in 0..PEOPLE {
        let mails = Mailbox::open(&address(number), LINKS);
        let body = json!({ "identifier": address(number), "method": "email_otp" }).to_string();
        let begun = Request::new("POST", "/recovery/api/v1/recoveries", HOST).json(&body).send(process);
        assert_eq!(begun.status, 202, "{}", begun.body);
        let begun: Value = serde_json::from_str(&begun.body).expect("JSON");
        let link = mails.link(1).await;
        let mail = mails.mail(1).await["text"].as_str().expect("a text").to_owned();
        let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        let code = mail.split_whitespace().find(is_code).expect("a code");
        let (_, token) = link.split_once("token=").expect("a token");
        seeds.push(json!({ "id": begun["id"], "code": code, "token": token }));
    }
    Value::from(seeds)
}

/// Where Schemathesis is; it is installed where it is not, by the first test that asks.
fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(install)
}

fn install() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/schemathesis");
    let output = Command::new(here.join("install")).output().expect("a shell");
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cannot install Schemathesis; is there python3-venv?\n{why}");
    String::from_utf8(output.stdout).expect("a path").trim().to_owned()
}

/// Holds the process at `address` against a description.
fn hold_against(description: &Path, address: SocketAddr, folder: &Path, bounds: &[&str], seeds: &Value) -> Output {
    let base = format!("http://{address}/recovery/api/v1");
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/schemathesis");
    Command::new(program())
        .current_dir(folder)
        .args(["run", "--no-color", "--seed", "1", "--checks", CHECKS, "--url", &base])
        .args(["--header", &format!("Host: {HOST}")])
        .args(bounds)
        .arg(description)
        .envs([("REGAIN_BASE", base.as_str()), ("REGAIN_HOST", HOST), ("REGAIN_KEY", KEY)])
        .env("REGAIN_SEEDS", seeds.to_string())
        .envs([("SCHEMATHESIS_HOOKS", "hooks"), ("PYTHONDONTWRITEBYTECODE", "1")])
        .env("PYTHONPATH", hooks)
        .output()
        .expect("a program")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// How many calls it made.
fn calls(said: &str) -> u32 {
    let line = said.lines().find(|line| line.contains(" generated, ")).unwrap_or_default();
    line.split_whitespace().next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// What a counter shows, over all label values that are not named.
fn counted(process: &Process, name: &str, label: &str) -> u64 {
    let management = process.said().lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        line["management.address"].as_str()?.parse::<SocketAddr>().ok()
    });
    let metrics = Request::new("GET", "/metrics", "127.0.0.1").send(management.expect("a listener")).body;
    let meant = metrics.lines().filter(|line| line.starts_with(&format!("{name}{{")) && line.contains(label));
    meant.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ds_10_no_answer_is_undocumented_and_none_is_a_failure_of_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let (process, address) = serve(folder.path());

    let bounds = ["--phases", "examples,coverage,fuzzing", "--max-examples", "100", "--max-time", "90"];
    let output = hold_against(&description, address, folder.path(), &bounds, &seeds(address).await);
    let said = said(&output);

    assert!(output.status.success(), "{said}");
    assert!(calls(&said) > 500, "too few calls to mean anything: {said}");
    let right = counted(&process, "regain_code_checks_total", "result=\"right\"");
    let changed = counted(&process, "regain_recoveries_finished_total", "outcome=\"changed\"");
    println!("Schemathesis made {} calls, {right} codes were right and {changed} passwords set", calls(&said));
    assert!(right > 0 && changed > 0, "{right} codes were right and {changed} passwords set: the answers are not held");
    assert!(!process.said().contains("\"level\":\"ERROR\""), "{}", process.said());
}

/// The guard itself: with one status taken out of the description, the very same run fails.
#[test]
fn a_status_that_is_not_described_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let mut description: Value =
        serde_json::from_str(&std::fs::read_to_string(whole).expect("the description")).expect("JSON");
    let answers = &mut description["paths"]["/recoveries"]["post"]["responses"];
    answers.as_object_mut().expect("answers").remove("202").expect("a status that is described");
    let without = folder.path().join("openapi.json");
    std::fs::write(&without, description.to_string()).expect("a file");
    let (_process, address) = serve(folder.path());

    let output =
        hold_against(&without, address, folder.path(), &["--phases", "examples", "--max-time", "60"], &json!([]));

    assert!(!output.status.success());
    assert!(said(&output).contains("Undocumented status code"), "{}", said(&output));
}
