//! Who sends a tenant's text messages, step by step.

use insta::assert_snapshot;

use super::{Place, deaf};
use crate::support::scripted::{Scripted, whole};
use crate::support::twilio::{Account, FakeTwilio};

/// acme with this `[sms]`, its port shown as a name.
fn place(port: u16, section: &str) -> Place {
    Place::acme(25, &format!("[sms]\n{section}")).called(port, "API")
}

fn at_twilio() -> (FakeTwilio, Account, Place) {
    let twilio = FakeTwilio::open();
    let account = twilio.account();
    let place = place(twilio.port(), &account.section(twilio.port()));
    (twilio, account, place)
}

#[test]
fn a_twilio_that_lets_us_in_is_good_and_nothing_is_sent() {
    let (twilio, account, place) = at_twilio();

    let said = place.doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    assert_snapshot!(said.out, @r"
    sms acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:API takes connections and answers
    ok          the credentials are accepted
    ok          the account may send
    ok          Twilio is asked to tell what becomes of messages
    ");
    assert!(account.sent().is_empty());
    assert!(twilio.asked().iter().all(|asked| asked.method == "GET"));
}

#[test]
fn a_key_that_may_read_messages_is_good() {
    let twilio = FakeTwilio::open();
    let (account, port) = (twilio.account(), twilio.port());
    let Account { sid, key, key_secret, .. } = &account;
    let section = format!(
        "kind = 'twilio'\naccount_sid = '{sid}'\napi_key = '{key}'\napi_secret = '{key_secret}'\nfrom = 'Acme'\n\
         base_url = 'http://127.0.0.1:{port}'\n"
    );

    let said = place(port, &section).doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    assert_snapshot!(said.out, @r"
    sms acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:API takes connections and answers
    ok          the credentials are accepted
    ok          nobody tells what becomes of messages: that needs `sms.auth_token`, and a `public_url` beyond this machine
    ");
}

#[test]
fn a_wrong_token_is_a_problem_and_stays_secret() {
    let (twilio, account, _) = at_twilio();
    let wrong = account.section(twilio.port()).replace(&account.token, "canaryofatoken");

    let said = place(twilio.port(), &wrong).doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r"
    sms acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:API takes connections and answers
    error       the credentials are accepted: credentials refused
        help: look at `sms.account_sid` and `sms.auth_token`; each region has a token of its own, so look at `sms.region` too
    ");
    assert!(!format!("{}{}", said.out, said.err).contains("canary"));
}

#[test]
fn an_account_that_may_not_send_is_a_problem() {
    let (_twilio, account, place) = at_twilio();
    account.is("suspended");

    let said = place.doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("error       the account may send: it is suspended"), "{}", said.out);
}

#[test]
fn a_twilio_that_is_away_exits_with_three() {
    let (_deaf, port) = deaf();
    let account = FakeTwilio::open().account();

    let said = place(port, &account.section(port)).doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(3));
    assert_snapshot!(said.out, @r"
    sms acme
    ok          the name 127.0.0.1 is known
    unreachable 127.0.0.1:API takes connections and answers: no connection
        help: look at `sms.base_url`, at its status page, and at firewalls on the way
    ");
}

#[test]
fn a_hook_that_answers_is_good_whatever_it_answers() {
    let hook = Scripted::open(|_| whole(405, "text/plain", ""));
    let port = hook.port();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let section = format!("kind = 'webhook'\nurl = 'http://127.0.0.1:{port}/sms'\nsecret = '{secret}'\n");

    let said = place(port, &section).doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    assert_snapshot!(said.out, @r"
    sms acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:API takes connections and answers: whether it takes our signature only a message tells
    ");
    assert_eq!(hook.asked().iter().map(|asked| asked.line()).collect::<Vec<_>>(), ["HEAD /sms"]);
}

#[test]
fn a_tenant_without_text_messages_needs_none() {
    let said = Place::acme(25, "").doctor(&["--only", "sms"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    assert_snapshot!(said.out, @r"
    sms acme
    ok          this tenant sends no text messages
    ");
}
