//! `regain demo`: everything embedded, nothing installed. Two brands, each as a tenant on a path of a shared host and as
//! one on a host of its own; a small login site behind the proxy for each; an inbox in place of a mail server.
//!
//! It is configured by the same files as any installation, in a folder of its own, and started by the same code.

mod inbox;
mod pages;
mod seed;
mod site;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{self, Program, StartError};
use crate::channel::Inbox;
use crate::config::Inputs;
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::TenantId;
use crate::domain::password::NewPassword;
use crate::domain::problem::Problems;
use crate::identity::local::{AddError, Directory, NewAccount};
use crate::server::{self, BindError, Server};
use pages::Pages;
use seed::{Folder, NUMBER, PASSWORD, Place, USERNAME};
use site::Sites;

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its folder cannot be made.
    #[error("cannot write the demo's folder below {0}: {1}\n  help: name a folder that can be written to with --data")]
    Folder(PathBuf, io::Error),
    /// The port is taken.
    #[error("cannot listen on 127.0.0.1:{0}: {cause}\n  help: choose another port with --port", cause = cause(.1))]
    Port(u16, BindError),
    /// The sites behind the proxy cannot listen.
    #[error("cannot listen for the demo's sites")]
    Sites(#[source] BindError),
    /// Its own configuration is mistaken.
    #[error("the demo's own configuration is mistaken:\n{0}")]
    Configuration(String),
    /// The program does not start.
    #[error("the demo does not start")]
    Start(#[source] StartError),
    /// The person cannot be added.
    #[error("cannot add the demo's account")]
    Seed(#[from] AddError),
}

/// The system's reason. What [`BindError`] itself says names a key, and nobody has written one here.
fn cause(error: &BindError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// The demo, listening.
#[derive(Debug)]
pub struct Demo {
    program: Program,
    sites: Server,
    behind: Arc<Sites>,
    port: u16,
    // Last: the folder goes when everything in it is closed.
    folder: Folder,
}

/// Makes the demo's folder below `parent`, starts everything, seeds the accounts. Port 0 lets the system choose; with
/// `smtp` mails go to that server instead of the inbox page.
pub async fn start(port: u16, parent: &Path, smtp: Option<SocketAddr>) -> Result<Demo, Error> {
    let sites = Server::bind(&loopback(0)).await.map_err(Error::Sites)?;
    let port = free_port(port).await?;
    let folder = Folder::new(parent, &seed::Ports { public: port, upstream: sites.addr().port(), smtp })
        .map_err(|error| Error::Folder(parent.to_owned(), error))?;
    let inputs = Inputs { dir: folder.config(), env: Vec::new() };
    let (config, _) = app::configuration(&inputs).map_err(|problems| Error::Configuration(told(&problems)))?;
    crate::telemetry::start(&config.log);
    let inbox = Inbox::new();
    let program = app::start(config, Some(inbox.clone())).await.map_err(|error| match error {
        StartError::Bind(bind) => Error::Port(port, bind),
        other @ (StartError::Store(_) | StartError::Ask(_) | StartError::Keys(_)) => Error::Start(other),
    })?;
    if program.problems().has_errors() {
        return Err(Error::Configuration(told(program.problems())));
    }
    let mut places = Vec::new();
    for place in Place::all() {
        let id = TenantId::parse(&place.tenant).expect("the demo's tenants have well-formed ids");
        let directory = Directory::new(program.store().tenant(&id), program.clock(), program.hashing().clone());
        seed(&place, &directory).await?;
        places.push((place, directory));
    }
    let behind = Arc::new(Sites { places, port, inbox, smtp, pages: Pages::new() });
    Ok(Demo { program, sites, behind, port, folder })
}

impl Demo {
    /// What to open, for a person.
    #[must_use]
    pub fn welcome(&self) -> String {
        let (mails, then) = match self.behind.smtp {
            None => (format!("Inbox            http://127.0.0.1:{}/inbox", self.port), "open the inbox"),
            Some(server) => {
                let texts = format!("Text messages    http://127.0.0.1:{}/inbox", self.port);
                (format!("Mails go to      {server}\n  {texts}"), "look there for the message")
            }
        };
        let mut text = format!(
            "regain demo is running. Everything it keeps goes when you press Ctrl-C.\n\n  \
             All sites        http://127.0.0.1:{port}/\n  {mails}\n\n",
            port = self.port
        );
        for (place, _) in &self.behind.places {
            let kind = if place.prefix.is_empty() { " (a host of its own)" } else { "" };
            let line = format!("  {:<16} {}{kind}\n", place.brand.name, place.address(self.port));
            text.push_str(&line);
        }
        let then = format!("Then press \"Forgot password?\", {then}, and follow the link or type the code.");
        format!("{text}\n  Sign in as {USERNAME}, password: {PASSWORD}\n  {then}\n")
    }

    /// The public port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs until `stopped`, then drains and removes the folder.
    pub async fn run(self, stopped: impl Future<Output = ()>) {
        let Self { program, sites, behind, port: _, folder } = self;
        let stop = CancellationToken::new();
        let service = tower::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let behind = behind.clone();
            async move {
                let request = request.map(axum::body::Body::new);
                Ok::<_, std::convert::Infallible>(behind.answer(request).await)
            }
        });
        let tracker = TaskTracker::new();
        tracker.spawn(sites.serve(service, stop.clone(), TaskTracker::new()));
        program.run(stopped).await;
        stop.cancel();
        tracker.close();
        tracker.wait().await;
        drop(folder);
    }
}

async fn seed(place: &Place, directory: &Directory) -> Result<(), Error> {
    let email = EmailAddress::parse(&place.mail_address()).expect("the demo's addresses are addresses");
    let account = NewAccount {
        username: USERNAME.to_owned(),
        email: Some(email),
        email_verified: true,
        phone: PhoneNumber::parse(NUMBER),
        phone_verified: true,
        password: Some(NewPassword::new(PASSWORD)),
        ..NewAccount::default()
    };
    directory.add(account).await?;
    Ok(())
}

/// The port itself, or the one that the system would give now.
async fn free_port(port: u16) -> Result<u16, Error> {
    if port != 0 {
        return Ok(port);
    }
    let server = Server::bind(&loopback(0)).await.map_err(|error| Error::Port(0, error))?;
    Ok(server.addr().port())
}

/// A listener of the demo's own, with every limit at its default.
fn loopback(port: u16) -> server::Settings {
    let config = server::Config { listen: format!("127.0.0.1:{port}"), ..server::Config::default() };
    config.build(&mut Problems::new()).expect("a loopback address and the defaults are right")
}

fn told(problems: &Problems) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
