//! The way to one relay: connection, TLS, login, and what its refusals mean at each step. Its words are read and
//! forgotten; only their class and the numeric status go further.

use std::error::Error as _;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error as Refusal;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls::CertificateError;
use tokio::sync::OnceCell;

use super::Security;
use crate::channel::{Cause, Error};
use crate::domain::secret::Secret;

/// Longest time for a TCP connection to one address of the relay.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// Where the relay is and how it lets us in.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) hello: ClientId,
    pub(super) login: Option<(String, Secret)>,
    pub(super) roots: Vec<Certificate>,
    /// Made at first use: reading the system's roots costs time and memory that an idle tenant should not cost.
    pub(super) tls: OnceCell<TlsParameters>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}:{}, {:?})", self.host, self.port, self.security)
    }
}

impl Server {
    /// A connection that is ready for a message: encrypted as configured, logged in if there are credentials.
    /// Without the encryption that was asked for, neither credentials nor mail are ever sent.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let mut connection = self.open().await.map_err(Shut::class)?;
        self.log_in(&mut connection).await?;
        Ok(connection)
    }

    /// A connection that is encrypted as configured.
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, Shut> {
        let wrapped = match self.security {
            Security::Implicit => Some(self.tls().await?),
            Security::Starttls | Security::None => None,
        };
        let place = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(CONNECT_LIMIT), &self.hello, wrapped, None).await?;
        match self.security {
            Security::Starttls if connection.can_starttls() => {
                connection.starttls(self.tls().await?, &self.hello).await?;
            }
            Security::Starttls => return Err(Shut::NoStarttls),
            Security::Implicit | Security::None => {}
        }
        Ok(connection)
    }

    /// Shows the credentials, if there are any.
    pub(super) async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Error> {
        let Some((user, password)) = &self.login else { return Ok(()) };
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        let logged_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        logged_in.map(drop).map_err(|refusal| at_login(&refusal))
    }

    async fn tls(&self) -> Result<TlsParameters, Shut> {
        let made = self.tls.get_or_try_init(|| async {
            let (host, roots) = (self.host.clone(), self.roots.clone());
            let build = move || {
                let builder = TlsParametersBuilder::new(host);
                roots.into_iter().fold(builder, TlsParametersBuilder::add_root_certificate).build()
            };
            let built = tokio::task::spawn_blocking(build).await;
            built.ok().and_then(Result::ok).ok_or(Shut::NoTls)
        });
        made.await.cloned()
    }
}

/// Why there is no connection that may be used.
pub(super) enum Shut {
    /// The other side, or the way to it.
    Refusal(Refusal),
    /// It does not offer the STARTTLS that was asked for.
    NoStarttls,
    /// This side cannot speak TLS.
    NoTls,
}

impl From<Refusal> for Shut {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl Shut {
    /// Its class.
    pub(super) fn class(self) -> Error {
        match self {
            Self::Refusal(refusal) => at_the_door(&refusal),
            Self::NoStarttls | Self::NoTls => Error::Misconfigured(Cause::Tls),
        }
    }

    /// What is wrong with TLS, in our words.
    pub(super) fn about_tls(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => tls_error(refusal).map_or("TLS could not be agreed on", words),
            Self::NoStarttls => "it does not offer STARTTLS",
            Self::NoTls => "the system's roots cannot be read",
        }
    }
}

/// The peer's certificate is what fails most; the rest is told in one word.
fn words(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(certificate) = error else { return "TLS could not be agreed on" };
    if matches!(certificate, CertificateError::Expired | CertificateError::ExpiredContext { .. }) {
        "its certificate has expired"
    } else if matches!(certificate, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
    {
        "its certificate bears another name"
    } else if matches!(certificate, CertificateError::UnknownIssuer) {
        "nobody whom this machine trusts has signed its certificate"
    } else {
        "its certificate is not valid"
    }
}

/// Hands one letter over. After an error the connection is in no known state.
pub(super) async fn hand_over(connection: &mut AsyncSmtpConnection, letter: &Message) -> Result<(), Error> {
    let bytes = letter.formatted();
    let mut parameters = Vec::new();
    let is_ascii = |address: &lettre::Address| AsRef::<str>::as_ref(address).is_ascii();
    let envelope = letter.envelope();
    if !bytes.is_ascii() || !envelope.to().iter().chain(envelope.from()).all(is_ascii) {
        // Bodies are quoted-printable, so that only an address with other letters than ASCII brings us here.
        let server = connection.server_info();
        if !server.supports_feature(Extension::SmtpUtfEight) || !server.supports_feature(Extension::EightBitMime) {
            return Err(Error::Permanent(Cause::Form));
        }
        parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
    }
    let sender = Mail::new(envelope.from().cloned(), parameters);
    connection.command(sender).await.map_err(|refusal| at_the_door(&refusal))?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), Vec::new());
        connection.command(recipient).await.map_err(|refusal| of_the_letter(&refusal))?;
    }
    connection.command(Data).await.map_err(|refusal| of_the_letter(&refusal))?;
    connection.message(&bytes).await.map_err(|refusal| of_the_letter(&refusal))?;
    Ok(())
}

/// A refusal that meets every message alike: of the connection, of our name, of our sender's address.
fn at_the_door(refusal: &Refusal) -> Error {
    match status(refusal) {
        Some(530 | 534 | 535 | 538) => Error::Misconfigured(Cause::Credentials),
        Some(status) if refusal.is_permanent() => Error::Misconfigured(Cause::Status(status)),
        Some(status) => Error::Transient(Cause::Status(status)),
        None => without_answer(refusal),
    }
}

fn at_login(refusal: &Refusal) -> Error {
    match status(refusal) {
        Some(_) if refusal.is_permanent() => Error::Misconfigured(Cause::Credentials),
        Some(status) => Error::Transient(Cause::Status(status)),
        // The server offers no login, or none of the kinds that we speak.
        None if refusal.is_client() => Error::Misconfigured(Cause::Credentials),
        None => without_answer(refusal),
    }
}

/// A refusal of this letter or of its recipient.
fn of_the_letter(refusal: &Refusal) -> Error {
    match status(refusal) {
        Some(status) if refusal.is_permanent() => Error::Permanent(Cause::Status(status)),
        Some(status) => Error::Transient(Cause::Status(status)),
        None => without_answer(refusal),
    }
}

fn without_answer(refusal: &Refusal) -> Error {
    if refusal.is_tls() || tls_error(refusal).is_some() {
        Error::Misconfigured(Cause::Tls)
    } else if refusal.is_timeout() {
        Error::Transient(Cause::Timeout)
    } else {
        Error::Transient(Cause::Connect)
    }
}

fn status(refusal: &Refusal) -> Option<u16> {
    refusal.status().map(u16::from)
}

/// The error of rustls at the end of the chain: lettre reports a refused certificate as a connection that failed.
fn tls_error(refusal: &Refusal) -> Option<&rustls::Error> {
    let mut source = refusal.source();
    while let Some(error) = source {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(found);
        }
        source = error.source();
    }
    None
}
