//! An inbox in place of a mail server and of a gateway for text messages: for `regain demo` and for tests. It lives in
//! memory and is bounded; the oldest message goes first.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;
use tokio::sync::watch;

use super::{Cause, Channel, Content, Error, Mail, Receipt, Text};
use crate::domain::address::{Address, EmailAddress, PhoneNumber};
use crate::domain::problem::Problems;

/// Most messages that are kept.
const MOST_KEPT: usize = 200;

/// `kind = "inbox"`: it has no keys of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Config {
    /// Joins a tenant's mail to the program's inbox, where there is one.
    pub(super) fn build_for_mail(
        self,
        from_name: &str,
        inbox: Option<&Inbox>,
        problems: &mut Problems,
    ) -> Option<Arc<dyn Channel>> {
        let Self {} = self;
        let inbox = there_is_one(inbox, "use kind = \"smtp\"", problems)?;
        Some(inbox.channel(from_name))
    }

    /// Joins a tenant's text messages to it.
    pub(super) fn build_for_text(
        self,
        from_name: &str,
        inbox: Option<&Inbox>,
        problems: &mut Problems,
    ) -> Option<Arc<dyn Channel>> {
        let Self {} = self;
        let inbox = there_is_one(inbox, "use kind = \"twilio\" or kind = \"webhook\"", problems)?;
        Some(inbox.text_channel(from_name))
    }
}

fn there_is_one<'a>(inbox: Option<&'a Inbox>, instead: &str, problems: &mut Problems) -> Option<&'a Inbox> {
    if inbox.is_none() {
        problems
            .error("kind", "there is no inbox in this program")
            .help(format!("`inbox` belongs to `regain demo`; {instead}"));
    }
    inbox
}

/// What was delivered to anybody, newest last. Clones share one inbox.
#[derive(Clone)]
pub struct Inbox(Arc<Shelf>);

struct Shelf {
    messages: Mutex<VecDeque<Delivered>>,
    count: watch::Sender<u64>,
}

/// One message in the inbox.
#[derive(Clone, Debug)]
pub enum Delivered {
    /// A mail.
    Mail {
        /// The sender's name: the tenant's.
        from_name: String,
        /// To whom it went.
        to: EmailAddress,
        /// What it says.
        mail: Mail,
    },
    /// A text message.
    Text {
        /// The sender's name: the tenant's.
        from_name: String,
        /// To whom it went.
        to: PhoneNumber,
        /// What it says.
        text: Text,
    },
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Inbox {
    /// Makes an empty inbox.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shelf { messages: Mutex::default(), count: watch::Sender::new(0) }))
    }

    /// Everything that is kept, newest last. A message that was handed over twice stands here twice.
    #[must_use]
    pub fn messages(&self) -> Vec<Delivered> {
        self.0.messages.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Counts what was ever delivered, so that one can wait for a message instead of sleeping.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.count.subscribe()
    }

    /// The channel that delivers mails here in the name of `from_name`.
    #[must_use]
    pub fn channel(&self, from_name: &str) -> Arc<dyn Channel> {
        Arc::new(Sender { inbox: self.clone(), from_name: from_name.to_owned(), takes: Takes::Mails })
    }

    /// The channel that delivers text messages here in the name of `from_name`.
    #[must_use]
    pub fn text_channel(&self, from_name: &str) -> Arc<dyn Channel> {
        Arc::new(Sender { inbox: self.clone(), from_name: from_name.to_owned(), takes: Takes::Texts })
    }

    fn put(&self, message: Delivered) {
        let mut messages = self.0.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == MOST_KEPT {
            messages.pop_front();
        }
        messages.push_back(message);
        drop(messages);
        self.0.count.send_modify(|count| *count += 1);
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox(***)")
    }
}

/// One tenant's way into the inbox, for one of the two: neither takes what the other is for.
#[derive(Debug)]
struct Sender {
    inbox: Inbox,
    from_name: String,
    takes: Takes,
}

#[derive(Clone, Copy, Debug)]
enum Takes {
    Mails,
    Texts,
}

#[async_trait]
impl Channel for Sender {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        let from_name = self.from_name.clone();
        self.inbox.put(match (self.takes, to, content) {
            (Takes::Mails, Address::Email(to), Content::Mail(mail)) => {
                Delivered::Mail { from_name, to: to.clone(), mail: mail.clone() }
            }
            (Takes::Texts, Address::Phone(to), Content::Text(text)) => {
                Delivered::Text { from_name, to: to.clone(), text: text.clone() }
            }
            (
                Takes::Mails | Takes::Texts,
                Address::Email(_) | Address::Phone(_),
                Content::Mail(_) | Content::Text(_),
            ) => {
                return Err(Error::Permanent(Cause::Address));
            }
        });
        Ok(Receipt::default())
    }

    async fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}
