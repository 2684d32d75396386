//! Mail to real mail servers, read back as they understood it: maildev, and smtp-server for STARTTLS.

use std::net::TcpStream;
use std::sync::Arc;

use figment::providers::Format as _;
use regain::channel::{Cause, Channel, Config, Content, Error, Mail};
use regain::clock::{Clock as _, SystemClock};
use regain::domain::address::{Address, EmailAddress};
use regain::domain::id::{MessageId, RecoveryId};
use regain::domain::problem::Problems;
use serde_json::Value;

use super::mailbox::{self, HOW_TO_START, mails_to};

/// In the clear.
const PLAIN: u16 = mailbox::SMTP;
/// TLS from the first byte, and a login.
const IMPLICIT: u16 = 4465;
/// STARTTLS, and a login. Both hand on to maildev.
const STARTTLS: u16 = 4587;

const LOGIN: &str = "user = 'regain'\npassword = 'right-password'\n";

fn channel(port: u16, more: &str) -> Arc<dyn Channel> {
    TcpStream::connect(("127.0.0.1", port)).expect(HOW_TO_START);
    let toml = format!("kind = 'smtp'\nhost = 'localhost'\nport = {port}\nfrom = 'no-reply@acme.example'\n{more}");
    let config: Config =
        figment::Figment::from(figment::providers::Toml::string(&toml)).extract().expect("a right configuration");
    let mut problems = Problems::new();
    config.build("Acmé, Inc.", None, &mut problems).unwrap_or_else(|| panic!("{problems:?}"))
}

fn ca_file() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/target/live/maildev/ca.pem");
    assert!(std::path::Path::new(path).exists(), "{HOW_TO_START}");
    format!("ca_file = '{path}'\n")
}

/// An address that no other test writes to.
fn somebody() -> String {
    let name = data_encoding::HEXLOWER.encode(RecoveryId::random().as_bytes());
    format!("{name}@example.org")
}

fn mail() -> Mail {
    Mail {
        id: MessageId::new(SystemClock::default().now()),
        locale: "de".into(),
        subject: "Neues Kennwort für „Acmé“".into(),
        text: "Grüße\n.\n.. zwei Punkte\nhttps://login.acme.example/recovery/link?token=x=y\n".into(),
        html: "<p>Grüße</p>\n".into(),
    }
}

async fn deliver(channel: &Arc<dyn Channel>, to: &str, mail: Mail) -> Result<(), Error> {
    let to = Address::Email(EmailAddress::parse(to).expect("an address"));
    channel.deliver(&to, &Content::Mail(mail)).await.map(|_| ())
}

#[tokio::test]
async fn a_real_server_reads_the_mail_as_it_was_written() {
    let (to, mail) = (somebody(), mail());
    let channel = channel(PLAIN, "tls = 'none'\nreply_to = 'Hilfe <help@acme.example>'\nhello_name = 'regain.example'");

    channel.check().await.expect("an answer");
    deliver(&channel, &to, mail.clone()).await.expect("taken");

    let [read] = mails_to(&to).try_into().expect("one mail");
    assert_eq!(read["subject"], mail.subject);
    assert_eq!(read["text"], mail.text);
    assert_eq!(read["html"], mail.html);
    assert_eq!(read["from"][0]["name"], "Acmé, Inc.");
    assert_eq!(read["from"][0]["address"], "no-reply@acme.example");
    assert_eq!(read["envelope"]["from"]["address"], "no-reply@acme.example");
    assert_eq!(read["envelope"]["host"], "regain.example");
    let headers = &read["headers"];
    for (name, value) in [
        ("message-id", format!("<{}@acme.example>", mail.id)),
        ("x-entity-ref-id", mail.id.to_string()),
        ("auto-submitted", "auto-generated".into()),
        ("x-auto-response-suppress", "OOF, AutoReply".into()),
        ("content-language", "de".into()),
        ("reply-to", "Hilfe <help@acme.example>".into()),
        ("to", to),
        ("mime-version", "1.0".into()),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
}

/// IN-06
#[tokio::test]
async fn whatever_is_in_a_mail_a_real_server_sees_one_mail_to_one_person() {
    let channel = channel(PLAIN, "tls = 'none'");
    let eve = somebody();
    let hostile = [
        format!("\n.\nMAIL FROM:<x@x.example>\nRCPT TO:<{eve}>\nDATA\nx\n.\n"),
        format!("\r\n.\r\nMAIL FROM:<x@x.example>\r\nRCPT TO:<{eve}>\r\nDATA\r\nx\r\n.\r\n"),
        format!("x\r.\rRCPT TO:<{eve}>"),
        format!("x\nBcc: {eve}\n\ny"),
        ".\n..\n...\n".to_owned(),
        format!("--regain\n{eve}\n"),
    ];

    for words in hostile {
        let to = somebody();
        let as_subject = deliver(&channel, &to, Mail { subject: words.clone(), ..mail() }).await;
        assert_eq!(as_subject, Err(Error::Permanent(Cause::Form)), "{words:?}");
        let as_body = deliver(&channel, &to, Mail { text: words.clone(), html: words.clone(), ..mail() }).await;
        let mails = mails_to(&to);
        assert_eq!(mails.len(), usize::from(as_body.is_ok()), "{words:?}");
        for mail in mails {
            assert_eq!(mail["envelope"]["to"].as_array().map(Vec::len), Some(1), "{words:?}");
            assert_eq!(mail["text"], words.replace("\r\n", "\n"), "{words:?}");
        }
    }
    assert_eq!(mails_to(&eve), Vec::<Value>::new());
}

#[tokio::test]
async fn one_connection_takes_many_mails_of_a_real_server() {
    let to = somebody();
    let channel = channel(PLAIN, "tls = 'none'");

    for _ in 0..20 {
        deliver(&channel, &to, mail()).await.expect("taken");
    }

    assert_eq!(mails_to(&to).len(), 20);
}

#[tokio::test]
async fn implicit_tls_needs_a_certificate_that_we_trust_and_the_right_password() {
    let to = somebody();
    let trusted = ca_file();
    let with = |more: &str| channel(IMPLICIT, &format!("tls = 'implicit'\n{more}"));

    deliver(&with(&format!("{trusted}{LOGIN}")), &to, mail()).await.expect("taken");

    assert_eq!(mails_to(&to).len(), 1);
    assert_eq!(with(LOGIN).check().await, Err(Error::Misconfigured(Cause::Tls)));
    let wrong = with(&format!("{trusted}user = 'regain'\npassword = 'wrong-password'"));
    assert_eq!(wrong.check().await, Err(Error::Misconfigured(Cause::Credentials)));
    let nobody = deliver(&with(&trusted), &to, mail()).await;
    assert_eq!(nobody, Err(Error::Misconfigured(Cause::Credentials)));
}

#[tokio::test]
async fn starttls_needs_a_certificate_that_we_trust_and_the_right_password() {
    let to = somebody();
    let trusted = ca_file();
    let with = |more: &str| channel(STARTTLS, more);

    let right = with(&format!("{trusted}{LOGIN}"));
    right.check().await.expect("an answer");
    deliver(&right, &to, mail()).await.expect("taken");

    assert_eq!(with(LOGIN).check().await, Err(Error::Misconfigured(Cause::Tls)));
    let wrong = with(&format!("{trusted}user = 'regain'\npassword = 'wrong-password'"));
    assert_eq!(wrong.check().await, Err(Error::Misconfigured(Cause::Credentials)));
    let too_early = channel(PLAIN, &format!("tls = 'implicit'\n{trusted}"));
    assert_eq!(too_early.check().await, Err(Error::Misconfigured(Cause::Tls)));
    let without = channel(PLAIN, &trusted);
    assert_eq!(without.check().await, Err(Error::Misconfigured(Cause::Tls)));
}
