//! The real program: `regain serve` as a process, with a folder of its own and tenants of its own, behind a load balancer
//! that it trusts.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

/// The program, built with the profile that this was built with.
const REGAIN: &str = env!("CARGO_BIN_EXE_regain");
/// The ids of the tenants; each has the host `{id}.localhost`.
pub(crate) const TENANTS: [&str; 2] = ["acme", "globex"];
/// The host of the one tenant before a Keycloak.
pub(crate) const BEFORE_KEYCLOAK: &str = "figures.localhost";
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a program that starts is asked whether it is ready.
const POLL: Duration = Duration::from_millis(1);

/// Where the folders lie: on the disk of the build, for a folder of temporary files may lie in memory.
pub(crate) fn parent() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A folder with configuration, keys and data. It goes when it is dropped.
pub(crate) struct Folder {
    dir: TempDir,
    public: SocketAddr,
    management: SocketAddr,
}

impl Folder {
    /// Two tenants whose people are all unknown, on two ports that are free.
    pub(crate) fn new() -> Result<Self> {
        let provider = "[provider]\nkind = \"local\"\n";
        let tenants = TENANTS.map(|id| (id, provider.to_owned(), 9));
        Self::write(&tenants)
    }

    /// Two tenants that send codes by mail, whose people are all unknown, on this store: a file of its own, or a
    /// PostgreSQL whose tables are made here.
    pub(crate) fn with_codes(postgres: Option<&str>) -> Result<Self> {
        let lines = "[recovery]\nmethods = [\"email_otp\"]\n[provider]\nkind = \"local\"\n";
        let tenants = TENANTS.map(|id| (id, lines.to_owned(), 9));
        let folder = Self::write_on(postgres.unwrap_or("sqlite://data/regain.db"), &tenants)?;
        if postgres.is_some() {
            fs::create_dir_all(folder.dir.path().join("keys"))?;
            // A keys file is made by itself on SQLite alone.
            let key = data_encoding::BASE64.encode(&rand::random::<[u8; 32]>());
            fs::write(folder.dir.path().join("keys/regain.keys"), format!("1 {key}\n"))?;
            fs::set_permissions(folder.dir.path().join("keys/regain.keys"), fs::Permissions::from_mode(0o600))?;
            folder.migrate()?;
        }
        Ok(folder)
    }

    /// One tenant whose people are a realm's, with a mail server on this machine.
    pub(crate) fn before_keycloak(url: &str, realm: &str, secret: &str, mail_port: u16) -> Result<Self> {
        let provider = format!(
            "[provider]\nkind = \"keycloak\"\nurl = \"{url}\"\nrealm = \"{realm}\"\nclient_id = \"regain\"\n\
             client_secret = \"{secret}\"\n"
        );
        Self::write(&[("figures", provider, mail_port)])
    }

    fn write(tenants: &[(&str, String, u16)]) -> Result<Self> {
        Self::write_on("sqlite://data/regain.db", tenants)
    }

    fn write_on(store: &str, tenants: &[(&str, String, u16)]) -> Result<Self> {
        let dir = TempDir::new_in(parent())?;
        let [public, management] = free_addresses()?;
        // Every start comes from an address of its own, told by a hop that is trusted: the limits on clients count
        // them all and stop none.
        let regain = format!(
            "[server]\nlisten = \"{public}\"\ntrusted_proxies = [\"127.0.0.1\"]\n\
             [management]\nlisten = \"{management}\"\n\
             [store]\nurl = \"{store}\"\n[secrets]\nkeys_file = \"keys/regain.keys\"\n"
        );
        fs::write(dir.path().join("regain.toml"), regain)?;
        fs::create_dir(dir.path().join("tenants"))?;
        let port = public.port();
        for (id, provider, mail_port) in tenants {
            let tenant = format!(
                "name = \"{id}\"\nhosts = [\"{id}.localhost\"]\npublic_url = \"http://{id}.localhost:{port}\"\n\
                 {provider}\
                 [email]\nhost = \"127.0.0.1\"\nport = {mail_port}\ntls = \"none\"\nfrom = \"no-reply@{id}.example\"\n"
            );
            fs::write(dir.path().join(format!("tenants/{id}.toml")), tenant)?;
        }
        Ok(Self { dir, public, management })
    }

    /// The file of the store.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.path().join("data/regain.db")
    }

    /// Makes the tables without serving.
    pub(crate) fn migrate(&self) -> Result<()> {
        let done = self.regain("migrate").output()?;
        ensure!(done.status.success(), "regain migrate: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    fn regain(&self, verb: &str) -> Command {
        let mut command = Command::new(REGAIN);
        command.arg(verb).arg("--config").arg(self.dir.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

/// Addresses that were free a moment ago.
fn free_addresses() -> Result<[SocketAddr; 2]> {
    let bound = [TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?];
    Ok([bound[0].local_addr()?, bound[1].local_addr()?])
}

/// A program that serves; it is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    public: SocketAddr,
    ready_after: Duration,
}

impl Program {
    /// Starts it and waits until it says that it is ready.
    pub(crate) fn start(folder: &Folder) -> Result<Self> {
        let log = folder.dir.path().join("log");
        let began = Instant::now();
        let child = folder.regain("serve").stderr(File::create(&log)?).spawn()?;
        let mut program = Self { child, public: folder.public, ready_after: Duration::ZERO };
        while !is_ready(folder.management) {
            let ended = program.child.try_wait()?.is_some();
            if ended || began.elapsed() > PATIENCE {
                bail!("regain serve did not get ready: {}", fs::read_to_string(&log)?);
            }
            std::thread::sleep(POLL);
        }
        program.ready_after = began.elapsed();
        Ok(program)
    }

    /// Where people's browsers come to.
    pub(crate) fn public(&self) -> SocketAddr {
        self.public
    }

    /// How long it took from its start until it was ready.
    pub(crate) fn ready_after_ms(&self) -> f64 {
        self.ready_after.as_secs_f64() * 1e3
    }

    /// The memory that it holds at the moment, as the kernel counts it, in millions of bytes.
    pub(crate) fn rss_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024.0 / 1e6)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn is_ready(management: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(management)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: {management}\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
