//! What Twilio alone promises: what is asked, what its answers mean, and that nothing is ever sent twice unknowingly.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use regain::channel::{Callback, Cause, Channel, Content, Error, Receipt, Report, Text};
use regain::domain::id::MessageId;

use super::{CODE, Got, build_text, build_text_at, number, text};
use crate::support::scripted::Scripted;
use crate::support::twilio::{Account, FakeTwilio, Manner, Sent};

/// What an account has sent.
pub(super) fn got(account: &Account) -> Vec<Got> {
    let read =
        |sent: Sent| Got { to: sent.field("To").into(), subject: String::new(), text: sent.field("Body").into() };
    account.sent().into_iter().map(read).collect()
}

/// A stand-in, an account of it, and the channel that sends by it.
fn twilio(more: &str) -> (FakeTwilio, Account, Arc<dyn Channel>) {
    let twilio = FakeTwilio::open();
    let account = twilio.account();
    let channel = build_text(&format!("{}{more}", account.section(twilio.port())), None).expect("a configuration");
    (twilio, account, channel)
}

async fn send(channel: &Arc<dyn Channel>, text: Text) -> Result<Receipt, Error> {
    channel.deliver(&number(), &Content::Text(text)).await
}

#[tokio::test]
async fn a_text_message_is_sent_by_the_account_with_an_address_to_tell_its_end_at() {
    let (_twilio, account, channel) = twilio("");

    let receipt = send(&channel, text()).await.expect("taken");

    let [sent] = account.sent().try_into().expect("one message");
    assert_eq!(receipt.reference.as_deref(), Some(sent.sid.as_str()));
    let fields: Vec<String> = sent.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    insta::assert_snapshot!(fields.join("\n"), @r"
    Body=480162 is your Acme password reset code. Do not share it.

    @login.acme.example #480162
    From=+15005550006
    SmartEncoded=true
    StatusCallback=https://login.acme.example/recovery/callbacks/twilio/019aa000-0000-7000-8000-000000000001
    To=+15005550001
    ValidityPeriod=600
    ");
}

#[tokio::test]
async fn a_service_may_choose_who_sends_and_a_key_may_log_in() {
    let twilio = FakeTwilio::open();
    let account = twilio.account();
    let (sid, key, secret, port) = (&account.sid, &account.key, &account.key_secret, twilio.port());
    let service = format!("MG{}", "0f".repeat(16));
    let toml = format!(
        "kind = 'twilio'\naccount_sid = '{sid}'\napi_key = '{key}'\napi_secret = '{secret}'\n\
         messaging_service_sid = '{service}'\nbase_url = 'http://127.0.0.1:{port}'"
    );
    let channel = build_text(&toml, None).expect("a configuration");

    send(&channel, text()).await.expect("taken");

    let [sent] = account.sent().try_into().expect("one message");
    assert_eq!((sent.field("MessagingServiceSid"), sent.field("From")), (service.as_str(), ""));
    // Without the token nobody could tell whose a callback is.
    assert_eq!(sent.field("StatusCallback"), "");
    assert_eq!(channel.check().await, Ok(()));
}

#[tokio::test]
async fn a_message_is_of_use_for_as_long_as_its_code_lives() {
    let (_twilio, account, channel) = twilio("");

    for seconds in [0, 42, 100_000] {
        send(&channel, Text { valid_for: Duration::from_secs(seconds), ..text() }).await.expect("taken");
    }

    let periods: Vec<String> = account.sent().iter().map(|sent| sent.field("ValidityPeriod").to_owned()).collect();
    assert_eq!(periods, ["1", "42", "36000"]);
}

#[tokio::test]
async fn no_callback_is_asked_for_at_a_name_of_this_machine() {
    let twilio = FakeTwilio::open();
    let account = twilio.account();
    let channel =
        build_text_at("http://acme.localhost:8080", &account.section(twilio.port()), None).expect("a channel");

    send(&channel, text()).await.expect("taken");

    assert_eq!(account.sent()[0].field("StatusCallback"), "");
}

#[tokio::test]
async fn refusals_are_told_apart_in_our_classes() {
    let (_twilio, account, channel) = twilio("");
    let cases = [
        (Manner::refuse(21211), Error::Permanent(Cause::Recipient)),
        (Manner::refuse(21610), Error::Permanent(Cause::OptedOut)),
        (Manner::refuse(21408), Error::Permanent(Cause::Blocked)),
        (Manner::refuse(21606), Error::Misconfigured(Cause::Sender)),
        (Manner::refuse(99999), Error::Permanent(Cause::Status(400))),
        (Manner::Refuse { status: 500, code: 20500, retry_after: None }, Error::Transient(Cause::Status(500))),
        (Manner::Refuse { status: 503, code: 20503, retry_after: None }, Error::Transient(Cause::Status(503))),
        (Manner::Refuse { status: 429, code: 20429, retry_after: None }, Error::Transient(Cause::SlowDown(None))),
    ];

    for (manner, error) in cases {
        account.next([manner]);
        assert_eq!(send(&channel, text()).await, Err(error), "{manner:?}");
    }
    assert_eq!(account.sent(), []);
    account.next([Manner::Fail { code: 30007 }]);
    assert_eq!(send(&channel, text()).await, Err(Error::Permanent(Cause::Blocked)));
}

/// A second try would be a second message: the stand-in keeps every one that it takes.
#[tokio::test]
async fn an_unknown_outcome_is_one_message_and_is_not_tried_again() {
    let (_twilio, account, channel) = twilio("");
    account.next([Manner::Cut, Manner::Garbled]);

    let cut = send(&channel, text()).await.expect_err("no answer");
    assert_eq!((cut, account.sent().len()), (Error::Unknown(Cause::Connect), 1));
    let garbled = send(&channel, text()).await.expect_err("no answer of Twilio's");
    assert_eq!((garbled, account.sent().len()), (Error::Unknown(Cause::Answer), 2));

    assert!(!cut.is_transient() && !garbled.is_transient());
}

/// The program ends while nothing is heard. Our own limit is met in `tests/live/twilio.rs`, where time is real.
#[tokio::test]
async fn who_stops_waiting_for_an_answer_leaves_one_message() {
    let (twilio, account, channel) = twilio("");
    account.next([Manner::Hang]);
    let taken = async {
        while account.sent().is_empty() {
            tokio::task::yield_now().await;
        }
    };

    tokio::select! {
        outcome = send(&channel, text()) => panic!("nothing was answered: {outcome:?}"),
        () = taken => {}
    }
    send(&channel, text()).await.expect("taken, for nothing is wrong with the account");

    assert_eq!((twilio.asked().len(), account.sent().len()), (2, 2), "one each");
}

#[tokio::test]
async fn half_an_answer_that_a_message_was_made_is_an_answer() {
    let (_twilio, account, channel) = twilio("");
    account.next([Manner::Half]);

    assert_eq!(send(&channel, text()).await, Ok(Receipt::default()));
    assert_eq!(account.sent().len(), 1);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent_and_it_may_be_tried_again() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("a port").port();
    let section = FakeTwilio::open().account().section(closed);
    let channel = build_text(&section, None).expect("a configuration");

    let error = send(&channel, text()).await.expect_err("nobody there");

    assert_eq!(error, Error::Transient(Cause::Connect));
    assert!(error.is_transient());
}

#[tokio::test]
async fn while_twilio_wants_to_be_left_alone_nothing_is_asked() {
    let (twilio, account, channel) = twilio("");
    account.next([Manner::Refuse { status: 429, code: 20429, retry_after: Some(60) }]);

    let first = send(&channel, text()).await.expect_err("too many");
    let second = send(&channel, text()).await.expect_err("still too many");

    assert_eq!(first, Error::Transient(Cause::SlowDown(Some(Duration::from_mins(1)))));
    assert!(second.is_transient() && second.retry_after().is_some_and(|wait| wait <= Duration::from_mins(1)));
    assert_eq!(twilio.asked().len(), 1);
}

#[tokio::test]
async fn nobody_is_left_alone_for_longer_than_an_hour() {
    let (_twilio, account, channel) = twilio("");
    account.next([Manner::Refuse { status: 429, code: 20429, retry_after: Some(1_000_000) }]);

    let refused = send(&channel, text()).await;

    assert_eq!(refused, Err(Error::Transient(Cause::SlowDown(Some(Duration::from_hours(1))))));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_credentials_go_nowhere_else() {
    let elsewhere = Scripted::open(|_| String::new());
    let port = elsewhere.port();
    let here = Scripted::open(move |_| {
        format!(
            "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{port}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    });
    let channel = build_text(&FakeTwilio::open().account().section(here.port()), None).expect("a configuration");

    assert_eq!(send(&channel, text()).await, Err(Error::Misconfigured(Cause::Status(307))));
    assert_eq!(elsewhere.asked().len(), 0);
}

#[tokio::test]
async fn wrong_credentials_are_the_operators_matter() {
    let (twilio, account, _) = twilio("");
    let wrong = account.section(twilio.port()).replace(&account.token, "0123456789abcdef0123456789abcdef");
    let channel = build_text(&wrong, None).expect("a configuration");

    assert_eq!(send(&channel, text()).await, Err(Error::Misconfigured(Cause::Credentials)));
    assert_eq!(channel.check().await, Err(Error::Misconfigured(Cause::Credentials)));
    assert_eq!(account.sent(), []);
}

#[tokio::test]
async fn a_body_that_twilio_would_not_take_is_not_sent() {
    let (twilio, _account, channel) = twilio("");

    for body in [String::new(), "x".repeat(1601)] {
        assert_eq!(send(&channel, Text { body, ..text() }).await, Err(Error::Permanent(Cause::Form)));
    }
    assert_eq!(twilio.asked().len(), 0);
}

/// IN-06: whatever stands in a message, it is one message with the fields that we give.
#[tokio::test]
async fn nothing_in_a_message_makes_another_field_of_it() {
    let (_twilio, account, channel) = twilio("");

    for body in ["x&To=%2B15005550009", "x\r\nTo: +15005550009", "x;From=y", "a+b %26 ä 😀", "\0"] {
        send(&channel, Text { body: body.to_owned(), ..text() }).await.expect("taken");
        let sent = account.sent().pop().expect("a message");
        assert_eq!((sent.field("Body"), sent.field("To"), sent.fields.len()), (body, "+15005550001", 6));
    }
}

fn hear(channel: &Arc<dyn Channel>, message: MessageId, body: &str, signature: &str) -> Option<Report> {
    let mut headers = HeaderMap::new();
    headers.insert("x-twilio-signature", HeaderValue::from_str(signature).expect("a header"));
    channel.hear(&Callback { message, headers: &headers, body: body.as_bytes() })
}

#[tokio::test]
async fn what_twilio_tells_later_is_heard_where_it_is_signed() {
    let (twilio, account, channel) = twilio("");
    send(&channel, text()).await.expect("taken");
    let [sent] = account.sent().try_into().expect("one message");
    let (_, body, signature) = account.callback(&sent, "undelivered", Some(30006));

    let heard = hear(&channel, text().id, &body, &signature);

    assert_eq!(heard, Some(Report::Undelivered(Error::Permanent(Cause::Recipient))));
    let foreign = twilio.account().callback(&sent, "undelivered", Some(30006)).2;
    assert_eq!(hear(&channel, text().id, &body, &foreign), None);
    assert_eq!(hear(&channel, text().id, &body, ""), None);
}

#[tokio::test]
async fn no_error_and_no_channel_holds_a_word_of_twilios_or_a_secret() {
    let (_twilio, account, channel) = twilio("");
    account.next([Manner::refuse(21211)]);

    let error = send(&channel, text()).await.expect_err("refused");

    let printed = format!("{error:?} {error} {channel:?}");
    for secret in ["21211", "+15005550001", CODE, account.token.as_str()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
