//! The nine invariants of the house, by name.

use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};

use crate::support::app::{NEW, OLD, TestApp, link_of, twice};
use crate::support::fake_identity::{self, Op};
use crate::support::flaky_channel::Reply;

#[tokio::test]
async fn one_proof_one_completed() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (recovery, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    browser.get(&link).await;
    let address = format!("/recovery/{recovery}/password");

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
