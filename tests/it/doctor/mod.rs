//! `regain doctor`: the binary itself, before files, servers and stand-ins that are as they should be or are not.

mod keycloak;
mod keys;
mod limits;
mod proxy;
mod sms;
mod smtp;
mod store;
mod telling;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regain::domain::key::Keyset;
use regain::store::{Settings, Store};
use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio_util::task::TaskTracker;

/// A configuration in a folder of its own, with the store and the keys beside it.
struct Place {
    folder: TempDir,
    env: Vec<(String, String)>,
    /// What is another one each time, and what stands for it in snapshots.
    names: Vec<(String, &'static str)>,
}

/// What doctor said.
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

const REGAIN: &str = r#"
[server]
listen = "127.0.0.1:0"
[management]
listen = "127.0.0.1:0"
[store]
url = "sqlite://../data/regain.db"
[secrets]
keys_file = "../keys/regain.keys"
"#;

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let names = vec![(folder.path().display().to_string(), "DIR")];
        Self { folder, env: Vec::new(), names }.with("config/regain.toml", REGAIN).with("config/tenants/.keep", "")
    }

    /// One with the tenant acme, whose accounts are its own and whose mail server listens on this port.
    fn acme(smtp: u16, more: &str) -> Self {
        let text = format!(
            "name = \"Acme\"\nhosts = [\"login.acme.example\"]\npublic_url = \"https://login.acme.example\"\n\
             [provider]\nkind = \"local\"\n[email]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n\
             from = \"no-reply@acme.example\"\n{more}"
        );
        Self::new().with("config/tenants/acme.toml", &text).called(smtp, "SMTP")
    }

    fn with(self, file: &str, text: &str) -> Self {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Shows a port by a name.
    fn called(mut self, port: u16, name: &'static str) -> Self {
        // The last first: the port of the system's choice may hold the digits of one that is written here.
        self.names.insert(0, (port.to_string(), name));
        self
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn regain(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
        command.arg(verb).arg("--config").arg(self.path("config")).env_clear().envs(self.env.iter().cloned());
        command.stdin(Stdio::null());
        command
    }

    fn doctor(&self, args: &[&str]) -> Said {
        let output = self.regain("doctor").args(args).output().expect("the program");
        let text = |bytes: &[u8]| {
            let said = String::from_utf8_lossy(bytes).into_owned();
            self.names.iter().fold(said, |said, (name, shown)| said.replace(name, shown))
        };
        Said { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code() }
    }

    /// A store that has been used with the keyset that lies beside it.
    async fn used(&self) -> Store {
        let keyset = self.keys();
        let settings = Settings::sqlite(self.path("data/regain.db"));
        let store = Store::open(&settings, &TaskTracker::new()).await.expect("a store");
        let fingerprints: Vec<(u8, [u8; 32])> = keyset.fingerprints().collect();
        store.check_keys(&fingerprints, &[]).await.expect("a store that answers");
        store
    }

    /// The fingerprint of the key that lies in the folder.
    fn fingerprint(&self) -> [u8; 32] {
        let text = std::fs::read_to_string(self.path("keys/regain.keys")).expect("a keys file");
        let keyset = Keyset::parse(&text).expect("a keyset");
        keyset.fingerprints().next().expect("a key").1
    }

    /// Puts a fresh keyset into its place.
    fn keys(&self) -> Keyset {
        let (file, text) = (self.path("keys/regain.keys"), Keyset::generate());
        std::fs::create_dir_all(self.path("keys")).expect("a folder");
        std::fs::write(&file, text.as_bytes()).expect("a file");
        mode(&file, 0o600);
        Keyset::parse(&text).expect("a keyset")
    }
}

fn mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("a file of ours");
}

/// A port that is taken and takes no connections, as long as this lives.
fn deaf() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let port = socket.local_addr().expect("a bound socket").port();
    (socket, port)
}
