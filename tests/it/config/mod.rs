//! What an operator writes, and what is said about it.

mod ceilings;
mod commands;
mod help;
mod init;
mod intercept;
mod layers;
mod mistakes;
mod no_drift;
mod phones;
mod secrets;
mod tenants;

use std::path::Path;
use std::sync::Arc;

use regain::clock::SystemClock;
use regain::config::{Inputs, Loaded, load};
use regain::domain::key::Keyset;
use regain::domain::problem::Problems;
use regain::identity::Hashing;
use regain::outward::Clients;
use regain::store::Store;
use regain::template::Shipped;
use regain::tenant::{Registry, Wiring};
use tempfile::TempDir;

/// A tenant with nothing wrong in it.
const ACME: &str = r#"name = "Acme"
hosts = ["login.acme.example"]
public_url = "https://login.acme.example"

[provider]
kind = "local"

[email]
host = "smtp.acme.example"
from = "no-reply@acme.example"
"#;

/// A folder of configuration, and an environment.
struct Folder {
    dir: TempDir,
    env: Vec<(String, String)>,
}

impl Folder {
    fn new(regain: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("tenants")).expect("a folder");
        Self { dir, env: Vec::new() }.with("regain.toml", regain)
    }

    /// One with `acme` alone, changed by `more`: lines of a section that stands there already, or a new one.
    fn acme(more: &str) -> Self {
        Self::new("").with("tenants/acme.toml", &format!("{ACME}{more}"))
    }

    fn with(self, file: &str, text: &str) -> Self {
        let path = self.dir.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn load(&self) -> Loaded {
        load(&Inputs { dir: self.path().to_owned(), env: self.env.clone() })
    }

    /// Everything that `regain check` would say.
    fn told(&self) -> String {
        self.build().1
    }

    fn build(&self) -> (Registry, String) {
        let (mut problems, tenants) = self.load().into_parts();
        let mut registry = Registry::default();
        if let Some(tenants) = tenants {
            let (built, found) = tenants.build(&wiring());
            problems.append(found);
            registry = built;
        }
        (registry, self.shown(&problems))
    }

    fn shown(&self, problems: &Problems) -> String {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        self.portable(&lines.join("\n"))
    }

    /// The text without the folder's own name, which is another one each time.
    fn portable(&self, text: &str) -> String {
        text.replace(&self.path().display().to_string(), "DIR")
    }

    /// What `config show` says of a key.
    fn line(&self, key: &str) -> String {
        let loaded = self.load();
        let lines = loaded.lines().iter().filter(|line| line.key == key);
        let shown: Vec<String> =
            lines.map(|line| format!("{} = {}  # {}", line.key, line.value, line.origin)).collect();
        self.portable(&shown.join("\n"))
    }
}

fn wiring() -> Wiring {
    Wiring {
        store: Store::offline(),
        clock: Arc::new(SystemClock::default()),
        keyset: Arc::new(Keyset::parse(&Keyset::generate()).expect("a keyset")),
        shipped: Shipped::load(),
        inbox: None,
        hashing: Hashing::new(1),
        clients: Clients::default(),
    }
}
