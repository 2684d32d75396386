//! What Twilio tells later of a message: heard where it is signed, noted in the message's row and in a counter, and
//! seen by nobody.

use http::{HeaderValue, StatusCode};
use regain::domain::id::MessageId;
use sea_orm::ConnectionTrait;

use crate::support::app::TestApp;
use crate::support::browser::Answer;
use crate::support::twilio::{Account, FakeTwilio, Sent};

/// A program whose acme sends by an account of Twilio's.
async fn at_twilio() -> (TestApp, Account) {
    let twilio = FakeTwilio::open();
    let account = twilio.account();
    let section = account.section(twilio.port());
    let methods = "methods = [\"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\n";
    let change = |file: String| file.replace("[recovery]\n", &format!("[sms]\n{section}[recovery]\n{methods}"));
    (TestApp::builder().file("acme", change).build().await, account)
}

/// The text message with a code that Twilio has taken for alice: its row and what was sent.
async fn sent(app: &TestApp, account: &Account) -> (MessageId, Sent) {
    app.start_by(&app.browser("acme"), "alice@example.org", "sms_otp").await;
    app.deliver().await;
    taken(account)
}

/// The last message that Twilio has taken.
fn taken(account: &Account) -> (MessageId, Sent) {
    let sent = account.sent().pop().expect("a message");
    let (_, id) = sent.field("StatusCallback").rsplit_once('/').expect("an address");
    (MessageId::parse(id).expect("a message's id"), sent)
}

/// A message of another id, as Twilio would tell of it.
fn of_message(id: MessageId) -> Sent {
    let address = format!("https://acme.rec.test/recovery/callbacks/twilio/{id}");
    let fields = [("StatusCallback", address.as_str()), ("To", "+15005550001"), ("From", "+15005550006")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Sent { sid: format!("SM{}", "0f".repeat(16)), fields: fields.into() }
}

/// Posts as Twilio does: no browser, no cookie, no origin.
async fn post(app: &TestApp, address: &str, body: &str, signature: Option<&str>) -> Answer {
    let browser = app.browser("acme");
    let mut request = browser.raw_form(address, body.to_owned());
    let headers = request.headers_mut();
    headers.remove("sec-fetch-site");
    headers.insert("accept", HeaderValue::from_static("*/*"));
    if let Some(signature) = signature {
        headers.insert("x-twilio-signature", HeaderValue::from_str(signature).expect("a header"));
    }
    browser.send(request).await
}

async fn tell(app: &TestApp, account: &Account, sent: &Sent, status: &str, code: Option<u32>) -> StatusCode {
    let (address, body, signature) = account.callback(sent, status, code);
    post(app, &address, &body, Some(&signature)).await.status
}

/// Status and last error of a message's row.
async fn row(app: &TestApp, id: MessageId) -> (String, Option<String>) {
    let connection = app.database.connect().await;
    let rows = connection
        .query_all_raw(sea_orm::Statement::from_string(
            connection.get_database_backend(),
            "SELECT id, status, last_error FROM outbox",
        ))
        .await
        .expect("rows");
    let of = rows.iter().find(|row| row.try_get::<Vec<u8>>("", "id").is_ok_and(|known| known == id.as_bytes()));
    let of = of.expect("the message's row");
    (of.try_get("", "status").expect("a status"), of.try_get("", "last_error").expect("an error"))
}

async fn given_up_as(app: &TestApp, last_error: &str) {
    let connection = app.database.connect().await;
    let text = format!("UPDATE outbox SET status = 'abandoned', last_error = '{last_error}'");
    connection.execute_unprepared(&text).await.expect("an update");
}

#[tokio::test]
async fn what_twilio_tells_is_noted_in_the_row_by_our_own_class() {
    let (app, account) = at_twilio().await;
    let (id, sent) = sent(&app, &account).await;
    let is_sent = |last_error: Option<&str>| ("sent".to_owned(), last_error.map(str::to_owned));

    assert_eq!(tell(&app, &account, &sent, "undelivered", Some(30006)).await, StatusCode::NO_CONTENT);
    assert_eq!(row(&app, id).await, is_sent(Some("channel_recipient")));
    // An earlier state that comes late takes nothing back.
    assert_eq!(tell(&app, &account, &sent, "sending", None).await, StatusCode::NO_CONTENT);
    assert_eq!(row(&app, id).await, is_sent(Some("channel_recipient")));
    assert_eq!(tell(&app, &account, &sent, "delivered", None).await, StatusCode::NO_CONTENT);
    assert_eq!(row(&app, id).await, is_sent(None));
}

#[tokio::test]
async fn a_message_whose_fate_was_unknown_counts_as_sent_when_twilio_tells_of_it() {
    let (app, account) = at_twilio().await;
    let (id, sent) = sent(&app, &account).await;
    given_up_as(&app, "channel_unknown").await;

    assert_eq!(tell(&app, &account, &sent, "sent", None).await, StatusCode::NO_CONTENT);

    assert_eq!(row(&app, id).await, ("sent".to_owned(), None));
}

#[tokio::test]
async fn a_message_that_was_refused_stays_refused() {
    let (app, account) = at_twilio().await;
    let (id, sent) = sent(&app, &account).await;
    given_up_as(&app, "channel_blocked").await;

    for status in ["sent", "delivered"] {
        assert_eq!(tell(&app, &account, &sent, status, None).await, StatusCode::NO_CONTENT);
    }

    assert_eq!(row(&app, id).await, ("abandoned".to_owned(), Some("channel_blocked".to_owned())));
}

#[tokio::test]
async fn whoever_is_not_twilio_is_refused_alike_and_changes_nothing() {
    let (app, account) = at_twilio().await;
    let (id, sent) = sent(&app, &account).await;
    let (address, body, signature) = account.callback(&sent, "failed", Some(30007));
    let stranger = FakeTwilio::open().account().callback(&sent, "failed", Some(30007)).2;
    let other = of_message(MessageId::from_bytes([7; 16]));

    let mut answers = Vec::new();
    for (address, body, signature) in [
        (address.as_str(), body.as_str(), None),
        (&address, &body, Some("")),
        (&address, &body, Some(stranger.as_str())),
        (&address, &body.replace("30007", "30006"), Some(&signature)),
        (other.field("StatusCallback"), &body, Some(&signature)),
        ("/recovery/callbacks/twilio/x", &body, Some(&signature)),
    ] {
        let answer = post(&app, address, body, signature).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        answers.push(answer.shape(""));
    }

    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(row(&app, id).await, ("sent".to_owned(), None));
}

#[tokio::test]
async fn a_message_that_nobody_knows_is_answered_like_one_that_is_known() {
    let (app, account) = at_twilio().await;
    let (_, known) = sent(&app, &account).await;
    let unknown = of_message(MessageId::from_bytes([7; 16]));

    let mut answers = Vec::new();
    for sent in [&known, &unknown] {
        let (address, body, signature) = account.callback(sent, "delivered", None);
        answers.push(post(&app, &address, &body, Some(&signature)).await.shape(""));
    }

    assert_eq!(answers[0], answers[1]);
}

/// XT: one tenant's Twilio says nothing of another's messages, and a tenant without one hears nobody.
#[tokio::test]
async fn a_tenants_twilio_is_heard_at_that_tenants_address_alone() {
    let (app, account) = at_twilio().await;
    let (id, sent) = sent(&app, &account).await;
    let (_, body, signature) = account.callback(&sent, "failed", Some(30007));
    let browser = app.browser("globex");
    let mut request = browser.raw_form(&format!("/recovery/callbacks/twilio/{id}"), body);
    request.headers_mut().insert("x-twilio-signature", HeaderValue::from_str(&signature).expect("a header"));

    assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(row(&app, id).await, ("sent".to_owned(), None));
}

#[tokio::test]
async fn a_callback_is_a_post_of_bounded_size() {
    let (app, account) = at_twilio().await;
    let (_, sent) = sent(&app, &account).await;
    let (address, _, signature) = account.callback(&sent, "delivered", None);

    let large = post(&app, &address, &"x".repeat(16 * 1024 + 1), Some(&signature)).await;
    let read = app.browser("acme").get(&address).await;

    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((read.status, read.headers["allow"].as_bytes()), (StatusCode::METHOD_NOT_ALLOWED, b"POST".as_slice()));
}

/// WB-01: what the route of callbacks is excused from, no other one is.
#[tokio::test]
async fn a_signature_excuses_no_other_post_from_where_it_comes_from() {
    let (app, account) = at_twilio().await;
    let (_, sent) = sent(&app, &account).await;
    let (_, body, signature) = account.callback(&sent, "delivered", None);

    for address in ["/recovery/", "/recovery/callbacks/twilio/", "/recovery/callbacks/other/x", "/recovery/x/cancel"] {
        assert_eq!(post(&app, address, &body, Some(&signature)).await.status, StatusCode::FORBIDDEN, "{address}");
    }
}

/// No page, whoever looks at it and whatever Twilio has told.
#[tokio::test]
async fn no_page_changes_by_what_twilio_tells() {
    let (app, account) = at_twilio().await;
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice@example.org", "sms_otp").await;
    app.deliver().await;
    let (_, message) = taken(&account);
    let stranger = app.browser("acme");
    let before = stranger.get(&format!("/recovery/{id}")).await.shape(&id);

    for (status, code) in [("undelivered", Some(30006)), ("failed", Some(21610)), ("delivered", None)] {
        assert_eq!(tell(&app, &account, &message, status, code).await, StatusCode::NO_CONTENT);
        assert_eq!(stranger.get(&format!("/recovery/{id}")).await.shape(&id), before, "{status}");
    }
}
