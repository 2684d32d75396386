//! A channel that remembers how its last message fared: what only a message shows, a refused signature or sender, is then
//! seen by whoever asks whether the channel can be used.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Callback, Channel, Content, Error, Receipt, Report};
use crate::domain::address::Address;
use crate::domain::finding::Finding;

/// A channel, and why its last message met a mistaken configuration, if it did.
#[derive(Debug)]
pub(super) struct Remembered<T> {
    channel: T,
    mistaken: Mutex<Option<Error>>,
}

impl<T> Remembered<T> {
    pub(super) fn new(channel: T) -> Self {
        Self { channel, mistaken: Mutex::new(None) }
    }
}

#[async_trait]
impl<T: Channel> Channel for Remembered<T> {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        let outcome = self.channel.deliver(to, content).await;
        let mistaken = match &outcome {
            Ok(_) => Some(None),
            Err(error @ Error::Misconfigured(_)) => Some(Some(*error)),
            // These are about one message, or about a moment.
            Err(Error::Transient(_) | Error::Permanent(_) | Error::Unknown(_)) => None,
        };
        if let Some(mistaken) = mistaken {
            *self.mistaken.lock().unwrap_or_else(PoisonError::into_inner) = mistaken;
        }
        outcome
    }

    async fn check(&self) -> Result<(), Error> {
        self.channel.check().await?;
        self.mistaken.lock().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    async fn diagnose(&self) -> Vec<Finding> {
        self.channel.diagnose().await
    }

    fn hear(&self, callback: &Callback<'_>) -> Option<Report> {
        self.channel.hear(callback)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::channel::{Cause, Text};
    use crate::domain::address::PhoneNumber;
    use crate::domain::id::MessageId;

    /// Answers what it is told to, and checks well.
    #[derive(Debug)]
    struct Told(Mutex<Vec<Result<Receipt, Error>>>);

    #[async_trait]
    impl Channel for Told {
        async fn deliver(&self, _: &Address, _: &Content) -> Result<Receipt, Error> {
            self.0.lock().expect("no test has panicked in here").remove(0)
        }

        async fn check(&self) -> Result<(), Error> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_mistake_that_a_message_showed_stands_until_a_message_is_taken() {
        let mistake = Error::Misconfigured(Cause::Status(404));
        let answers = [
            Err(Error::Transient(Cause::Timeout)),
            Err(mistake),
            Err(Error::Permanent(Cause::Recipient)),
            Ok(Receipt::default()),
        ];
        let channel = Remembered::new(Told(Mutex::new(answers.to_vec())));
        let text = Text {
            id: MessageId::new(crate::domain::Timestamp::UNIX_EPOCH),
            locale: "en".to_owned(),
            template: "recovery_code",
            body: "407182 is your code".to_owned(),
            code: None,
            valid_for: Duration::from_mins(10),
        };
        let content = Content::Text(text);
        let to = Address::Phone(PhoneNumber::held("+12025550142").expect("a number"));
        let mut states = Vec::new();

        for _ in 0..4 {
            let _outcome = channel.deliver(&to, &content).await;
            states.push(channel.check().await);
        }

        assert_eq!(states, [Ok(()), Err(mistake), Err(mistake), Ok(())]);
    }
}
