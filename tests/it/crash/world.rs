//! All that outlives the process: its configuration, its store, the provider, the mails that have arrived.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use regain::clock::{Clock, SystemClock};
use regain::domain::id::AccountId;

use crate::support::app::OLD;
use crate::support::browser::Browser;
use crate::support::fake_identity::{FakeIdentity, LOCKED_AFTER, Person};
use crate::support::files;
use crate::support::mail_folder::{Arrived, MailFolder};
use crate::support::process::{Process, until};

/// The variable that tells a process of this binary to serve, and where.
pub(super) const FOLDER: &str = "REGAIN_CRASH_FOLDER";
/// The file that holds by how much the process's clock is ahead.
pub(super) const AHEAD: &str = "ahead.json";
/// The file that tells where the process listens.
pub(super) const ADDRESS: &str = "address";

const SERVE: &str = "crash::server::the_process_that_these_tests_start_and_kill";
const HOST: &str = "acme.localhost";

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

const ACME: &str = r#"
name = "ACME"
hosts = ["acme.localhost"]
public_url = "http://acme.localhost"
[email]
kind = "inbox"
[provider]
kind = "local"
"#;

/// The provider, as the process and its parent see it.
pub(super) fn people(folder: &Path, clock: Arc<SystemClock>) -> FakeIdentity {
    FakeIdentity::in_folder(&folder.join("people"), clock)
}

/// The mails, as the process and its parent see them.
pub(super) fn mails(folder: &Path) -> MailFolder {
    MailFolder::at(&folder.join("mails"))
}

/// What outlives the process. Alice, whom wrong passwords have locked out, and Bob have each a session that began a
/// minute ago.
pub(super) struct World {
    pub(super) people: FakeIdentity,
    pub(super) alice: AccountId,
    pub(super) bob: AccountId,
    mails: MailFolder,
    folder: tempfile::TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tenants = folder.path().join("config/tenants");
        std::fs::create_dir_all(&tenants).expect("a folder");
        std::fs::write(folder.path().join("config/regain.toml"), REGAIN).expect("a file");
        std::fs::write(tenants.join("acme.toml"), ACME).expect("a file");
        let clock = Arc::new(SystemClock::default());
        let people = people(folder.path(), clock.clone());
        let add = |name: &str, failed| {
            let id = people.add(Person { failed, ..Person::new(name, &format!("{name}@example.org"), OLD) });
            people.begin_session(&id, clock.now() - Duration::from_mins(1));
            id
        };
        let (alice, bob) = (add("alice", LOCKED_AFTER), add("bob", 0));
        Self { people, alice, bob, mails: mails(folder.path()), folder }
    }

    /// Starts the process.
    pub(super) async fn start(&self) -> Server {
        self.start_later(Duration::ZERO).await
    }

    /// Starts the process as if so much time had passed.
    pub(super) async fn start_later(&self, by: Duration) -> Server {
        let folder = self.folder.path();
        files::replace(folder, AHEAD, &serde_json::to_vec(&by).expect("plain data"));
        let address = folder.join(ADDRESS);
        if address.exists() {
            std::fs::remove_file(&address).expect("a file of the process before");
        }
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args([SERVE, "--exact", "--nocapture"]).env(FOLDER, folder);
        let mut process = Process::start(&mut command);
        let address = until("a listening process", || {
            assert!(process.is_running(), "it ended: {}", process.words());
            std::fs::read_to_string(&address).ok()
        });
        Server { address: address.await.parse().expect("an address"), process }
    }

    /// Waits for a link.
    pub(super) async fn link(&self) -> String {
        let link = |mail: Arrived| mail.text.split_whitespace().find(|word| word.contains("token=")).map(str::to_owned);
        until("a link", || self.mails.mails().into_iter().find_map(link)).await
    }

    /// Waits for a mail with these words in its subject.
    pub(super) async fn mail(&self, words: &str) -> Arrived {
        until(words, || self.mails.mails().into_iter().find(|mail| mail.subject.contains(words))).await
    }

    /// The subjects of all notices that have arrived, in order of the alphabet.
    pub(super) fn notices(&self) -> Vec<String> {
        let mails = self.mails.mails().into_iter().filter(|mail| !mail.text.contains("token="));
        let mut subjects: Vec<String> = mails.map(|mail| mail.subject).collect();
        subjects.sort();
        subjects
    }

    /// Waits until Alice has no session, and that it was nobody else's that ended.
    pub(super) async fn signed_out(&self) {
        until("the end of alice's sessions", || self.people.sessions(&self.alice).is_empty().then_some(())).await;
        assert_eq!(self.people.sessions(&self.bob).len(), 1);
    }

    /// Alice as the provider has her.
    pub(super) fn alice(&self) -> Person {
        self.people.person(&self.alice).expect("alice")
    }
}

/// A running process.
pub(super) struct Server {
    pub(super) process: Process,
    pub(super) address: SocketAddr,
}

impl Server {
    /// A fresh browser at the tenant's host.
    pub(super) fn browser(&self) -> Browser {
        Browser::at_address(self.address, HOST)
    }

    /// Asks for Alice's recovery and gives the link that arrives.
    pub(super) async fn alices_link(&self, world: &World, browser: &Browser) -> String {
        ask(browser).await;
        world.link().await
    }
}

/// Asks for Alice's recovery.
pub(super) async fn ask(browser: &Browser) {
    let started = browser.post("/recovery/", &[("identifier", "alice@example.org")]).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.body);
}

/// Opens a link and gives the address of the recovery's page.
pub(super) async fn open(browser: &Browser, link: &str) -> String {
    let opened = browser.get(link).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    opened.location().to_owned()
}
