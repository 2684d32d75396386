//! The demo as a program of its own, its mails by SMTP.

use std::process::Command;

use super::Browser;
use crate::mailbox::{self, Mailbox};
use crate::process::Process;

/// What alice's password is at the beginning.
pub(super) const PASSWORD: &str = "correct horse battery staple";
/// What it will be.
pub(super) const NEW: &str = "plinth ostrich varnish";

/// A running demo.
#[derive(Debug)]
pub(super) struct Demo {
    process: Process,
    pub(super) port: u16,
    _folder: tempfile::TempDir,
}

impl Demo {
    /// Starts it on a port of its own.
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
        command.env_clear().args(["demo", "--port", "0", "--smtp", &format!("127.0.0.1:{}", mailbox::SMTP)]);
        command.arg("--data").arg(folder.path());
        let (process, port) = Process::start(&mut command, |line| {
            let (_, address) = line.split_once("http://127.0.0.1:")?;
            address.split('/').next()?.parse().ok()
        });
        Self { process, port, _folder: folder }
    }

    /// Acme's site on a path of the shared host.
    pub(super) fn on_path(&self) -> String {
        format!("http://127.0.0.1:{}/t/acme/", self.port)
    }

    /// Acme's site on a host of its own.
    pub(super) fn on_host(&self) -> String {
        format!("http://acme.localhost:{}/", self.port)
    }

    /// The mails that alice gets from a site.
    pub(super) fn mails(site: &str) -> Mailbox {
        Mailbox::open("alice@acme.example", site)
    }

    /// Everything that it has printed and logged.
    pub(super) fn said(&self) -> String {
        self.process.said()
    }
}

/// Signs in at a site.
pub(super) async fn sign_in(browser: &Browser, site: &str, password: &str) {
    browser.open(site).await;
    browser.fill("#username", "alice").await;
    browser.fill("#password", password).await;
    browser.click("button").await;
}

/// Comes from a site's sign-in page and asks for a link.
pub(super) async fn ask(browser: &Browser, site: &str) {
    browser.open(site).await;
    browser.reads(&format!("Mail goes to the server at 127.0.0.1:{}", mailbox::SMTP)).await;
    browser.click("#forgot").await;
    browser.fill("#identifier", "alice@acme.example").await;
    browser.click("button.primary").await;
    browser.reads("Check your email").await;
}

/// Types a new password where the link has led to.
pub(super) async fn set_password(browser: &Browser, password: &str, again: &str) {
    browser.fill("#new-password", password).await;
    browser.fill("#confirm-password", again).await;
    browser.click("button.primary").await;
}
