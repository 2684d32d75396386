//! Keycloak's own tool for administrators, as the manual uses it: with the starter's server it comes along.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::realm::Realm;

const HOW_TO_GET_IT: &str =
    "no kcadm.sh: `tests/live/servers/keycloak start` unpacks it, or REGAIN_KEYCLOAK_HOME names one";

/// The tool, logged in as the administrator of the whole server, with a home of its own.
#[derive(Debug)]
pub(super) struct Kcadm {
    tool: PathBuf,
    home: tempfile::TempDir,
}

impl Kcadm {
    /// Logs in, as the README's first line does.
    pub(super) fn at(realm: &Realm) -> Self {
        let kcadm = Self { tool: tool(), home: tempfile::tempdir().expect("a folder") };
        let server = realm.admin.url();
        let who = ["--realm", "master", "--user", "admin", "--password", "admin-dev-password"];
        kcadm.run(&[&["config", "credentials", "--server", server], &who[..]].concat());
        kcadm
    }

    /// Runs one of its commands, which must succeed.
    pub(super) fn run(&self, arguments: &[&str]) {
        let mut command = Command::new(&self.tool);
        self.must(command.args(arguments));
    }

    /// Runs a script of `deploy/keycloak` for this realm, and gives what it says: the client's secret.
    pub(super) fn script(&self, name: &str, realm: &Realm) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/keycloak").join(name);
        let mut command = Command::new(script);
        command.env("KCADM", &self.tool).env("REALM", &realm.name).env("GROUP", "administrators");
        self.must(&mut command).trim_end().to_owned()
    }

    fn must(&self, command: &mut Command) -> String {
        // Its login lies in the home of whoever runs it, as Java sees it. The rest lets it start sooner.
        let options = format!("-Duser.home={} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC", self.home.path().display());
        let done = command.env("KC_OPTS", options).output().expect("a program");
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {told}");
        String::from_utf8(done.stdout).expect("a text")
    }
}

fn tool() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "where the server's files lie is told to the tests from outside")]
    let [home, target] = ["REGAIN_KEYCLOAK_HOME", "CARGO_TARGET_DIR"].map(std::env::var_os);
    if let Some(home) = home {
        return PathBuf::from(home).join("bin/kcadm.sh");
    }
    let target = target.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let unpacked = std::fs::read_dir(target.join("live/keycloak")).expect(HOW_TO_GET_IT);
    let tools = unpacked.flatten().map(|entry| entry.path().join("bin/kcadm.sh"));
    tools.into_iter().find(|tool| tool.is_file()).expect(HOW_TO_GET_IT)
}
