//! `[email]` with `kind = "smtp"`: what is written, and what is wrong with it.

use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use lettre::transport::smtp::client::Certificate;
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::Smtp;
use super::connection::Server;
use super::letter::{Sender, wire_address};
use crate::domain::address::EmailAddress;
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;

/// A mail server, and who sends by it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name; the certificate must bear it.
    host: String,
    /// Its port; by default 587 for STARTTLS, 465 for implicit TLS, 25 without.
    port: Option<u16>,
    /// How the connection is encrypted; by default by STARTTLS.
    #[serde(default)]
    tls: Security,
    /// Allows `tls = "none"` on other hosts than this machine.
    #[serde(default)]
    insecure: bool,
    /// More roots than the system's, as PEM.
    ca_file: Option<PathBuf>,
    /// The user to log in as; without one nobody logs in.
    user: Option<String>,
    /// The password of `user`.
    password: Option<Secret>,
    /// `address` or `Name <address>`; without a name the tenant's is shown.
    from: String,
    /// Where answers go; by default to `from`.
    reply_to: Option<String>,
    /// How we name ourselves to the server; by default by the domain of `from`.
    hello_name: Option<String>,
}

/// How the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Security {
    /// Begun in the clear and upgraded before anything is said; never "if possible".
    #[default]
    Starttls,
    /// Encrypted from the first byte.
    Implicit,
    /// Not at all.
    None,
}

impl Security {
    fn port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

impl Config {
    /// Checks everything that can be checked without the network.
    pub(in crate::channel) fn build(self, from_name: &str, problems: &mut Problems) -> Option<Smtp> {
        let is_host = ServerName::try_from(self.host.as_str()).is_ok();
        if !is_host {
            problems.error("host", "this is no host name").help("write the server's name or address, without a port");
        }
        let is_private = self.is_private_enough(problems);
        let login = login(self.user, self.password, problems);
        let roots = self.ca_file.as_deref().map_or(Some(Vec::new()), |file| read_roots(file, problems));
        let reply_to = match &self.reply_to {
            Some(text) => mailbox("reply_to", text, None, problems).map(Some),
            None => Some(None),
        };
        let from = mailbox("from", &self.from, Some(from_name), problems);
        let hello = match (&self.hello_name, &from) {
            (Some(name), _) => hello(name, problems),
            (None, Some(from)) => hello(from.email.domain(), problems),
            (None, None) => None,
        };
        let port = self.port.unwrap_or(self.tls.port());
        let (login, roots, hello, from, reply_to) = (login?, roots?, hello?, from?, reply_to?);
        let tls = OnceCell::new();
        let server = Server { host: self.host, port, security: self.tls, hello, login, roots, tls };
        (is_host && is_private).then(|| Smtp::new(server, Sender { from, reply_to }))
    }

    fn is_private_enough(&self, problems: &mut Problems) -> bool {
        match self.tls {
            Security::Starttls | Security::Implicit => true,
            Security::None if is_loopback(&self.host) => true,
            Security::None if self.insecure => {
                problems.warning("insecure", "mails with links, and the password, cross the network in the clear");
                true
            }
            Security::None => {
                problems
                    .error("tls", "a mail server beyond this machine needs TLS")
                    .help("use \"starttls\" or \"implicit\"; insecure = true allows the clear text");
                false
            }
        }
    }
}

#[expect(
    clippy::option_option,
    reason = "the outer one says whether it could be built, the inner one whether to log in"
)]
fn login(user: Option<String>, password: Option<Secret>, problems: &mut Problems) -> Option<Option<(String, Secret)>> {
    match (user, password) {
        (None, None) => Some(None),
        (Some(user), Some(password)) if !user.is_empty() && !password.is_empty() => Some(Some((user, password))),
        (Some(_), Some(_)) => {
            problems
                .error("user", "user and password must not be empty")
                .help("leave both out to send without a login");
            None
        }
        (Some(_), None) => {
            problems.error("password", "there is a user and no password");
            None
        }
        (None, Some(_)) => {
            problems.error("user", "there is a password and no user");
            None
        }
    }
}

fn read_roots(file: &Path, problems: &mut Problems) -> Option<Vec<Certificate>> {
    let read = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()));
    let certificate = read.and_then(|pem| {
        let is_empty = !pem.windows(11).any(|window| window == b"-----BEGIN ");
        let parsed = Certificate::from_pem(&pem).ok().filter(|_| !is_empty);
        parsed.ok_or_else(|| format!("no certificate in {}", file.display()))
    });
    match certificate {
        Ok(certificate) => Some(vec![certificate]),
        Err(message) => {
            problems.error("ca_file", message).help("a file of PEM certificates is expected");
            None
        }
    }
}

/// Reads `address` or `Name <address>`.
fn mailbox(key: &str, text: &str, default_name: Option<&str>, problems: &mut Problems) -> Option<Mailbox> {
    let is_line = |text: &str| !text.chars().any(char::is_control);
    if !default_name.is_none_or(is_line) {
        problems.error(key, "the name beside the address must be one line").help("it is the tenant's `name`");
        return None;
    }
    let parsed = text.parse::<Mailbox>().ok().filter(|_| is_line(text)).and_then(|written| {
        let address = EmailAddress::parse(written.email.as_ref())?;
        let name = written.name.or_else(|| default_name.map(str::to_owned));
        Some(Mailbox::new(name, wire_address(&address)?))
    });
    if parsed.is_none() {
        problems.error(key, "this is no mail address").help("write `address` or `Name <address>`");
    }
    parsed
}

fn hello(name: &str, problems: &mut Problems) -> Option<ClientId> {
    let is_domain = !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if !is_domain {
        problems.error("hello_name", "this is no host name");
    }
    is_domain.then(|| ClientId::Domain(name.to_owned()))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
