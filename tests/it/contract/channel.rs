//! What every channel for mail promises, on the inbox and on SMTP; what each promises alone stands beside it.

mod config;
mod smtp;

use std::sync::Arc;

use figment::providers::Format as _;
use regain::channel::{Cause, Channel, Config, Content, Error, Inbox, Mail, Text};
use regain::domain::address::{Address, EmailAddress, PhoneNumber};
use regain::domain::id::MessageId;
use regain::domain::problem::Problems;

use crate::support::sink::{Manners, Sink};

/// What a reader has got, whatever the channel.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    to: String,
    subject: String,
    text: String,
}

fn build(toml: &str, inbox: Option<&Inbox>) -> Result<Arc<dyn Channel>, String> {
    build_for("Acme", toml, inbox)
}

fn build_for(name: &str, toml: &str, inbox: Option<&Inbox>) -> Result<Arc<dyn Channel>, String> {
    let mut problems = Problems::new();
    let config: Config =
        figment::Figment::from(figment::providers::Toml::string(toml)).extract().map_err(|error| error.to_string())?;
    let built = config.build(name, inbox, &mut problems);
    built.ok_or_else(|| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn smtp(sink: &Sink, more: &str) -> Arc<dyn Channel> {
    let port = sink.port();
    let toml = format!(
        "kind = 'smtp'\nhost = '127.0.0.1'\nport = {port}\ntls = 'none'\nfrom = 'no-reply@acme.example'\n{more}"
    );
    build(&toml, None).expect("a right configuration")
}

fn mail() -> Mail {
    Mail {
        id: MessageId::from_bytes(uuid::Uuid::from_u128(0x019a_a000_0000_7000_8000_0000_0000_0001).into_bytes()),
        locale: "en".into(),
        subject: "Reset your Acme password".into(),
        text: "Hello,\n\n.a line that begins with a dot\n.\nÄ and = and a long line: https://login.acme.example/recovery/link?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n".into(),
        html: "<p>Hello</p>\n".into(),
    }
}

fn to(address: &str) -> Address {
    Address::Email(EmailAddress::parse(address).expect("a mail address"))
}

async fn deliver(channel: &Arc<dyn Channel>, address: &str, mail: Mail) -> Result<(), Error> {
    channel.deliver(&to(address), &Content::Mail(mail)).await.map(|_| ())
}

fn got_by_inbox(inbox: &Inbox) -> Vec<Got> {
    let messages = inbox.messages().into_iter();
    messages.map(|it| Got { to: it.to.as_str().into(), subject: it.mail.subject, text: it.mail.text }).collect()
}

fn got_by_sink(sink: &Sink) -> Vec<Got> {
    let read = |it: crate::support::sink::Taken| {
        let content = it.content();
        let subject = content.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default().to_owned();
        let text = part(&content, "text/plain; charset=utf-8").replace("\r\n", "\n");
        let to = it.recipients.join(",").replace("RCPT TO:<", "").replace('>', "");
        Got { to, subject, text }
    };
    sink.taken().into_iter().map(read).collect()
}

/// The decoded part of that type.
fn part(content: &str, kind: &str) -> String {
    let head = format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    let (_, rest) = content.split_once(&head).unwrap_or_else(|| panic!("no {kind} in {content}"));
    let (body, _) = rest.split_once("\r\n--").expect("a boundary");
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if let (b'=', [high, low, others @ ..]) = (*first, others) {
            let hex = data_encoding::HEXUPPER.decode(&[*high, *low]).expect("two hex digits");
            bytes.extend(hex);
            rest = others;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Runs what every channel for mail promises on both kinds.
async fn on_every_kind<Done: Future<Output = ()>>(
    promise: impl Fn(Arc<dyn Channel>, Box<dyn Fn() -> Vec<Got>>) -> Done,
) {
    let inbox = Inbox::new();
    let channel = build("kind = 'inbox'", Some(&inbox)).expect("a right configuration");
    promise(channel, Box::new(move || got_by_inbox(&inbox))).await;
    let sink = Sink::open(Manners::default());
    promise(smtp(&sink, ""), Box::new(move || got_by_sink(&sink))).await;
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    on_every_kind(|channel, got| async move {
        deliver(&channel, "alice@example.org", mail()).await.expect("taken");

        let subject = "Reset your Acme password".to_owned();
        assert_eq!(got(), [Got { to: "alice@example.org".into(), subject, text: mail().text }]);
    })
    .await;
}

#[tokio::test]
async fn a_channel_for_mail_takes_no_text_message_and_no_number() {
    on_every_kind(|channel, got| async move {
        let number = Address::Phone(PhoneNumber::parse("+15005550006").expect("a number"));
        let text = Content::Text(Text { id: mail().id, body: "1234".into() });

        for (to, content) in [(&number, Content::Mail(mail())), (&to("a@b.example"), text)] {
            let refused = channel.deliver(to, &content).await;
            assert_eq!(refused, Err(Error::Permanent(Cause::Address)));
        }
        assert_eq!(got(), []);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_answers_passes_its_check() {
    on_every_kind(|channel, _| async move { assert_eq!(channel.check().await, Ok(())) }).await;
}

#[tokio::test]
async fn an_inbox_keeps_the_newest_and_tells_who_waits() {
    let inbox = Inbox::new();
    let mut arrivals = inbox.watch();
    let channel = inbox.channel("Acme");

    for number in 0..205 {
        deliver(&channel, "alice@example.org", Mail { subject: format!("{number}"), ..mail() }).await.expect("taken");
    }

    assert_eq!(*arrivals.wait_for(|count| *count == 205).await.expect("the inbox lives"), 205);
    let kept = got_by_inbox(&inbox);
    assert_eq!((kept.len(), kept[0].subject.as_str()), (200, "5"));
}

#[test]
fn an_inbox_belongs_to_the_demo() {
    let told = build("kind = 'inbox'", None).expect_err("no inbox");

    assert_eq!(
        told,
        "error: `kind`: there is no inbox in this program\n  help: `inbox` belongs to `regain demo`; use kind = \"smtp\""
    );
}
