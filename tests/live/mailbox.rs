//! What maildev took, by its HTTP interface.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::process::{PATIENCE, REST};
use super::wire::Request;

pub(crate) const HOW_TO_START: &str = "no mail server: run `tests/live/servers/maildev start`";

/// Where maildev takes mails, in the clear.
pub(crate) const SMTP: u16 = 4125;
/// Where it tells what it took.
const WEB: u16 = 4180;

/// All mails that it holds.
pub(crate) fn mails() -> Vec<Value> {
    let web = SocketAddr::from((Ipv4Addr::LOCALHOST, WEB));
    assert!(std::net::TcpStream::connect(web).is_ok(), "{HOW_TO_START}");
    let answer = Request::new("GET", "/email", "127.0.0.1").send(web);
    serde_json::from_str(&answer.body).expect("JSON")
}

/// What was taken for this address.
pub(crate) fn mails_to(address: &str) -> Vec<Value> {
    let is_to =
        |mail: &Value| mail["envelope"]["to"].as_array().is_some_and(|to| to.iter().any(|it| it["address"] == address));
    mails().into_iter().filter(is_to).collect()
}

/// The mails of one place and one person: those whose text names the place, but for what lay there before.
#[derive(Debug)]
pub(crate) struct Mailbox {
    address: String,
    place: String,
    before: Vec<Value>,
}

impl Mailbox {
    /// The mails that will arrive for `address` with `place` in their text.
    pub(crate) fn open(address: &str, place: &str) -> Self {
        let before = mails_to(address).into_iter().map(|mail| mail["id"].clone()).collect();
        Self { address: address.to_owned(), place: place.to_owned(), before }
    }

    /// Those that have arrived, the oldest first.
    pub(crate) fn arrived(&self) -> Vec<Value> {
        let is_ours = |mail: &Value| {
            !self.before.contains(&mail["id"]) && mail["text"].as_str().is_some_and(|text| text.contains(&self.place))
        };
        mails_to(&self.address).into_iter().filter(is_ours).collect()
    }

    /// Waits for the mail with this number, counted from one.
    pub(crate) async fn mail(&self, number: usize) -> Value {
        self.mail_within(number, PATIENCE).await
    }

    /// The same, for a mail that may be long in coming.
    pub(crate) async fn mail_within(&self, number: usize, patience: Duration) -> Value {
        let deadline = Instant::now() + patience;
        loop {
            let mut arrived = self.arrived();
            if arrived.len() >= number {
                return arrived.swap_remove(number - 1);
            }
            assert!(Instant::now() < deadline, "{} mails and not {number} for {}", arrived.len(), self.address);
            tokio::time::sleep(REST).await;
        }
    }

    /// Waits for the mail with this number and takes the link out of it.
    pub(crate) async fn link(&self, number: usize) -> String {
        self.link_within(number, PATIENCE).await
    }

    /// The same, for a mail that may be long in coming.
    pub(crate) async fn link_within(&self, number: usize, patience: Duration) -> String {
        let mail = self.mail_within(number, patience).await;
        let text = mail["text"].as_str().expect("a text");
        text.split_whitespace().find(|word| word.contains("token=")).expect("a link").to_owned()
    }
}
