//! Twilio's contract: the stand-in behind a Prism that holds every request and every answer against Twilio's own
//! description. A request of ours that Twilio's description does not know is answered 422 there, and an answer of the
//! stand-in 500: either fails the test that sent it.

use std::net::TcpStream;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use figment::providers::Format as _;
use http::{HeaderMap, HeaderValue};
use regain::channel::{Callback, Cause, Channel, Content, Error, Receipt, Report, Text, TextConfig, TextWiring};
use regain::clock::{Clock, SystemClock};
use regain::domain::address::{Address, PhoneNumber};
use regain::domain::finding::Verdict;
use regain::domain::id::{MessageId, TenantId};
use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::outward::Clients;
use url::Url;

use super::support::twilio::{Account, FakeTwilio, Manner};

/// Where Prism listens, and where it passes on to.
pub(crate) const PRISM: u16 = 4112;
const BEHIND: u16 = 4111;

/// One stand-in for all tests: Prism knows one address. Each test has an account of its own there.
pub(crate) fn stand_in() -> &'static FakeTwilio {
    static TWILIO: OnceLock<FakeTwilio> = OnceLock::new();
    let no_prism = "no Prism: run `tests/live/servers/prism start`";
    TcpStream::connect(("127.0.0.1", PRISM)).expect(no_prism);
    TWILIO.get_or_init(|| FakeTwilio::open_at(BEHIND))
}

fn channel(section: &str) -> Arc<dyn Channel> {
    let figment = figment::Figment::from(figment::providers::Toml::string(section));
    let config: TextConfig = figment.extract().expect("a right configuration");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let wiring = TextWiring {
        tenant: &TenantId::parse("acme").expect("a tenant id"),
        name: "Acme",
        inbox: None,
        clients: &Clients::default(),
        clock: &clock,
        callbacks: &Url::parse("https://login.acme.example/recovery/callbacks").expect("an address"),
    };
    let mut problems = Problems::new();
    config.build(&wiring, &mut problems).unwrap_or_else(|| panic!("{problems:?}"))
}

fn by_token(account: &Account) -> Arc<dyn Channel> {
    channel(&account.section(PRISM))
}

fn by_key(account: &Account) -> Arc<dyn Channel> {
    let Account { sid, key, key_secret, .. } = account;
    let service = "0f".repeat(16);
    channel(&format!(
        "kind = 'twilio'\naccount_sid = '{sid}'\napi_key = '{key}'\napi_secret = '{key_secret}'\n\
         messaging_service_sid = 'MG{service}'\nbase_url = 'http://127.0.0.1:{PRISM}'"
    ))
}

fn text() -> Text {
    Text {
        id: MessageId::new(SystemClock::default().now()),
        locale: "de".to_owned(),
        template: "recovery_code",
        body: "480162 ist dein Code für Acmé. Gib ihn nicht weiter.\n\n@login.acme.example #480162".to_owned(),
        code: Some(Secret::new("480162")),
        valid_for: Duration::from_mins(10),
    }
}

async fn send(channel: &Arc<dyn Channel>, text: Text) -> Result<Receipt, Error> {
    let to = Address::Phone(PhoneNumber::parse("+15005550001").expect("a number"));
    channel.deliver(&to, &Content::Text(text)).await
}

#[tokio::test]
async fn every_form_of_our_request_is_one_that_twilio_describes() {
    let account = stand_in().account();

    for channel in [by_token(&account), by_key(&account)] {
        let receipt = send(&channel, text()).await.expect("taken");
        let sent = account.sent().pop().expect("a message");
        assert_eq!(receipt.reference, Some(sent.sid.clone()));
        assert_eq!((sent.field("To"), sent.field("Body")), ("+15005550001", text().body.as_str()));
    }
    assert_eq!(account.sent().len(), 2);
}

/// What keeps this suite honest: Prism is really between, and refuses what the description does not know.
#[tokio::test]
async fn a_request_that_twilio_does_not_describe_does_not_get_past() {
    let account = stand_in().account();
    let client = Clients::default().trusting(None).expect("a client");
    let address = format!("http://127.0.0.1:{PRISM}/2010-04-01/Accounts/{}/Messages.json", account.sid);
    let post = |body: &'static str| {
        let request = client.post(&address).basic_auth(&account.sid, Some(&account.token));
        request.header("content-type", "application/x-www-form-urlencoded").body(body).send()
    };

    let without_to = post("From=%2B15005550006&Body=x").await.expect("an answer");
    let odd_validity =
        post("To=%2B15005550001&From=%2B15005550006&Body=x&ValidityPeriod=soon").await.expect("an answer");

    assert_eq!((without_to.status().as_u16(), odd_validity.status().as_u16()), (422, 422));
    assert_eq!(account.sent(), []);
}

#[tokio::test]
async fn an_answer_that_twilio_does_not_describe_does_not_count_as_one() {
    let account = stand_in().account();
    account.next([Manner::Garbled]);

    let outcome = send(&by_token(&account), text()).await;

    assert_eq!(outcome, Err(Error::Transient(Cause::Status(500))));
}

#[tokio::test]
async fn refusals_come_through_in_our_classes() {
    let account = stand_in().account();
    let channel = by_token(&account);

    for (manner, error) in [
        (Manner::refuse(21211), Error::Permanent(Cause::Recipient)),
        (Manner::refuse(21610), Error::Permanent(Cause::OptedOut)),
        (Manner::refuse(21408), Error::Permanent(Cause::Blocked)),
        (Manner::Refuse { status: 429, code: 20429, retry_after: None }, Error::Transient(Cause::SlowDown(None))),
        (Manner::Refuse { status: 503, code: 20503, retry_after: None }, Error::Transient(Cause::Status(503))),
    ] {
        account.next([manner]);
        assert_eq!(send(&channel, text()).await, Err(error), "{manner:?}");
    }
    assert_eq!(account.sent(), []);
}

#[tokio::test]
async fn while_twilio_wants_to_be_left_alone_nothing_is_asked_of_it() {
    let account = stand_in().account();
    let channel = by_token(&account);
    account.next([Manner::Refuse { status: 429, code: 20429, retry_after: Some(60) }]);

    let first = send(&channel, text()).await;
    let second = send(&channel, text()).await.expect_err("still too many");

    assert_eq!(first, Err(Error::Transient(Cause::SlowDown(Some(Duration::from_mins(1))))));
    assert!(second.is_transient() && second.retry_after().is_some_and(|wait| wait <= Duration::from_mins(1)));
    let asked = stand_in().asked().iter().filter(|asked| asked.target.contains(&account.sid)).count();
    assert_eq!((asked, account.sent().len()), (1, 0));
}

/// It may have been sent, and here it was: a second try would be a second message.
#[tokio::test]
async fn who_does_not_answer_in_time_is_left_and_what_became_of_the_message_is_not_known() {
    let account = stand_in().account();
    account.next([Manner::Hang]);
    let began = Instant::now();

    let outcome = send(&by_token(&account), text()).await.expect_err("no answer");

    assert_eq!((outcome, account.sent().len()), (Error::Unknown(Cause::Timeout), 1));
    assert!(!outcome.is_transient());
    let took = began.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(10)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn the_look_asks_what_twilio_describes_and_sends_nothing() {
    let account = stand_in().account();

    for channel in [by_token(&account), by_key(&account)] {
        let findings = channel.diagnose().await;
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Good), "{findings:?}");
        assert_eq!(channel.check().await, Ok(()));
    }
    assert_eq!(account.sent(), []);
}

#[tokio::test]
async fn what_twilio_tells_later_is_heard_of_the_message_that_was_sent() {
    let account = stand_in().account();
    let channel = by_token(&account);
    let text = text();
    send(&channel, text.clone()).await.expect("taken");
    let [sent] = account.sent().try_into().expect("one message");
    let (_, body, signature) = account.callback(&sent, "delivered", None);
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-twilio-signature"),
        HeaderValue::from_str(&signature).expect("a header"),
    )]);

    let heard = channel.hear(&Callback { message: text.id, headers: &headers, body: body.as_bytes() });

    assert_eq!(heard, Some(Report::Delivered));
}
