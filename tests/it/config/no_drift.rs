//! The manual, `config/regain.toml`, is the lowest layer: what it says holds. These tests show that it says everything.

use std::collections::BTreeSet;
use std::path::PathBuf;

use regain::config::{Inputs, load};

use super::{Folder, wiring};

fn manual() -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/regain.toml")).expect("the manual")
}

#[test]
fn the_shipped_samples_pass_check() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config");

    let (problems, tenants) = load(&Inputs { dir, env: Vec::new() }).into_parts();
    let (registry, found) = tenants.expect("tenants").build(&wiring());

    let told: Vec<String> = problems.iter().chain(found.iter()).map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(registry.tenants().count(), 3);
}

#[test]
fn the_manual_as_a_whole_changes_nothing() {
    let silent = Folder::acme("");
    let manual = Folder::new(&manual()).with("tenants/acme.toml", super::ACME);
    let values = |folder: &Folder| -> BTreeSet<String> {
        let loaded = folder.load();
        let lines = loaded.lines().iter().filter(|line| !line.key.starts_with("host."));
        lines.map(|line| folder.portable(&format!("{} = {}", line.key, line.value))).collect()
    };

    assert_eq!(values(&silent), values(&manual));
    assert_eq!(manual.told(), "");
}

/// Asks the schema itself: a key that cannot exist makes every table name the keys it knows.
#[test]
fn every_key_that_is_known_stands_in_the_manual() {
    let sections = [
        "server",
        "management",
        "admin",
        "store",
        "secrets",
        "tenants",
        "limits",
        "audit",
        "log",
        "telemetry",
        "templates",
    ];
    let probes = sections.map(|section| format!("[{section}]\nzzzzzzzz = 1\n")).concat();
    let tenant = format!(
        "zzzzzzzz = 1\n{}\n\
         [recovery]\nzzzzzzzz = 1\nemail_link = {{ zzzzzzzz = 1 }}\nemail_otp = {{ zzzzzzzz = 1 }}\nsms_otp = {{ zzzzzzzz = 1 }}\n\
         [password]\nzzzzzzzz = 1\n[brand]\nzzzzzzzz = 1\n[templates]\nzzzzzzzz = 1\n[limits]\nzzzzzzzz = 1\n\
         [api]\nzzzzzzzz = 1\nbackends = [{{ name = \"a\", key_hash = \"\", zzzzzzzz = 1 }}]\n[admin]\nzzzzzzzz = 1\n[upstream]\nzzzzzzzz = 1\nurl = \"http://127.0.0.1:1\"\n\
         [sms]\nkind = \"twilio\"\nzzzzzzzz = 1\n",
        super::ACME
            .replace("kind = \"local\"", "kind = \"local\"\nzzzzzzzz = 1\nprotect = { zzzzzzzz = 1 }")
            .replace("host = \"smtp", "zzzzzzzz = 1\nhost = \"smtp"),
    );
    let other = super::ACME
        .replace("acme", "globex")
        .replace("kind = \"local\"", "kind = \"keycloak\"\nzzzzzzzz = 1\nprotect = { zzzzzzzz = 1 }")
        + "[sms]\nkind = \"webhook\"\nzzzzzzzz = 1\n";
    let folder = Folder::new(&format!("zzzzzzzz = 1\n{probes}"))
        .with("tenants/acme.toml", &tenant)
        .with("tenants/globex.toml", &other);
    let told = folder.told();
    let manual = manual();

    let mut asked = 0;
    let mut missing = Vec::new();
    for line in told.lines().filter_map(|line| line.trim().strip_prefix("help: known")) {
        let (_, keys) = line.split_once(": ").expect("a list");
        asked += 1;
        for key in keys.split(", ") {
            let stands = ["\n", "# ", "{ ", ", ", "[", "[[", "defaults."]
                .iter()
                .any(|before| [" =", "]", "]]"].iter().any(|after| manual.contains(&format!("{before}{key}{after}"))));
            let is_told = manual.contains(&format!("`{key}`"));
            if !stands && !is_told {
                missing.push(key.to_owned());
            }
        }
    }
    assert!(asked >= 28, "only {asked} tables answered:\n{told}");
    assert_eq!(missing, Vec::<String>::new());
}
