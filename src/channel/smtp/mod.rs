//! Mail by SMTP, handed to the operator's own relay over one of a few connections that are kept open.
//!
//! Connections are kept here and not in lettre's pool, because a send that is given up half-way must never give its
//! connection back: the answer that comes late would stand for the next mail. DKIM is left to the relay.

mod certificate;
mod config;
mod connection;
mod diagnosis;
mod letter;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lettre::transport::smtp::client::AsyncSmtpConnection;

use self::connection::{Server, hand_over};
use self::letter::Sender;
use super::{Cause, Channel, Content, Error, Receipt};
use crate::domain::address::Address;
use crate::domain::finding::Finding;

pub(super) use config::Config;
use config::Security;

/// Longest time for one message or one check, everything included.
const TOTAL_LIMIT: Duration = Duration::from_secs(10);
/// How long a connection that was kept open may take to answer, so that a dead one leaves time for a new one.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
/// Most connections that are kept open while nothing is sent.
const MOST_IDLE: usize = 4;
/// How long a connection is kept open while nothing is sent; relays commonly close after a minute.
const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// A relay, and who sends by it.
#[derive(Debug)]
pub(super) struct Smtp {
    server: Server,
    sender: Sender,
    idle: Idle,
    limit: Duration,
}

impl Smtp {
    fn new(server: Server, sender: Sender) -> Self {
        Self { server, sender, idle: Idle::default(), limit: TOTAL_LIMIT }
    }

    async fn send(&self, letter: &lettre::Message) -> Result<(), Error> {
        let mut connection = match self.idle.take().await {
            Some(connection) => connection,
            None => self.server.connect().await?,
        };
        // On an error, and when the caller gives up while we wait, the connection is dropped and never used again.
        hand_over(&mut connection, letter).await?;
        self.idle.put(connection);
        Ok(())
    }

    async fn log_in(&self) -> Result<(), Error> {
        let mut connection = self.server.connect().await?;
        let answers = connection.test_connected().await;
        connection.abort().await;
        if answers { Ok(()) } else { Err(Error::Transient(Cause::Connect)) }
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn deliver(&self, to: &Address, content: &Content) -> Result<Receipt, Error> {
        let letter = match (to, content) {
            (Address::Email(to), Content::Mail(mail)) => self.sender.write(to, mail)?,
            (Address::Phone(_), Content::Mail(_) | Content::Text(_)) | (Address::Email(_), Content::Text(_)) => {
                return Err(Error::Permanent(Cause::Address));
            }
        };
        within(self.limit, self.send(&letter)).await?;
        Ok(Receipt::default())
    }

    async fn check(&self) -> Result<(), Error> {
        within(self.limit, self.log_in()).await
    }

    async fn diagnose(&self) -> Vec<Finding> {
        diagnosis::look(&self.server, self.limit).await
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Error::Transient(Cause::Timeout)))
}

/// Connections that wait for the next message.
#[derive(Default)]
struct Idle(Mutex<Vec<(AsyncSmtpConnection, Instant)>>);

impl Idle {
    /// The connection that was used last, if the server still answers on it.
    async fn take(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() >= IDLE_LIMIT {
                continue;
            }
            if let Ok(true) = tokio::time::timeout(ANSWER_LIMIT, connection.test_connected()).await {
                return Some(connection);
            }
        }
    }

    fn put(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE_LIMIT);
        if idle.len() < MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }
}

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Idle(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use lettre::transport::smtp::extension::ClientId;
    use tokio::sync::OnceCell;

    use super::config::Security;
    use super::*;
    use crate::channel::Mail;
    use crate::domain::Timestamp;
    use crate::domain::address::EmailAddress;
    use crate::domain::id::MessageId;

    /// The whole limit is private and 10 s, so that this cannot be shown through the public door without waiting.
    #[tokio::test]
    async fn a_server_that_falls_silent_costs_the_limit_and_the_connection() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound listener").port();
        let silent = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            stream.write_all(b"220 hello\r\n250 hello\r\n250 sender\r\n250 recipient\r\n354 go on\r\n")?;
            std::io::copy(&mut stream, &mut std::io::sink())
        });
        let server = Server {
            host: "127.0.0.1".into(),
            port,
            security: Security::None,
            hello: ClientId::Domain("b.example".into()),
            login: None,
            roots: Vec::new(),
            tls: OnceCell::new(),
        };
        let from = "no-reply@b.example".parse().expect("a mailbox");
        let channel = Smtp { limit: Duration::from_millis(50), ..Smtp::new(server, Sender { from, reply_to: None }) };
        let to = Address::Email(EmailAddress::parse("alice@b.example").expect("an address"));
        let id = MessageId::new(Timestamp::UNIX_EPOCH);
        let mail = Mail { id, locale: "en".into(), subject: "x".into(), text: "x".into(), html: "x".into() };

        let given_up = channel.deliver(&to, &Content::Mail(mail)).await;

        assert_eq!(given_up, Err(Error::Transient(Cause::Timeout)));
        assert!(channel.idle.take().await.is_none());
        silent.join().expect("no panic").expect("our side closed the connection");
    }
}
