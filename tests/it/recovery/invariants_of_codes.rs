//! Invariants 1, 3 and 8 where codes are typed: by mail, by text message, and where the gateway has refused the text.

use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};
use regain::domain::id::RecoveryId;
use regain::store::rows::Loaded;
use tracing::Level;

use crate::support::app::{NEW, OLD, TestApp, code_of, digits_of, id, twice, typed};
use crate::support::browser::Browser;
use crate::support::flaky_channel::Reply;
use crate::support::heard::Heard;

/// How a code gets to alice.
#[derive(Clone, Copy, Debug)]
enum Way {
    Mail,
    Text,
    /// By mail, in place of a text message that cannot reach her number.
    Instead,
}

const WAYS: [Way; 3] = [Way::Mail, Way::Text, Way::Instead];
/// Codes so long that no other number is taken for one.
const LONG: &str = "methods = [\"email_otp\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\nemail_otp.digits = 12\n\
                    sms_otp.digits = 12\n";
/// Alice's number, as it is held, as others write it, and what of it would be shown as a hint.
const NUMBER: [&str; 3] = ["+12025550123", "2025550123", "555-0123"];

/// A recovery of alice's whose code has come, and the browser that asked for it.
struct Sent {
    browser: Browser,
    id: String,
    code: String,
}

async fn sent(app: &TestApp, way: Way) -> Sent {
    let browser = app.browser("acme");
    let method = match way {
        Way::Mail => "email_otp",
        Way::Text | Way::Instead => "sms_otp",
    };
    if let Way::Instead = way {
        app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
    }
    let id = app.start_by(&browser, "alice", method).await;
    app.deliver().await;
    let code = match way {
        Way::Text => code_of(&app.one_text()),
        Way::Mail | Way::Instead => code_of(&app.one_mail()),
    };
    app.wait(Duration::from_mins(1));
    Sent { browser, id, code }
}

/// The reset token that a browser holds after a right code.
fn reset_token(browser: &Browser, id: &str) -> String {
    let cookies = browser.cookies.borrow();
    let (_, value) = cookies.iter().find(|(name, _)| name.ends_with(&id[..8])).expect("the recovery's cookie");
    value.split('.').nth(2).filter(|token| token.len() == 70).expect("a reset token").to_owned()
}

async fn kept(app: &TestApp, recovery: &str) -> Loaded {
    let recovery = RecoveryId::parse(recovery).expect("an id");
    app.store.tenant(&id("acme")).recovery(recovery).await.expect("a store").expect("a recovery")
}

#[tokio::test]
async fn every_verdict_about_a_code_is_saved_before_it_is_said() {
    for way in WAYS {
        let app = TestApp::with_lines(LONG).await;
        let Sent { browser, id, code } = sent(&app, way).await;
        let address = format!("/recovery/{id}/code");
        for left in [4, 3, 2] {
            let told = browser.post(&address, &typed(&digits_of(&code))).await;
            assert!(told.body.contains(&format!("You have {left} tries left")), "{way:?}: {}", told.body);
            assert_eq!(kept(&app, &id).await.recovery.codes_left, left, "{way:?}");
        }

        let right = browser.post(&address, &typed(&code)).await;
        let loaded = kept(&app, &id).await;

        assert_eq!(right.status, StatusCode::SEE_OTHER, "{way:?}");
        assert_eq!(loaded.recovery.codes_closed.and_then(|closed| closed.issue), Some(1), "{way:?}");
        let lines = app.audit("acme").await;
        let count = |event: &str| lines.iter().filter(|line| line.event == event).count();
        assert_eq!((count("recovery.code_failed"), count("recovery.code_verified")), (3, 1), "{way:?}");
    }
}

/// Where a verdict cannot be saved none is said: the answer is that of any other failure, right code or wrong.
#[tokio::test]
async fn a_verdict_that_cannot_be_saved_is_not_said() {
    let app = TestApp::with_lines(LONG).await;
    let Sent { browser, id, code } = sent(&app, Way::Mail).await;
    let before = browser.cookies.borrow().clone();
    let connection = app.database.connect().await;
    run(&connection, "ALTER TABLE tally RENAME TO tally_away").await;

    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    let wrong = browser.post(&format!("/recovery/{id}/code"), &typed(&digits_of(&code))).await;
    run(&connection, "ALTER TABLE tally_away RENAME TO tally").await;

    assert_eq!(right.status, StatusCode::SERVICE_UNAVAILABLE, "{}", right.body);
    assert_eq!(right.shape(&id), wrong.shape(&id));
    assert_eq!(*browser.cookies.borrow(), before, "no token was given");
    let loaded = kept(&app, &id).await;
    assert_eq!((loaded.recovery.codes_left, loaded.recovery.codes_closed), (5, None));
    let again = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
}

async fn run(connection: &sea_orm::DatabaseConnection, text: &str) {
    use sea_orm::ConnectionTrait;

    connection.execute_unprepared(text).await.expect("a statement");
}

#[tokio::test]
async fn no_secret_of_a_code_is_stored() {
    for way in WAYS {
        let app = TestApp::with_lines(LONG).await;
        let Sent { browser, id, code } = sent(&app, way).await;
        let wrong = digits_of(&code);
        browser.post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
        browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
        let token = reset_token(&browser, &id);
        let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{way:?}");
        app.deliver().await;
        app.new_mails();
        app.new_texts();
        let mac = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).expect("base64url")[20..].to_vec();

        app.store.close().await;
        let kept = app.database.every_byte().await;

        let holds = |needle: &[u8]| kept.windows(needle.len()).any(|window| window == needle);
        assert!(holds(b"recovery.code_verified"), "the search finds what is there");
        let secrets = [&code, &wrong, &token, NEW, OLD, "alice@example.org", "example.org"].map(str::as_bytes);
        for secret in secrets.into_iter().chain(NUMBER.map(str::as_bytes)).chain([mac.as_slice()]) {
            assert!(!holds(secret), "{way:?}: {}", String::from_utf8_lossy(secret));
        }
    }
}

#[tokio::test]
async fn a_secret_of_a_code_reaches_no_log_span_metric_or_audit_record() {
    let metrics = regain::metrics::install(true);
    for way in WAYS {
        let (heard, guard) = Heard::listen(Level::TRACE);
        let app = TestApp::with_lines(LONG).await;
        let Sent { browser, id, code } = sent(&app, way).await;
        let wrong = digits_of(&code);
        for typed_code in [&wrong, "the canary of no code", &code, &code] {
            browser.post(&format!("/recovery/{id}/code"), &typed(typed_code)).await;
        }
        let token = reset_token(&browser, &id);
        browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;
        // The notices, the text among them, are refused by the gateway and by the mail server.
        app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
        app.mail_server([Reply::Refused(Error::Permanent(Cause::Status(550)))]);
        app.deliver().await;
        app.new_mails();
        app.new_texts();
        drop(guard);

        let audit: Vec<String> = app.audit("acme").await.iter().map(|line| format!("{line:?}")).collect();
        let told = [heard.text(), metrics.render(), audit.join("\n")].join("\n");
        assert!(told.contains("recovery.code_verified") && told.contains("notice abandoned"), "the search finds them");
        let secrets = [&code, &wrong, &token, NEW, OLD, "canary", "alice@example.org", "example.org"];
        for secret in secrets.into_iter().chain(NUMBER) {
            let line = told.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{way:?}: {secret}: {line:?}");
        }
    }
}
