//! Text messages by a hook of the operator's own, in front of any gateway: one POST of JSON for each message, signed as
//! Standard Webhooks 1.0.0 says. `docs/sms.md` holds the contract.
//!
//! Unlike Twilio, a hook can tell repeats: `webhook-id` is the message's own and stays the same however often it comes,
//! and the contract asks the receiver to send one id once. So a call whose answer is lost may be repeated.

mod answer;
mod config;
mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use self::signature::Key;
use super::call::{NoAnswer, Peer};
use super::{Cause, Channel, Content, Error, Receipt, Text, reach};
use crate::clock::Clock;
use crate::domain::address::{Address, PhoneNumber};
use crate::domain::finding::Finding;
use crate::domain::id::TenantId;

pub(super) use config::Config;

/// Where the address is written.
const KEY: &str = "sms.url";

/// A hook, and what it knows us by.
#[derive(Debug)]
pub(super) struct Webhook {
    tenant: TenantId,
    peer: Peer,
    key: Key,
    clock: Arc<dyn Clock>,
}

/// One message as the hook reads it.
#[derive(Serialize)]
struct Message<'a> {
    to: &'a str,
    body: &'a str,
    language_tag: &'a str,
    tenant_id: &'a str,
    template_name: &'a str,
    template_variables: Variables<'a>,
}

/// For a hook that writes its own text, or a gateway with templates of its own.
#[derive(Serialize)]
struct Variables<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Webhook {
    async fn send(&self, to: &PhoneNumber, text: &Text) -> Result<Receipt, Error> {
        if text.body.is_empty() {
            return Err(Error::Permanent(Cause::Form));
        }
        let message = Message {
            to: to.as_str(),
            body: &text.body,
            language_tag: &text.locale,
            tenant_id: self.tenant.as_str(),
            template_name: text.template,
            template_variables: Variables { code: text.code.as_ref().map(|code| code.expose()) },
        };
        let body = serde_json::to_vec(&message).map_err(|_| Error::Permanent(Cause::Form))?;
        let (id, timestamp) = (text.id.to_string(), self.clock.now().unix_timestamp().to_string());
        let signature = self.key.sign(&id, &timestamp, &body);
        let request = self.peer.client().map_err(not_answered)?.post(self.peer.url.clone());
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body);
        let answer = self.peer.send(request).await.map_err(not_answered)?;
        answer::of_a_message(&answer)
    }
}

/// What no answer means for a message: it comes again under the same id, which the hook sends once.
fn not_answered(none: NoAnswer) -> Error {
    none.into()
}

#[async_trait]
impl Channel for Webhook {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        match (to, content) {
            (Address::Phone(to), Content::Text(text)) => self.send(to, text).await,
            (Address::Email(_), Content::Mail(_) | Content::Text(_)) | (Address::Phone(_), Content::Mail(_)) => {
                Err(Error::Permanent(Cause::Address))
            }
        }
    }

    /// Any answer will do: a hook knows POST alone, and a POST would be a message.
    async fn check(&self) -> Result<(), Error> {
        self.peer.send(self.peer.client()?.head(self.peer.url.clone())).await?;
        Ok(())
    }

    async fn diagnose(&self) -> Vec<Finding> {
        let mut found = match reach::by_name(&self.peer, KEY).await {
            Ok(known) => vec![known],
            Err(unknown) => return vec![unknown],
        };
        found.push(match self.check().await {
            Ok(()) => Finding::good(format!("{} takes connections and answers", reach::place(&self.peer)))
                .with_detail("whether it takes our signature only a message tells"),
            Err(error) => reach::not_reached(&self.peer, KEY, error),
        });
        found
    }
}
