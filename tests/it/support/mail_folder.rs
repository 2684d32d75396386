//! A channel that puts each mail into a file, named by the message: what comes twice is there once, and what was handed
//! over outlives the process that did it.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use regain::channel::{Cause, Channel, Content, Error, Receipt};
use regain::domain::address::Address;
use serde::{Deserialize, Serialize};

use super::files;

/// The channel, and what a test reads of it.
#[derive(Clone, Debug)]
pub(crate) struct MailFolder(PathBuf);

/// A mail that has arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Arrived {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl MailFolder {
    /// The one in this folder.
    pub(crate) fn at(path: &Path) -> Self {
        std::fs::create_dir_all(path).expect("a folder");
        Self(path.to_owned())
    }

    /// What has arrived, in no order.
    pub(crate) fn mails(&self) -> Vec<Arrived> {
        let entries = std::fs::read_dir(&self.0).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mails = entries.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        mails.map(|path| serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("a mail")).collect()
    }
}

#[async_trait]
impl Channel for MailFolder {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        let (Address::Email(to), Content::Mail(mail)) = (to, content) else {
            return Err(Error::Permanent(Cause::Address));
        };
        let arrived = Arrived { to: to.as_str().to_owned(), subject: mail.subject.clone(), text: mail.text.clone() };
        let bytes = serde_json::to_vec(&arrived).expect("plain text");
        files::replace(&self.0, &format!("{}.json", mail.id), &bytes);
        Ok(Receipt::default())
    }

    async fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}
