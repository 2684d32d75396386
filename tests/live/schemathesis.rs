//! The JSON API as its description says it is: Schemathesis makes calls out of the description, right ones and wrong
//! ones, and holds every answer of a real process against it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use super::process::Process;

const HOST: &str = "acme.localhost:8080";
/// A backend's key, and its SHA-256.
const KEY: &str = "rb_7d8f3a1c5e9b2046a8c0d4f6e1b3957c";
const HASH: &str = "5eb86244e629b5b22e9170e1ea6d5b63391979e8cfa26fc32d5d6e9662c62d60";

/// What no answer may be otherwise than described. A call that the description allows may be refused (a code is wrong, a
/// token is dead), so nothing is asked about that.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance";

/// A tenant with every method that needs no text message, its mail server down, and every limit at its ceiling.
fn serve(folder: &Path) -> (Process, SocketAddr) {
    let regain = "[server]\nlisten = \"127.0.0.1:0\"\n[management]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
        [store]\nurl = \"sqlite://data/regain.db\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n\
        [limits]\nstarts_per_10_min = 100\nstarts_per_hour = 300\ncodes_per_min = 60\nothers_per_10_min = 600\nbackend_calls_per_min = 6000\n";
    let tenant = format!(
        "name = \"Acme\"\nhosts = [\"acme.localhost\"]\npublic_url = \"http://{HOST}\"\n[provider]\nkind = \"local\"\n\
         [recovery]\nmethods = [\"email_link\", \"email_otp\"]\nlink_url = \"http://localhost:5500/\"\n\
         [email]\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\nfrom = \"no-reply@acme.example\"\n\
         [api]\norigins = [\"http://localhost:5500\"]\nbackends = [{{ name = \"tests\", key_hash = \"{HASH}\" }}]\n"
    );
    std::fs::create_dir(folder.join("tenants")).expect("a folder");
    std::fs::write(folder.join("regain.toml"), regain).expect("a file");
    std::fs::write(folder.join("tenants/acme.toml"), tenant).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
    Process::start(command.env_clear().arg("serve").arg("--config").arg(folder), |line| {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["message"] == "listening" { line["address"].as_str()?.parse().ok() } else { None }
    })
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
fn hold_against(description: &Path, address: SocketAddr, folder: &Path, bounds: &[&str]) -> Output {
    let base = format!("http://{address}/recovery/api/v1");
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/schemathesis");
    Command::new(program())
        .current_dir(folder)
        .args(["run", "--no-color", "--seed", "1", "--checks", CHECKS, "--url", &base])
        .args(["--header", &format!("Host: {HOST}")])
        .args(bounds)
        .arg(description)
        .envs([("REGAIN_BASE", base.as_str()), ("REGAIN_HOST", HOST), ("REGAIN_KEY", KEY)])
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

#[test]
fn ds_10_no_answer_is_undocumented_and_none_is_a_failure_of_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let (process, address) = serve(folder.path());

    let bounds = ["--phases", "examples,coverage,fuzzing", "--max-examples", "100", "--max-time", "90"];
    let output = hold_against(&description, address, folder.path(), &bounds);
    let said = said(&output);

    assert!(output.status.success(), "{said}");
    assert!(calls(&said) > 500, "too few calls to mean anything: {said}");
    println!("Schemathesis made {} calls, and every answer is documented", calls(&said));
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

    let output = hold_against(&without, address, folder.path(), &["--phases", "examples", "--max-time", "60"]);

    assert!(!output.status.success());
    assert!(said(&output).contains("Undocumented status code"), "{}", said(&output));
}
