//! A tenant's mail server, step by step, and the test mail.

use insta::assert_snapshot;

use super::{Place, deaf};
use crate::support::sink::{Manners, Sink};

#[test]
fn a_mail_server_that_lets_us_in_is_good() {
    let sink = Sink::open(Manners { login: Some(("regain", "canary-of-a-password")), ..Manners::default() });
    let place = Place::acme(sink.port(), "user = \"regain\"\npassword = \"canary-of-a-password\"\n");

    let said = place.doctor(&["--only", "smtp"]);

    assert_eq!(said.code, Some(0));
    assert_snapshot!(said.out, @r##"
    smtp acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:SMTP takes connections
    ok          `email.tls` is "none": mails go in the clear
    ok          the login is accepted
    "##);
    assert!(sink.taken().is_empty());
    assert!(!sink.commands().contains(&"MAIL".to_owned()));
}

#[test]
fn a_mail_server_that_is_away_exits_with_three() {
    let (_deaf, port) = deaf();

    let said = Place::acme(port, "").doctor(&["--only", "smtp"]);

    assert_eq!(said.code, Some(3));
    assert_snapshot!(said.out, @r##"
    smtp acme
    ok          the name 127.0.0.1 is known
    unreachable 127.0.0.1:SMTP takes connections: no connection
        help: look at `email.host` and `email.port`, at the mail server, and at firewalls on the way
    "##);
}

#[test]
fn a_wrong_password_is_a_problem_and_stays_secret() {
    let sink = Sink::open(Manners { login: Some(("regain", "right")), ..Manners::default() });
    let place = Place::acme(sink.port(), "user = \"regain\"\npassword = \"canary-of-a-password\"\n");

    let said = place.doctor(&["--only", "smtp"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    smtp acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:SMTP takes connections
    ok          `email.tls` is "none": mails go in the clear
    error       the login is accepted: credentials refused
        help: look at `email.user` and `email.password`
    "##);
    assert!(!format!("{}{}", said.out, said.err).contains("canary"));
}

#[test]
fn a_mail_server_without_the_encryption_that_was_asked_for_is_a_problem() {
    let sink = Sink::open(Manners::default());
    let place = Place::acme(sink.port(), "").env("REGAIN_TENANT_ACME__EMAIL__TLS", "starttls");

    let said = place.doctor(&["--only", "smtp"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    smtp acme
    ok          the name 127.0.0.1 is known
    error       127.0.0.1:SMTP speaks TLS as it should: it does not offer STARTTLS
        help: `email.tls` must fit the port (starttls 587, implicit 465), and the certificate must bear `email.host` and come from a root of this system's or of `email.ca_file`
    "##);
}

#[test]
fn a_mail_server_that_nobody_knows_exits_with_three() {
    let place = Place::acme(25, "")
        .env("REGAIN_TENANT_ACME__EMAIL__HOST", "smtp.invalid")
        .env("REGAIN_TENANT_ACME__EMAIL__TLS", "starttls");

    let said = place.doctor(&["--only", "smtp"]);

    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.out.contains("unreachable the name smtp.invalid is known"), "{}", said.out);
}

#[test]
fn a_test_mail_shows_the_link_as_it_was_sent() {
    let sink = Sink::open(Manners::default());
    let place = Place::acme(sink.port(), "");

    let said = place.doctor(&["--only", "smtp", "--send-test", "ops@acme.example"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    let link = "https://login.acme.example/recovery/link?token=this-is-a-test-of-the-mail-relay";
    assert!(said.out.contains("ok          a test mail to ops@acme.example was taken"), "{}", said.out);
    assert!(said.out.contains(link), "{}", said.out);
    let [taken] = sink.taken().try_into().expect("one mail");
    assert_eq!(taken.recipients, ["RCPT TO:<ops@acme.example>"]);
    let content = taken.content().replace("=\r\n", "").replace("=3D", "=");
    assert!(content.contains(&format!("\r\n{link}\r\n")), "{content}");
    assert!(content.contains("Subject: Test of the mail server of Acme"), "{content}");
}

#[test]
fn a_test_mail_that_is_refused_is_a_problem() {
    let sink = Sink::open(Manners::default());

    let said = Place::acme(sink.port(), "").doctor(&["--only", "smtp", "--send-test", "unknown@acme.example"]);

    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.contains("a test mail to unknown@acme.example was taken: refused: status 550"), "{}", said.out);
}
