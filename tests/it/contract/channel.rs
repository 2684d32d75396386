//! What every channel promises: for mail the inbox and SMTP, for text messages the inbox, Twilio and the webhook. What each
//! promises alone stands beside it.

mod config;
mod smtp;
mod text_config;
mod twilio;
mod webhook;

use std::sync::Arc;

use figment::providers::Format as _;
use regain::channel::{Cause, Channel, Config, Content, Delivered, Error, Inbox, Mail, Text, TextConfig, TextWiring};
use regain::clock::Clock;
use regain::domain::address::{Address, EmailAddress, PhoneNumber};
use regain::domain::id::{MessageId, TenantId};
use regain::domain::problem::Problems;

use regain::domain::secret::Secret;
use regain::outward::Clients;
use url::Url;

use crate::support::hand_clock::HandClock;
use crate::support::sink::{Manners, Sink};
use crate::support::twilio::FakeTwilio;

/// To whom text messages go.
const NUMBER: &str = "+15005550001";
/// What stands in them.
const CODE: &str = "480162";

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

/// A channel for text messages of acme's, whose pages are at login.acme.example.
fn build_text(toml: &str, inbox: Option<&Inbox>) -> Result<Arc<dyn Channel>, String> {
    build_text_at("https://login.acme.example", toml, inbox)
}

fn build_text_at(public_url: &str, toml: &str, inbox: Option<&Inbox>) -> Result<Arc<dyn Channel>, String> {
    let mut problems = Problems::new();
    let config: TextConfig =
        figment::Figment::from(figment::providers::Toml::string(toml)).extract().map_err(|error| error.to_string())?;
    let clock: Arc<dyn Clock> = Arc::new(HandClock::new());
    let wiring = TextWiring {
        tenant: &TenantId::parse("acme").expect("a tenant id"),
        name: "Acme",
        inbox,
        clients: &Clients::default(),
        clock: &clock,
        callbacks: &Url::parse(&format!("{public_url}/recovery/callbacks")).expect("an address"),
    };
    let built = config.build(&wiring, &mut problems);
    built.ok_or_else(|| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn text() -> Text {
    Text {
        id: mail().id,
        locale: "en".into(),
        template: "recovery_code",
        body: format!("{CODE} is your Acme password reset code. Do not share it.\n\n@login.acme.example #{CODE}"),
        code: Some(Secret::new(CODE)),
        valid_for: std::time::Duration::from_mins(10),
    }
}

fn number() -> Address {
    Address::Phone(PhoneNumber::parse(NUMBER).expect("a number"))
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
    let read = |message| match message {
        Delivered::Mail { to, mail, .. } => Got { to: to.as_str().into(), subject: mail.subject, text: mail.text },
        Delivered::Text { to, text, .. } => Got { to: to.as_str().into(), subject: String::new(), text: text.body },
    };
    inbox.messages().into_iter().map(read).collect()
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

/// What a promise is held against: a channel, a message of its kind with its recipient, and what has arrived so far.
struct Kept {
    channel: Arc<dyn Channel>,
    to: Address,
    content: Content,
    says: Got,
    got: Box<dyn Fn() -> Vec<Got>>,
}

impl Kept {
    fn of_mail(channel: Arc<dyn Channel>, got: Box<dyn Fn() -> Vec<Got>>) -> Self {
        let says = Got { to: "alice@example.org".into(), subject: mail().subject, text: mail().text };
        Self { channel, to: to("alice@example.org"), content: Content::Mail(mail()), says, got }
    }

    fn of_text(channel: Arc<dyn Channel>, got: Box<dyn Fn() -> Vec<Got>>) -> Self {
        let says = Got { to: NUMBER.into(), subject: String::new(), text: text().body };
        Self { channel, to: number(), content: Content::Text(text()), says, got }
    }
}

/// Runs what every channel promises on every kind.
async fn on_every_kind<Done: Future<Output = ()>>(promise: impl Fn(Kept) -> Done) {
    let inbox = Inbox::new();
    let channel = build("kind = 'inbox'", Some(&inbox)).expect("a right configuration");
    promise(Kept::of_mail(channel, Box::new(move || got_by_inbox(&inbox)))).await;
    let sink = Sink::open(Manners::default());
    promise(Kept::of_mail(smtp(&sink, ""), Box::new(move || got_by_sink(&sink)))).await;
    let inbox = Inbox::new();
    let channel = build_text("kind = 'inbox'", Some(&inbox)).expect("a right configuration");
    promise(Kept::of_text(channel, Box::new(move || got_by_inbox(&inbox)))).await;
    let twilio = FakeTwilio::open();
    let account = twilio.account();
    let channel = build_text(&account.section(twilio.port()), None).expect("a right configuration");
    promise(Kept::of_text(channel, Box::new(move || twilio::got(&account)))).await;
    let hook = webhook::hook("ok");
    let channel = webhook::channel(&hook);
    promise(Kept::of_text(channel, Box::new(move || webhook::got(&hook)))).await;
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    on_every_kind(|kept| async move {
        kept.channel.deliver(&kept.to, &kept.content).await.expect("taken");

        assert_eq!((kept.got)(), [kept.says]);
    })
    .await;
}

#[tokio::test]
async fn a_channel_takes_messages_and_addresses_of_its_own_kind_alone() {
    on_every_kind(|kept| async move {
        let (mails, texts) = (Content::Mail(mail()), Content::Text(text()));
        let all = [(to("a@b.example"), &mails), (to("a@b.example"), &texts), (number(), &mails), (number(), &texts)];
        let is_own = |content: &Content| std::mem::discriminant(content) == std::mem::discriminant(&kept.content);
        let is_at = |to: &Address| std::mem::discriminant(to) == std::mem::discriminant(&kept.to);

        for (to, content) in all.iter().filter(|(to, content)| !is_own(content) || !is_at(to)) {
            let refused = kept.channel.deliver(to, content).await;
            assert_eq!(refused, Err(Error::Permanent(Cause::Address)));
        }
        assert_eq!((kept.got)(), []);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_answers_passes_its_check_and_sends_nothing_by_it() {
    on_every_kind(|kept| async move {
        assert_eq!(kept.channel.check().await, Ok(()));
        assert_eq!((kept.got)(), []);
    })
    .await;
}

#[tokio::test]
async fn no_message_and_no_channel_prints_what_it_says_or_to_whom() {
    on_every_kind(|kept| async move {
        let printed = format!("{:?} {:?} {:?}", kept.channel, kept.to, kept.content);

        for secret in ["alice@example.org", NUMBER, CODE, "token="] {
            assert!(!printed.contains(secret), "{printed}");
        }
    })
    .await;
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
    let told_of_texts = build_text("kind = 'inbox'", None).expect_err("no inbox");

    insta::assert_snapshot!(told, @r#"
    error: `kind`: there is no inbox in this program
      help: `inbox` belongs to `regain demo`; use kind = "smtp"
    "#);
    insta::assert_snapshot!(told_of_texts, @r#"
    error: `kind`: there is no inbox in this program
      help: `inbox` belongs to `regain demo`; use kind = "twilio" or kind = "webhook"
    "#);
}
