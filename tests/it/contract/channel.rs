//! What every channel for mail promises, on the inbox and on SMTP; then what SMTP alone promises.

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
    let mut problems = Problems::new();
    let config: Config =
        figment::Figment::from(figment::providers::Toml::string(toml)).extract().map_err(|error| error.to_string())?;
    let built = config.build("Acme", inbox, &mut problems);
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

#[tokio::test]
async fn a_mail_bears_the_headers_of_the_contract_and_a_retry_is_the_same_to_the_byte() {
    let sink = Sink::open(Manners::default());
    let channel = smtp(&sink, "reply_to = 'help@acme.example'");

    for _ in 0..2 {
        deliver(&channel, "later@Exämple.org", mail()).await.ok();
    }
    deliver(&channel, "later@Exämple.org", mail()).await.expect("taken");

    let [first, second] = sink.taken().try_into().expect("two messages");
    assert_eq!(first.wire, second.wire);
    assert_eq!(first.sender, "MAIL FROM:<no-reply@acme.example>");
    assert_eq!(first.recipients, ["RCPT TO:<later@xn--exmple-cua.org>"]);
    let (headers, _) = first.wire.split_once("\r\n\r\n").expect("headers");
    insta::assert_snapshot!(headers.replace("\r\n", "\n"), @r#"
    From: Acme <no-reply@acme.example>
    To: later@xn--exmple-cua.org
    Subject: Reset your Acme password
    Date: Thu, 20 Nov 2025 06:42:25 +0000
    Message-ID: <019aa000-0000-7000-8000-000000000001@acme.example>
    Reply-To: help@acme.example
    Content-Language: en
    Auto-Submitted: auto-generated
    X-Auto-Response-Suppress: OOF, AutoReply
    X-Entity-Ref-ID: 019aa000-0000-7000-8000-000000000001
    MIME-Version: 1.0
    Content-Type: multipart/alternative;
     boundary="regain-019aa000-0000-7000-8000-000000000001"
    "#);
    assert_eq!(part(&first.content(), "text/html; charset=utf-8"), "<p>Hello</p>\r\n");
}

#[tokio::test]
async fn no_line_end_on_the_wire_is_bare_and_every_dot_is_doubled() {
    let sink = Sink::open(Manners::default());

    deliver(&smtp(&sink, ""), "alice@example.org", mail()).await.expect("taken");

    let wire = sink.taken().remove(0).wire;
    let without_line_ends = wire.replace("\r\n", "");
    assert!(!without_line_ends.contains(['\r', '\n']), "{wire:?}");
    assert!(wire.contains("\r\n..a line") && wire.contains("\r\n..\r\n"), "{wire:?}");
    assert!(wire.lines().all(|line| line.len() <= 78 || line.starts_with("Content-Type: multipart")), "{wire}");
}

/// IN-06
#[tokio::test]
async fn nothing_in_a_mail_makes_a_second_message_or_a_second_recipient() {
    let sink = Sink::open(Manners::default());
    let channel = smtp(&sink, "");
    let hostile = [
        "x\r\nBcc: eve@evil.example",
        "x\nBcc: eve@evil.example",
        "x\rBcc: eve@evil.example",
        "\n.\nMAIL FROM:<eve@evil.example>",
        "\r.\rMAIL FROM:<eve@evil.example>",
        "\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\nDATA\r\nx\r\n.\r\n",
        "x\0y",
        "x\u{85}y",
        "x\u{1b}[2Jy",
    ];

    for words in hostile {
        let as_subject = Mail { subject: words.into(), ..mail() };
        assert_eq!(deliver(&channel, "a@b.example", as_subject).await, Err(Error::Permanent(Cause::Form)), "{words:?}");
        let as_locale = Mail { locale: words.into(), ..mail() };
        assert_eq!(deliver(&channel, "a@b.example", as_locale).await, Err(Error::Permanent(Cause::Form)), "{words:?}");
        let as_body = Mail { text: words.into(), html: words.into(), ..mail() };
        let taken_before = sink.taken().len();
        match deliver(&channel, "a@b.example", as_body).await {
            Ok(()) => assert_eq!(sink.taken().len(), taken_before + 1, "{words:?}"),
            Err(error) => assert_eq!((error, sink.taken().len()), (Error::Permanent(Cause::Form), taken_before)),
        }
    }

    for taken in sink.taken() {
        assert_eq!(taken.recipients, ["RCPT TO:<a@b.example>"]);
        assert!(!taken.wire.replace("\r\n", "").contains(['\r', '\n']), "{:?}", taken.wire);
        let (headers, _) = taken.wire.split_once("\r\n\r\n").expect("headers");
        assert!(!headers.contains("Bcc"), "{headers}");
    }
    let mails = sink.commands().iter().filter(|command| *command == "MAIL").count();
    assert_eq!(mails, sink.taken().len());
}

#[tokio::test]
async fn refusals_are_told_apart_and_their_words_forgotten() {
    let sink = Sink::open(Manners::default());
    let channel = smtp(&sink, "");

    assert_eq!(deliver(&channel, "later@b.example", mail()).await, Err(Error::Transient(Cause::Status(451))));
    assert_eq!(deliver(&channel, "later@b.example", mail()).await, Ok(()));
    assert_eq!(deliver(&channel, "full@b.example", mail()).await, Err(Error::Transient(Cause::Status(452))));
    assert_eq!(deliver(&channel, "unknown@b.example", mail()).await, Err(Error::Permanent(Cause::Status(550))));
    assert_eq!(deliver(&channel, "spam@b.example", mail()).await, Err(Error::Permanent(Cause::Status(554))));
    assert_eq!(deliver(&channel, "gone@b.example", mail()).await, Err(Error::Transient(Cause::Connect)));
    assert_eq!(deliver(&channel, "ünknown@b.example", mail()).await, Err(Error::Permanent(Cause::Form)));
}

#[tokio::test]
async fn a_connection_serves_many_mails_until_something_goes_wrong_on_it() {
    let sink = Sink::open(Manners::default());
    let channel = smtp(&sink, "");

    for _ in 0..3 {
        deliver(&channel, "alice@b.example", mail()).await.expect("taken");
    }
    assert_eq!(sink.connections(), 1);
    deliver(&channel, "unknown@b.example", mail()).await.expect_err("refused");
    deliver(&channel, "alice@b.example", mail()).await.expect("taken");
    assert_eq!(sink.connections(), 2);
}

#[tokio::test]
async fn a_server_that_refuses_us_is_a_matter_for_the_operator() {
    let closed = Sink::open(Manners { greeting: "554 not you", ..Manners::default() });
    let busy = Sink::open(Manners { greeting: "421 too busy", ..Manners::default() });
    let picky = Sink::open(Manners { to_sender: "550 5.7.1 not this sender", ..Manners::default() });
    let asks = Sink::open(Manners { to_sender: "530 5.7.0 log in first", ..Manners::default() });

    for (sink, expected) in [
        (closed, Error::Misconfigured(Cause::Status(554))),
        (busy, Error::Transient(Cause::Status(421))),
        (picky, Error::Misconfigured(Cause::Status(550))),
        (asks, Error::Misconfigured(Cause::Credentials)),
    ] {
        assert_eq!(deliver(&smtp(&sink, ""), "alice@b.example", mail()).await, Err(expected));
        assert!(expected.is_transient());
    }
}

#[tokio::test]
async fn a_login_is_made_and_a_refused_one_is_told() {
    let sink = Sink::open(Manners { login: Some(("regain", "right")), ..Manners::default() });
    let open = Sink::open(Manners::default());
    let right = "user = 'regain'\npassword = 'right'";

    assert_eq!(smtp(&sink, right).check().await, Ok(()));
    assert_eq!(deliver(&smtp(&sink, right), "alice@b.example", mail()).await, Ok(()));
    let wrong = smtp(&sink, "user = 'regain'\npassword = 'wrong'").check().await;
    assert_eq!(wrong, Err(Error::Misconfigured(Cause::Credentials)));
    assert_eq!(smtp(&open, right).check().await, Err(Error::Misconfigured(Cause::Credentials)));
}

#[tokio::test]
async fn without_starttls_nothing_is_said_to_the_server() {
    let sink = Sink::open(Manners { login: Some(("regain", "right")), ..Manners::default() });
    let port = sink.port();
    let channel = build(
        &format!("kind = 'smtp'\nhost = 'localhost'\nport = {port}\nfrom = 'a@b.example'\nuser = 'regain'\npassword = 'right'"),
        None,
    )
    .expect("a right configuration");

    assert_eq!(deliver(&channel, "alice@b.example", mail()).await, Err(Error::Misconfigured(Cause::Tls)));
    assert_eq!(sink.commands(), ["EHLO"]);
}

#[tokio::test]
async fn nobody_listening_is_for_now() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let channel =
        build(&format!("kind = 'smtp'\nhost = '127.0.0.1'\nport = {port}\ntls = 'none'\nfrom = 'a@b.example'"), None);

    let refused = deliver(&channel.expect("a right configuration"), "alice@b.example", mail()).await;

    assert_eq!(refused, Err(Error::Transient(Cause::Connect)));
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_no_secret_with_it() {
    let told = build(
        "kind = 'smtp'\nhost = 'a b'\ntls = 'none'\nfrom = 'nobody'\nreply_to = \"x\\r\\n@y.example\"\npassword = 'hunter2'\nca_file = '/does/not/exist'\nhello_name = 'a b'",
        None,
    )
    .expect_err("all wrong");
    let insecure = build("kind = 'smtp'\nhost = 'mail.example'\ntls = 'none'\nfrom = 'a@b.example'", None)
        .expect_err("clear text");
    let unknown =
        build("kind = 'smtp'\nhost = 'mail.example'\nfrom = 'a@b.example'\npasword = 'x'", None).expect_err("a typo");

    insta::assert_snapshot!(told, @r#"
    error: `host`: this is no host name
      help: write the server's name or address, without a port
    error: `tls`: a mail server beyond this machine needs TLS
      help: use "starttls" or "implicit"; insecure = true allows the clear text
    error: `user`: there is a password and no user
    error: `ca_file`: cannot read /does/not/exist: No such file or directory (os error 2)
      help: a file of PEM certificates is expected
    error: `reply_to`: this is no mail address
      help: write `address` or `Name <address>`
    error: `from`: this is no mail address
      help: write `address` or `Name <address>`
    error: `hello_name`: this is no host name
    "#);
    insta::assert_snapshot!(insecure, @r#"
    error: `tls`: a mail server beyond this machine needs TLS
      help: use "starttls" or "implicit"; insecure = true allows the clear text
    "#);
    insta::assert_snapshot!(unknown, @"unknown field: found `pasword`, expected `one of `host`, `port`, `tls`, `insecure`, `ca_file`, `user`, `password`, `from`, `reply_to`, `hello_name``");
}
