//! A channel in front of another one that does what it is told: delivers, delivers and says that it has not, or refuses.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use regain::channel::{Callback, Channel, Content, Error, Receipt, Report};
use regain::domain::address::Address;

/// How one message is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    /// It is delivered, and the answer is lost.
    DeliveredUnheard(Error),
    /// It is not delivered.
    Refused(Error),
    /// No answer comes, and no delivery.
    Hangs,
}

/// The channel. Untold, it delivers.
#[derive(Debug)]
pub(crate) struct FlakyChannel {
    behind: Arc<dyn Channel>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl FlakyChannel {
    /// Stands in front of `behind`; `replies` are used up one by one.
    pub(crate) fn new(behind: Arc<dyn Channel>, replies: Arc<Mutex<VecDeque<Reply>>>) -> Self {
        Self { behind, replies }
    }
}

#[async_trait]
impl Channel for FlakyChannel {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        let reply = self.replies.lock().expect("no test panics with it").pop_front();
        match reply {
            None => self.behind.deliver(to, content).await,
            Some(Reply::DeliveredUnheard(error)) => {
                self.behind.deliver(to, content).await?;
                Err(error)
            }
            Some(Reply::Refused(error)) => Err(error),
            Some(Reply::Hangs) => std::future::pending().await,
        }
    }

    async fn check(&self) -> Result<(), Error> {
        self.behind.check().await
    }

    fn hear(&self, callback: &Callback<'_>) -> Option<Report> {
        self.behind.hear(callback)
    }
}
