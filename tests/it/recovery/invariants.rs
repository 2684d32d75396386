//! The nine invariants of the house, by name.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};

use crate::support::app::{NEW, OLD, TestApp, link_of, twice};
use crate::support::fake_identity::{self, Op, Point};
use crate::support::flaky_channel::Reply;

#[tokio::test]
async fn every_verdict_shown_has_cost_an_attempt() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let refusals = (0..10).map(|_| fake_identity::Reply::Refused(vec!["reused".to_owned()]));
    app.people("acme").answer(Op::SetPassword, refusals);

    let mut verdicts = Vec::new();
    for _ in 0..7 {
        let answer = browser.post(&format!("{page}/password"), &twice(NEW)).await;
        verdicts.push(answer.status.as_u16());
    }

    assert_eq!(verdicts, [422, 422, 422, 422, 410, 410, 410], "the fifth password was the last");
    assert_eq!(app.people("acme").calls(Op::SetPassword), 5);
}

#[tokio::test]
async fn one_proof_one_completed() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let address = format!("{page}/password");

    let posts = (0..20).map(|_| browser.send(browser.form(&address, &twice(NEW))));
    let answers = futures_util::future::join_all(posts).await;

    let done = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(done, 1);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn no_secret_is_stored() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (recovery, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    browser.get(&link).await;
    browser.post(&format!("/recovery/{recovery}/password"), &twice(NEW)).await;
    app.deliver().await;
    app.one_mail();
    let token = link.split_once("token=").expect("a token").1;
    let mac = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).expect("base64url")[20..].to_vec();

    app.store.close().await;
    let kept = app.database.every_byte().await;

    let holds = |needle: &[u8]| kept.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"recovery.requested"), "the search finds what is there");
    for secret in
        [b"alice@example.org".as_slice(), b"example.org", NEW.as_bytes(), OLD.as_bytes(), token.as_bytes(), &mac]
    {
        assert!(!holds(secret), "{}", String::from_utf8_lossy(secret));
    }
}

#[tokio::test]
async fn a_message_sent_twice_says_the_same() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    app.start(&browser, "alice@example.org").await;
    app.mail_server([Reply::DeliveredUnheard(Error::Transient(Cause::Timeout))]);
    app.deliver().await;
    let first = app.one_mail();

    app.wait(Duration::from_secs(5));
    app.deliver().await;
    let second = app.one_mail();

    assert_eq!(first.mail.id, second.mail.id);
    assert_eq!(link_of(&first), link_of(&second));
    assert_eq!(first.mail.text, second.mail.text);
}

#[tokio::test]
async fn the_request_asks_nobody_whether_the_account_exists() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");

    let recovery = app.start(&browser, "alice@example.org").await;
    browser.get(&format!("/recovery/{recovery}")).await;
    app.wait(Duration::from_mins(1));
    browser.post(&format!("/recovery/{recovery}/resend"), &[]).await;

    for op in [Op::Find, Op::Account, Op::SetPassword, Op::EndSessions] {
        assert_eq!(app.people("acme").calls(op), 0, "{op:?}");
    }
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn no_network_call_happens_inside_a_transaction() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    let address = format!("{page}/password");
    let fields = twice(NEW);
    let refused = || fake_identity::Reply::Refused(vec!["reused".to_owned()]);
    people.answer(Op::SetPassword, [refused(), refused()]);
    for point in [Point::Account, Point::BeforeApply] {
        people.block(point);
        let change = browser.post(&address, &fields);
        let others = async {
            people.until_standing(point).await;
            // With SQLite's one writer a transaction held open would stop these.
            for number in 0..3 {
                app.start(&app.browser("globex"), &format!("nobody{number}")).await;
            }
            people.release();
        };
        let (answer, ()) = tokio::join!(change, others);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    app.deliver().await;
}

#[tokio::test]
async fn a_request_sees_one_tenant_snapshot_from_beginning_to_end() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [fake_identity::Reply::Refused(vec!["reused".to_owned()])]);
    people.block(Point::BeforeApply);
    let fields = twice(NEW);
    let address = format!("{page}/password");

    let under_way = browser.post(&address, &fields);
    let reload = async {
        people.until_standing(Point::BeforeApply).await;
        app.reload(|file| file.replace("name = \"ACME\"", "name = \"Renamed\""));
        people.release();
    };
    let (answer, ()) = tokio::join!(under_way, reload);
    let next = browser.get("/recovery/").await;

    assert!(answer.body.contains("ACME") && !answer.body.contains("Renamed"), "{}", answer.body);
    assert!(next.body.contains("Renamed"), "{}", next.body);
}

#[tokio::test]
async fn a_secret_reaches_no_log_span_metric_audit_record_or_error() {
    let log = CapturedLog::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let metrics = regain::metrics::install(true);
    let guard = tracing::subscriber::set_default(subscriber);
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let browser = app.browser("acme");
    app.mail_server([
        Reply::Refused(Error::Transient(Cause::Timeout)),
        Reply::Refused(Error::Permanent(Cause::Status(550))),
    ]);
    app.start(&browser, "alice@example.org").await;
    app.deliver().await;
    app.wait(Duration::from_secs(5));
    app.deliver().await;
    let (recovery, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    browser.get(&link).await;
    let failures =
        [fake_identity::Reply::Denied, fake_identity::Reply::Refused(vec!["the canary of a peer".to_owned()])];
    people.answer(Op::SetPassword, failures);
    people.answer(Op::EndSessions, [fake_identity::Reply::Unavailable]);
    for _ in 0..3 {
        browser.post(&format!("/recovery/{recovery}/password"), &twice(NEW)).await;
    }
    app.wait(Duration::from_mins(1));
    app.deliver().await;
    app.one_mail();
    drop(guard);

    let audit: Vec<String> = app.audit("acme").await.iter().map(|line| format!("{line:?}")).collect();
    let told = [log.text(), metrics.render(), audit.join("\n")].join("\n");
    assert!(
        told.contains("message abandoned") && told.contains("recovery.password_changed"),
        "the search finds what is there"
    );
    let token = link.split_once("token=").expect("a token").1;
    for secret in [token, NEW, OLD, "alice@example.org", "example.org", "the canary of a peer"] {
        let line = told.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret}: {line:?}");
    }
}

/// What was logged while it was set.
#[derive(Clone, Default)]
struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panics with it")).into_owned()
    }
}

impl std::io::Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_password_that_may_have_been_set_is_followed_by_an_end_of_sessions() {
    for reply in [fake_identity::Reply::Honest, fake_identity::Reply::AppliedUnheard, fake_identity::Reply::LostUnheard]
    {
        let app = TestApp::new().await;
        let people = app.people("acme").clone();
        assert!(people.sign_in("alice", OLD));
        let browser = app.browser("acme");
        let (recovery, link) = app.alices_link(&browser).await;
        app.wait(Duration::from_mins(1));
        browser.get(&link).await;
        people.answer(Op::SetPassword, [reply.clone(), reply.clone()]);

        browser.post(&format!("/recovery/{recovery}/password"), &twice(NEW)).await;
        app.wait(Duration::from_secs(31));
        app.deliver().await;

        assert!(people.sessions(&app.alice("acme")).is_empty(), "{reply:?}");
        app.new_mails();
    }
}

#[tokio::test]
async fn without_a_proof_a_page_depends_on_time_alone() {
    let app = TestApp::new().await;
    let mut shapes: Vec<Vec<String>> = Vec::new();
    for identifier in ["alice@example.org", "nobody@example.org"] {
        let starter = app.browser("acme");
        let stranger = app.browser("acme");
        let mut shape = Vec::new();
        let recovery = app.start(&starter, identifier).await;
        let page = format!("/recovery/{recovery}");
        shape.push(stranger.get(&page).await.shape(&recovery));
        app.deliver().await;
        shape.push(stranger.get(&page).await.shape(&recovery));
        app.wait(Duration::from_mins(2));
        shape.push(stranger.post(&format!("{page}/resend"), &[]).await.shape(&recovery));
        app.deliver().await;
        app.wait(Duration::from_mins(2));
        // Alice finishes; nobody else can tell.
        if let Some(mail) = app.new_mails().last() {
            let owner = app.browser("acme");
            owner.get(&link_of(mail)).await;
            let set = owner.post(&format!("{page}/password"), &twice(NEW)).await;
            assert_eq!(set.status, StatusCode::SEE_OTHER);
        }
        shape.push(stranger.get(&page).await.shape(&recovery));
        shape.push(stranger.post(&format!("{page}/resend"), &[]).await.shape(&recovery));
        shape.push(stranger.post(&format!("{page}/cancel"), &[]).await.shape(&recovery));
        app.deliver().await;
        shape.push(stranger.get(&page).await.shape(&recovery));
        app.wait(Duration::from_hours(2));
        shape.push(stranger.get(&page).await.shape(&recovery));
        app.new_mails();
        shapes.push(shape);
    }

    for (known, unknown) in shapes[0].iter().zip(&shapes[1]) {
        assert_eq!(known, unknown);
    }
}
