//! regain in front of the Keycloak: the program itself, with files as an operator writes them.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::person::Person;
use super::realm::Realm;
use crate::mailbox::{self, Mailbox};
use crate::process::{Process, REST};
use crate::support::browser::{Answer, Browser};
use crate::wire::Request;

/// How many ports have been looked at.
static LOOKED_AT: AtomicU16 = AtomicU16::new(0);

/// What a test wants to be different.
#[derive(Debug)]
pub(super) struct Plan {
    keycloak: String,
    port: u16,
    management: u16,
    hosts: String,
    tenants: Vec<(String, String)>,
}

impl Plan {
    /// Reaches the Keycloak at another address.
    pub(super) fn through(mut self, keycloak: &str) -> Self {
        for (_, file) in &mut self.tenants {
            *file = file.replace(&self.keycloak, keycloak);
        }
        self.hosts = self.hosts.replace(&self.keycloak, keycloak);
        keycloak.clone_into(&mut self.keycloak);
        self
    }

    /// Has people reach the first tenant by another address, in front of which somebody else ends TLS.
    pub(super) fn public(mut self, url: &str) -> Self {
        let (_, file) = &mut self.tenants[0];
        let host = url.trim_start_matches("https://");
        *file = file.replace("hosts = [\"127.0.0.1\"]", &format!("hosts = [\"{host}\"]"));
        *file = file.replace(&format!("http://127.0.0.1:{}", self.port), url);
        self
    }

    /// Adds lines to the first tenant's `[provider]`.
    pub(super) fn provider(mut self, lines: &str) -> Self {
        let (_, file) = &mut self.tenants[0];
        *file = file.replace("[provider]\n", &format!("[provider]\n{lines}\n"));
        self
    }

    /// Adds lines to the first tenant's `[recovery]`.
    pub(super) fn recovery(mut self, lines: &str) -> Self {
        let (_, file) = &mut self.tenants[0];
        *file = file.replace("[recovery]\n", &format!("[recovery]\n{lines}\n"));
        self
    }

    /// Gives the first tenant a way for text messages.
    pub(super) fn texts(mut self, lines: &str) -> Self {
        let (_, file) = &mut self.tenants[0];
        file.extend(["[sms]\n", lines, "\n"]);
        self
    }

    /// Writes the files and starts the program.
    pub(super) fn start(self) -> Front {
        let folder = tempfile::tempdir().expect("a folder");
        self.write(folder.path());
        let config = folder.path().to_owned();
        Front::serve(folder, &config, [self.port, self.management])
    }

    fn write(&self, folder: &Path) {
        let regain = format!(
            "[server]\nlisten = \"127.0.0.1:{}\"\n[management]\nlisten = \"127.0.0.1:{}\"\n[log]\nformat = \"json\"\n\
             [limits]\nstarts_per_10_min = 100\nstarts_per_hour = 300\nothers_per_10_min = 600\n[store]\n\
             url = \"sqlite://data/regain.db\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n{}",
            self.port, self.management, self.hosts
        );
        std::fs::create_dir(folder.join("tenants")).expect("a folder");
        std::fs::write(folder.join("regain.toml"), regain).expect("a file");
        for (id, file) in &self.tenants {
            std::fs::write(folder.join(format!("tenants/{id}.toml")), file).expect("a file");
        }
    }
}

/// A running regain.
#[derive(Debug)]
pub(super) struct Front {
    process: Process,
    at: SocketAddr,
    management: SocketAddr,
    config: PathBuf,
    /// It goes with the program.
    _folder: tempfile::TempDir,
}

impl Front {
    /// Serves files that name these two ports, for people and for the management, and lie in this folder.
    pub(super) fn serve(folder: tempfile::TempDir, config: &Path, ports: [u16; 2]) -> Self {
        let mut command = regain(&["serve", "--config"]);
        let (process, ()) = Process::start(command.arg(config), |line| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["message"] == "listening").then_some(())
        });
        let [at, management] = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Self { process, at, management, config: config.to_owned(), _folder: folder }
    }

    /// One tenant, `acme`, on a host of its own in front of this realm.
    pub(super) fn before(realm: &Realm) -> Plan {
        let (keycloak, port, management) = (realm.admin.url().to_owned(), free_port(), free_port());
        let upstream = format!("[upstream]\nurl = \"{keycloak}\"\nintercept = \"keycloak\"\n");
        let file = tenant(realm, "Acme", "hosts = [\"127.0.0.1\"]", &format!("http://127.0.0.1:{port}"));
        let tenants = vec![("acme".to_owned(), format!("{file}{upstream}"))];
        Plan { keycloak, port, management, hosts: String::new(), tenants }
    }

    /// Two tenants, `acme` and `globex`, on paths of one host in front of these realms.
    pub(super) fn before_both(acme: &Realm, globex: &Realm) -> Plan {
        let (keycloak, port, management) = (acme.admin.url().to_owned(), free_port(), free_port());
        let hosts = format!(
            "[[host]]\nname = \"127.0.0.1\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
             upstream = {{ url = \"{keycloak}\", intercept = \"keycloak\" }}\n"
        );
        let tenant = |realm: &Realm, id: &str, name: &str| {
            let place = format!("host = \"127.0.0.1\"\npath = \"/t/{id}\"");
            (id.to_owned(), tenant(realm, name, &place, &format!("http://127.0.0.1:{port}/t/{id}")))
        };
        let tenants = vec![tenant(acme, "acme", "Acme"), tenant(globex, "globex", "Globex")];
        Plan { keycloak, port, management, hosts, tenants }
    }

    /// The address that it is public by, without a slash behind.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// A browser without a window that nobody has used.
    pub(super) fn browser(&self) -> Browser {
        Browser::at_address(self.at, &self.at.to_string())
    }

    /// The mails of the first tenant on a host of its own that this person will get.
    pub(super) fn mails(&self, person: &Person) -> Mailbox {
        Mailbox::open(&person.email, &self.url())
    }

    /// Asks for a recovery and gives its page.
    pub(super) async fn start(&self, identifier: &str) -> String {
        let answer = self.browser().post("/recovery/", &[("identifier", identifier)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.location().to_owned()
    }

    /// A browser that has opened a link, and the page that it was led to.
    pub(super) async fn open(&self, link: &str) -> (Browser, String) {
        let browser = self.browser();
        let answer = browser.get(link).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = answer.location().to_owned();
        (browser, page)
    }

    /// Recovers a person who knows the mailbox alone, up to the page that says "done".
    pub(super) async fn recover(&self, person: &Person, password: &str) -> Answer {
        let mails = self.mails(person);
        self.start(&person.email).await;
        let (browser, page) = self.open(&mails.link(1).await).await;
        let set = set(&browser, &page, password).await;
        assert_eq!(set.status, 303, "{}", set.body);
        let done = browser.get(&page).await;
        assert!(done.body.contains("Your password has been changed"), "{}", done.body);
        done
    }

    /// Runs another verb of the program on the same files.
    pub(super) fn run(&self, arguments: &[&str]) -> std::process::Output {
        regain(arguments).arg("--config").arg(&self.config).output().expect("a program")
    }

    /// What a counter shows, over all label values that are not named.
    pub(super) fn counted(&self, name: &str, labels: &[&str]) -> u64 {
        let metrics = Request::new("GET", "/metrics", "127.0.0.1").send(self.management).body;
        let meant = |line: &&str| {
            let is_meant = line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
            is_meant && labels.iter().all(|label| line.contains(label))
        };
        let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok());
        metrics.lines().filter(meant).filter_map(value).sum()
    }

    /// Waits until a counter shows so much.
    pub(super) async fn counts(&self, name: &str, labels: &[&str], number: u64, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.counted(name, labels) < number {
            let seen = self.counted(name, labels);
            assert!(Instant::now() < deadline, "{name} {labels:?} is {seen} and not {number}: {}", self.said());
            tokio::time::sleep(REST).await;
        }
    }

    /// Everything that it has logged.
    pub(super) fn said(&self) -> String {
        self.process.said()
    }
}

/// Posts a new password on a recovery's page.
pub(super) async fn set(browser: &Browser, page: &str, password: &str) -> Answer {
    let fields = [("new_password", password), ("confirm_password", password)];
    browser.post(&format!("{page}/password"), &fields).await
}

fn tenant(realm: &Realm, name: &str, place: &str, url: &str) -> String {
    let Realm { name: realm_name, secret, admin } = realm;
    format!(
        "name = \"{name}\"\n{place}\npublic_url = \"{url}\"\n[provider]\nkind = \"keycloak\"\nurl = \"{keycloak}\"\n\
         realm = \"{realm_name}\"\nclient_id = \"regain\"\nclient_secret = \"{secret}\"\n[recovery]\n\
         sign_in_url = \"{url}/realms/{realm_name}/account\"\n[email]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\n\
         port = {smtp}\ntls = \"none\"\nfrom = \"no-reply@regain.example\"\n",
        keycloak = admin.url(),
        smtp = mailbox::SMTP,
    )
}

/// The program, with nothing of the test's own environment.
pub(super) fn regain(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
    command.env_clear().args(arguments);
    command
}

/// A port below those that the system gives away by itself, so that one that was free a moment ago still is; another
/// run of these tests on the same machine looks elsewhere.
pub(super) fn free_port() -> u16 {
    let first = 10_000 + u16::try_from(std::process::id() % 200).expect("a small number") * 100;
    loop {
        let port = first + LOOKED_AT.fetch_add(1, Ordering::Relaxed) % 100;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
