//! Text messages by Twilio's Messages API, version 2010-04-01, by a small client of our own over the program's clients.
//!
//! Twilio has no key against repeats: a message that is sent twice is two messages. So a request of which it is not
//! known whether Twilio took it is an unknown outcome, and nothing here sends it again. Twilio's words and codes end
//! here: the code goes to the log, an error holds our own class.

mod answer;
mod callback;
mod config;
mod diagnosis;

use async_trait::async_trait;
use http::header::CONTENT_TYPE;
use reqwest::RequestBuilder;
use url::form_urlencoded::Serializer;

use self::callback::Callbacks;
use super::call::{NoAnswer, Peer};
use super::{Callback, Cause, Channel, Content, Error, Receipt, Report, Text};
use crate::domain::address::{Address, PhoneNumber};
use crate::domain::finding::Finding;
use crate::domain::id::TenantId;
use crate::domain::secret::Secret;

pub(super) use config::Config;

/// The version that stands in every address.
const VERSION: &str = "2010-04-01";
/// Most characters of a body that Twilio takes.
const LONGEST_BODY: usize = 1600;
/// What Twilio takes as `ValidityPeriod`, in seconds.
const VALIDITY: std::ops::RangeInclusive<u64> = 1..=36_000;

/// An account, and who sends by it.
#[derive(Debug)]
pub(super) struct Twilio {
    tenant: TenantId,
    peer: Peer,
    account: String,
    login: Login,
    sender: Sender,
    callbacks: Option<Callbacks>,
}

/// How Twilio knows us.
#[derive(Debug)]
enum Login {
    /// As the account itself, by its token.
    Token(Secret),
    /// By one of its keys, which can be taken back alone.
    Key { key: Secret, secret: Secret },
}

/// As whom we send.
#[derive(Debug)]
enum Sender {
    /// As this number, short code or name.
    From(String),
    /// As whom a messaging service chooses.
    Service(String),
}

impl Twilio {
    /// A request with our credentials.
    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.login {
            Login::Token(token) => request.basic_auth(&self.account, Some(token.expose())),
            Login::Key { key, secret } => request.basic_auth(key.expose(), Some(secret.expose())),
        }
    }

    /// The message as Twilio's form.
    fn form(&self, to: &PhoneNumber, text: &Text) -> Result<String, Error> {
        if text.body.is_empty() || text.body.chars().count() > LONGEST_BODY {
            return Err(Error::Permanent(Cause::Form));
        }
        let validity = text.valid_for.as_secs().clamp(*VALIDITY.start(), *VALIDITY.end());
        let mut form = Serializer::new(String::new());
        form.append_pair("To", to.as_str());
        match &self.sender {
            Sender::From(from) => form.append_pair("From", from),
            Sender::Service(service) => form.append_pair("MessagingServiceSid", service),
        };
        form.append_pair("Body", &text.body);
        // What waits in Twilio's queue longer than its code lives is not sent any more.
        form.append_pair("ValidityPeriod", &validity.to_string());
        form.append_pair("SmartEncoded", "true");
        if let Some(callbacks) = &self.callbacks {
            form.append_pair("StatusCallback", callbacks.address(text.id).as_str());
        }
        Ok(form.finish())
    }

    async fn send(&self, to: &PhoneNumber, text: &Text) -> Result<Receipt, Error> {
        let form = self.form(to, text)?;
        let address = self.peer.address(&[VERSION, "Accounts", &self.account, "Messages.json"]);
        let request = self.peer.client().map_err(not_sent)?.post(address);
        let request = self.signed(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form));
        let answer = self.peer.send(request).await.map_err(not_sent)?;
        let (outcome, code) = answer::of_a_message(&answer);
        if let Err(error) = &outcome {
            tracing::info!(
                tenant.id = %self.tenant, message.id = %text.id, twilio.status = answer.status, twilio.code = code,
                class = error.class(), "Twilio has not taken a text message"
            );
        }
        outcome
    }
}

/// What no answer means for a message: once it may have been written, nobody knows.
fn not_sent(none: NoAnswer) -> Error {
    match none {
        NoAnswer::NotAsked(error) => error,
        NoAnswer::Lost(cause) => Error::Unknown(cause),
    }
}

#[async_trait]
impl Channel for Twilio {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        match (to, content) {
            (Address::Phone(to), Content::Text(text)) => self.send(to, text).await,
            (Address::Email(_), Content::Mail(_) | Content::Text(_)) | (Address::Phone(_), Content::Mail(_)) => {
                Err(Error::Permanent(Cause::Address))
            }
        }
    }

    async fn check(&self) -> Result<(), Error> {
        let seen = diagnosis::ask(self).await?;
        if seen.status == 200 { Ok(()) } else { Err(answer::refused(&seen)) }
    }

    async fn diagnose(&self) -> Vec<Finding> {
        diagnosis::look(self).await
    }

    fn hear(&self, callback: &Callback<'_>) -> Option<Report> {
        let heard = self.callbacks.as_ref()?.hear(callback)?;
        if let Report::Undelivered(error) = heard.report {
            tracing::info!(
                tenant.id = %self.tenant, message.id = %callback.message, twilio.code = heard.code,
                class = error.class(), "a text message has not arrived"
            );
        }
        Some(heard.report)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::Duration;

    use url::Url;

    use super::*;
    use crate::domain::id::MessageId;
    use crate::outward::Clients;

    /// The whole limit is private and 9 s, so that this cannot be shown through the public door without waiting.
    #[tokio::test]
    async fn a_twilio_that_falls_silent_costs_the_limit_and_is_an_unknown_outcome() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound listener").port();
        // What it has read is given back with the connection, which stays open until then.
        let silent = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            let mut first = [0; 4];
            stream.read_exact(&mut first).map(|()| (first, stream))
        });
        let url = Url::parse(&format!("http://127.0.0.1:{port}")).expect("an address");
        let mut peer = Peer::new(url, None, Clients::default());
        peer.limit = Duration::from_millis(50);
        let twilio = Twilio {
            tenant: TenantId::parse("acme").expect("a tenant id"),
            peer,
            account: "AC".to_owned(),
            login: Login::Token(Secret::new("token")),
            sender: Sender::From("+15005550006".to_owned()),
            callbacks: None,
        };
        let text = Text {
            id: MessageId::from_bytes([7; 16]),
            locale: "en".to_owned(),
            template: "recovery_code",
            body: "123456".to_owned(),
            code: None,
            valid_for: Duration::from_mins(10),
        };
        let to = Address::Phone(PhoneNumber::parse("+15005550001").expect("a number"));

        let outcome = twilio.deliver(&to, &Content::Text(text)).await;

        assert_eq!(outcome, Err(Error::Unknown(Cause::Timeout)));
        let (first, _open) = silent.join().expect("no panic").expect("a connection");
        assert_eq!(&first, b"POST", "the request was on its way");
    }
}
