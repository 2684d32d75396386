//! How we reach people outside the browser: the contract of channels and the lists of kinds, one for mail and one for
//! text messages.

mod call;
mod error;
mod inbox;
mod reach;
mod remembered;
mod smtp;
mod twilio;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use serde::Deserialize;
use url::Url;

use self::remembered::Remembered;
use crate::clock::Clock;
use crate::domain::address::Address;
use crate::domain::finding::Finding;
use crate::domain::id::{MessageId, TenantId};
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;
use crate::outward::Clients;

pub use error::{Cause, Error};
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
            Self::Inbox(config) => config.build_for_mail(from_name, inbox, problems),
        }
    }
}

/// A tenant's `[sms]`: the kind and the kind's own keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TextConfig {
    /// Twilio's Messages API.
    Twilio(twilio::Config),
    /// Any gateway behind a hook of the operator's own.
    Webhook(webhook::Config),
    /// The inbox page of `regain demo`.
    Inbox(inbox::Config),
}

/// What channels for text messages are built with.
#[derive(Clone, Debug)]
pub struct TextWiring<'a> {
    /// Whose messages they are.
    pub tenant: &'a TenantId,
    /// The tenant's name as people read it.
    pub name: &'a str,
    /// The program's inbox, where there is one.
    pub inbox: Option<&'a Inbox>,
    /// Who calls others.
    pub clients: &'a Clients,
    /// The time.
    pub clock: &'a Arc<dyn Clock>,
    /// Below this address of the tenant's a next hop tells later what became of a message, each kind at a place of its own.
    pub callbacks: &'a Url,
}

impl TextConfig {
    /// Builds the channel without touching the network; every problem goes into `problems`.
    #[must_use]
    pub fn build(self, wiring: &TextWiring<'_>, problems: &mut Problems) -> Option<Arc<dyn Channel>> {
        match self {
            Self::Twilio(config) => Some(Arc::new(Remembered::new(config.build(wiring, problems)?))),
            Self::Webhook(config) => Some(Arc::new(Remembered::new(config.build(wiring, problems)?))),
            Self::Inbox(config) => config.build_for_text(wiring.name, wiring.inbox, problems),
        }
    }
}

/// A way of reaching a person outside the browser. A message that comes twice has the same `id` and says the same.
///
/// A channel sends what it is given at most once: whatever [`Error`] says that it may be tried again was not taken, or is
/// dropped by the next hop where it comes twice. Where neither is known the error is [`Error::Unknown`].
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
            Err(error @ (Error::Transient(_) | Error::Unknown(_))) => {
                Finding::unreachable(what, error.to_string(), "look at its log")
            }
            Err(error @ (Error::Permanent(_) | Error::Misconfigured(_))) => {
                Finding::bad(what, error.to_string(), "look at the channel's section of the tenant's file")
            }
        }]
    }

    /// What the next hop tells later of a message that it took; `None` where it is not shown that the next hop tells it.
    fn hear(&self, _callback: &Callback<'_>) -> Option<Report> {
        None
    }
}

/// What came in at the address for callbacks of one message. Nothing in it is believed before the channel has seen whose it
/// is.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// The message that the address names.
    pub message: MessageId,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: &'a [u8],
}

impl std::fmt::Debug for Callback<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Callback({}, ***)", self.message)
    }
}

/// What became of a message that the next hop had taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Nothing yet.
    UnderWay,
    /// It has arrived.
    Delivered,
    /// It has not arrived, and will not.
    Undelivered(Error),
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
    /// BCP 47 tag of its language.
    pub locale: String,
    /// The message's template: `recovery_code` or `password_changed`.
    pub template: &'static str,
    /// The whole text.
    pub body: String,
    /// The code that stands in it, where one does.
    pub code: Option<Secret>,
    /// For how long it is of use: a next hop that can gives up afterwards.
    pub valid_for: Duration,
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
