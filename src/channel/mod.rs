//! How we reach people outside the browser: the contract of channels and the list of kinds.

mod inbox;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;

use crate::domain::address::Address;
use crate::domain::finding::Finding;
use crate::domain::id::MessageId;
use crate::domain::problem::Problems;

pub use inbox::{Delivered, Inbox};

/// A tenant's `[email]`: the kind and the kind's own keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Config {
    /// A mail server, by SMTP.
    Smtp(smtp::Config),
    /// The inbox page of `regain demo`.
    Inbox(inbox::Config),
}

impl Config {
    /// Builds the channel without touching the network; every problem goes into `problems`. `from_name` is the name
    /// that people see beside the sender's address unless the configuration gives another.
    #[must_use]
    pub fn build(self, from_name: &str, inbox: Option<&Inbox>, problems: &mut Problems) -> Option<Arc<dyn Channel>> {
        match self {
            Self::Smtp(config) => config.build(from_name, problems).map(|smtp| Arc::new(smtp) as Arc<dyn Channel>),
            Self::Inbox(config) => config.build(from_name, inbox, problems),
        }
    }
}

/// A way of reaching a person outside the browser. A message that comes twice has the same `id` and says the same.
#[async_trait]
pub trait Channel: Send + Sync + std::fmt::Debug {
    /// Hands one message over. `Ok` means that the next hop has taken it.
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error>;

    /// Whether the next hop answers and lets us in.
    async fn check(&self) -> Result<(), Error>;

    /// Looks at each step of the way to the next hop, and says what to do where one fails. Sends nothing.
    async fn diagnose(&self) -> Vec<Finding> {
        let what = "the next hop lets us in";
        vec![match self.check().await {
            Ok(()) => Finding::good(what),
            Err(error @ Error::Transient(_)) => Finding::unreachable(what, error.to_string(), "look at its log"),
            Err(error @ (Error::Permanent(_) | Error::Misconfigured(_))) => {
                Finding::bad(what, error.to_string(), "look at the channel's section of the tenant's file")
            }
        }]
    }
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Content {
    /// A mail.
    Mail(Mail),
    /// A text message.
    Text(Text),
}

/// One mail, rendered.
#[derive(Clone)]
pub struct Mail {
    /// The outbox row it comes from; `Message-ID` is made of it.
    pub id: MessageId,
    /// BCP 47 tag for `Content-Language`.
    pub locale: String,
    /// One line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// One text message, rendered.
#[derive(Clone)]
pub struct Text {
    /// The outbox row it comes from.
    pub id: MessageId,
    /// The whole text.
    pub body: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}, ***)", self.id)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({}, ***)", self.id)
    }
}

/// What the next hop gave us for the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its own reference, where it gives one.
    pub reference: Option<String>,
}

/// Why a message was not taken. The peer's words are not in it: they may repeat the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Trying again may help.
    #[error("not taken for now: {0}")]
    Transient(Cause),
    /// Trying again cannot help.
    #[error("refused: {0}")]
    Permanent(Cause),
    /// Nobody will be reached until the operator mends the configuration.
    #[error("misconfigured: {0}")]
    Misconfigured(Cause),
}

impl Error {
    /// Whether trying again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            // An operator mends a configuration while the message still lives.
            Self::Transient(_) | Self::Misconfigured(_) => true,
            Self::Permanent(_) => false,
        }
    }
}

/// Our own class of what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// No answer within the time limit.
    #[error("no answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("no connection")]
    Connect,
    /// TLS could not be agreed on, or the certificate was refused.
    #[error("no secure connection")]
    Tls,
    /// The peer does not take our credentials.
    #[error("credentials refused")]
    Credentials,
    /// An answer with this status.
    #[error("status {0}")]
    Status(u16),
    /// The message could not be put into the channel's form.
    #[error("the message does not fit the channel")]
    Form,
    /// The address is of another kind than the channel's.
    #[error("an address of another kind")]
    Address,
}
