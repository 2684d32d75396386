//! What SMTP alone promises: its form on the wire, what refusals mean, and how it is let in.

use regain::channel::{Cause, Error, Mail};

use super::{build, build_for, deliver, mail, part, smtp};
use crate::support::sink::{Manners, Sink};

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

#[tokio::test]
async fn a_name_stays_a_name_whatever_it_looks_like() {
    let sink = Sink::open(Manners::default());
    let toml = format!("kind = 'smtp'\nhost = '127.0.0.1'\nport = {}\ntls = 'none'\nfrom = 'a@b.example'", sink.port());

    let channel = build_for("\"Eve\" <eve@evil.example>, Acme", &toml, None).expect("a right configuration");
    deliver(&channel, "alice@example.org", mail()).await.expect("taken");

    let wire = sink.taken().remove(0).wire;
    assert_eq!(sink.taken()[0].sender, "MAIL FROM:<a@b.example>");
    insta::assert_snapshot!(wire.lines().next().expect("a line"), @"From: =?utf-8?b?IkV2ZSIgPGV2ZUBldmlsLmV4YW1wbGU+LCBBY21l?= <a@b.example>");
}
