//! What the webhook alone promises: the contract of `docs/sms.md` on the wire, and its signature.

use std::sync::Arc;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use regain::channel::{Cause, Channel, Content, Error, Receipt, Text};
use serde_json::Value;
use sha2::Sha256;

use super::{Got, build_text, number, text};
use crate::support::scripted::{Asked, Scripted, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A hook that always answers with this code.
pub(super) fn hook(code: &str) -> Scripted {
    let body = format!(r#"{{"code":"{code}","description":"to +15005550001"}}"#);
    Scripted::open(move |asked| {
        let answer = json(200, &body);
        if asked.method == "HEAD" { answer.replace(&body, "") } else { answer }
    })
}

/// The channel that posts to it.
pub(super) fn channel(hook: &Scripted) -> Arc<dyn Channel> {
    let toml = format!("kind = 'webhook'\nurl = 'http://127.0.0.1:{}/sms'\nsecret = '{SECRET}'", hook.port());
    build_text(&toml, None).expect("a right configuration")
}

/// What it was given.
pub(super) fn got(hook: &Scripted) -> Vec<Got> {
    let read = |asked: &Asked| {
        let message: Value = serde_json::from_str(&asked.body).expect("JSON");
        let of = |name: &str| message[name].as_str().expect("a text").to_owned();
        Got { to: of("to"), subject: String::new(), text: of("body") }
    };
    hook.asked().iter().filter(|asked| asked.method == "POST").map(read).collect()
}

async fn send(channel: &Arc<dyn Channel>, text: Text) -> Result<Receipt, Error> {
    channel.deliver(&number(), &Content::Text(text)).await
}

#[tokio::test]
async fn a_message_is_posted_as_the_contract_says_and_signed_as_standard_webhooks_says() {
    let hook = hook("ok");

    send(&channel(&hook), text()).await.expect("taken");

    let [asked] = hook.asked().try_into().expect("one call");
    assert_eq!((asked.line().as_str(), asked.headers["content-type"].as_str()), ("POST /sms", "application/json"));
    let message: Value = serde_json::from_str(&asked.body).expect("JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&message).expect("JSON"), @r#"
    {
      "to": "+15005550001",
      "body": "480162 is your Acme password reset code. Do not share it.\n\n@login.acme.example #480162",
      "language_tag": "en",
      "tenant_id": "acme",
      "template_name": "recovery_code",
      "template_variables": {
        "code": "480162"
      }
    }
    "#);
    let (id, timestamp) = (&asked.headers["webhook-id"], &asked.headers["webhook-timestamp"]);
    assert_eq!(*id, text().id.to_string());
    let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    mac.update(format!("{id}.{timestamp}.{}", asked.body).as_bytes());
    let expected = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
    assert_eq!(asked.headers["webhook-signature"], expected);
}

#[tokio::test]
async fn a_message_without_a_code_names_none() {
    let hook = hook("ok");

    send(&channel(&hook), Text { template: "password_changed", code: None, ..text() }).await.expect("taken");

    let message: Value = serde_json::from_str(&hook.asked()[0].body).expect("JSON");
    assert_eq!(message["template_variables"], serde_json::json!({}));
}

/// The receiver drops what it has sent already by its id: so an answer that is lost may be asked for again.
#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_under_the_same_id_and_says_the_same() {
    let hook = Scripted::open(|_| String::new());
    let channel = channel(&hook);

    for _ in 0..2 {
        let lost = send(&channel, text()).await.expect_err("no answer");
        assert_eq!(lost, Error::Transient(Cause::Connect));
        assert!(lost.is_transient());
    }

    let [first, second] = hook.asked().try_into().expect("two calls");
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn what_the_hook_says_is_read_in_our_classes() {
    let said = |code: &'static str| async move { send(&channel(&hook(code)), text()).await };

    assert_eq!(said("ok").await, Ok(Receipt::default()));
    assert_eq!(said("invalid_phone_number").await, Err(Error::Permanent(Cause::Recipient)));
    assert_eq!(said("opted_out").await, Err(Error::Permanent(Cause::OptedOut)));
    assert_eq!(said("delivery_rejected").await, Err(Error::Permanent(Cause::Blocked)));
    assert_eq!(said("timeout").await, Err(Error::Unknown(Cause::Timeout)));
    assert_eq!(said("authentication_failed").await, Err(Error::Misconfigured(Cause::Credentials)));
}

#[tokio::test]
async fn a_hook_tells_nothing_later() {
    let hook = hook("ok");
    let channel = channel(&hook);
    let headers = http::HeaderMap::new();

    let heard = channel.hear(&regain::channel::Callback { message: text().id, headers: &headers, body: b"" });

    assert_eq!(heard, None);
}
