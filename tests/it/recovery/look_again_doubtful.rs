//! Looks after an attempt whose outcome nobody knows: what can still be told of it, and what cannot.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{Builder, NEW, OLD, TestApp, twice};
use crate::support::fake_identity::{Op, Reply};

/// An attempt at acme that the provider has not answered, and whose sessions have been ended twice since.
async fn left_open() -> TestApp {
    let app = unanswered(TestApp::builder()).await;
    app.wait(Duration::from_mins(6));
    app.deliver().await;
    app
}

/// An attempt at acme that the provider has not answered, and whose sessions have been ended once.
async fn unanswered(builder: Builder) -> TestApp {
    let app = builder.build().await;
    let people = app.people("acme").clone();
    people.set_capabilities(|can| can.late_logins = true);
    people.change(&app.alice("acme"), |alice| alice.changed_at_ms = Some(1_700_000_000_000));
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [Reply::LostUnheard, Reply::LostUnheard]);
    let unconfirmed = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE);
    app.wait(Duration::from_secs(31));
    app.deliver().await;
    app.deliver().await;
    assert!(app.one_mail().mail.subject.contains("may have been changed"));
    app
}

async fn outcomes(app: &TestApp, event: &str) -> Vec<String> {
    let lines = app.audit("acme").await.into_iter().filter(|line| line.event == event);
    lines.map(|line| line.outcome).collect()
}

#[tokio::test]
async fn it_is_looked_again_and_nothing_found_is_said_at_the_last() {
    let app = left_open().await;

    let looks = app.look_until_the_last().await;

    assert_eq!(looks.len(), 8, "the first two came while the sessions were ended");
    assert_eq!(outcomes(&app, "recovery.looked_again").await, ["ok"]);
    assert_eq!(outcomes(&app, "recovery.completed_late").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_provider_that_says_late_that_it_was_ours_completes_the_recovery() {
    let app = left_open().await;
    let alice = app.alice("acme");
    let began_at = app.now() - Duration::from_secs(31) - Duration::from_mins(6);
    app.people("acme").begin_session(&alice, began_at);
    let changed_at_ms = began_at.unix_timestamp() * 1000 + 20_000;
    app.people("acme").change(&alice, |alice| {
        NEW.clone_into(&mut alice.password);
        alice.changed_at_ms = Some(changed_at_ms);
    });

    app.look().await;
    app.look_until_the_last().await;

    assert!(app.people("acme").sessions(&alice).is_empty(), "what began before it has ended");
    assert_eq!(outcomes(&app, "recovery.completed_late").await, ["ok"]);
    assert_eq!(outcomes(&app, "recovery.looked_again").await, ["ok"]);
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn what_comes_after_it_cannot_be_told_from_ours_and_is_taken_for_the_worse() {
    let app = left_open().await;
    let alice = app.alice("acme");
    app.people("acme").overwrite(&alice, NEW);

    app.look().await;
    app.look_until_the_last().await;

    assert!(app.people("acme").sessions(&alice).is_empty());
    assert_eq!(outcomes(&app, "recovery.looked_again").await, ["changed_again", "ok"]);
    let notice = app.one_mail();
    assert!(notice.mail.subject.contains("may have been changed"), "{}", notice.mail.subject);
}

#[tokio::test]
async fn who_tries_again_with_success_is_watched_for_that_and_not_told_of_the_first() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    people.set_capabilities(|can| can.late_logins = true);
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [Reply::LostUnheard, Reply::LostUnheard]);
    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.wait(Duration::from_secs(31));
    let again = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.deliver().await;
    app.new_mails();
    app.wait(Duration::from_secs(1));
    people.overwrite(&app.alice("acme"), "velvet harpoon cinnamon");

    app.look_until_the_last().await;

    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(outcomes(&app, "recovery.looked_again").await, ["changed_again", "ok"]);
    assert_eq!(app.one_mail().mail.subject, "Your ACME password was changed again");
}

#[tokio::test]
async fn a_look_that_comes_with_the_end_of_sessions_leaves_it_to_that_to_complete() {
    let app = unanswered(TestApp::builder()).await;
    let inside_ms = (app.now() - Duration::from_secs(11)).unix_timestamp() * 1000;
    app.look().await;
    app.people("acme").change(&app.alice("acme"), |alice| alice.changed_at_ms = Some(inside_ms));

    app.wait(Duration::from_mins(5));
    app.deliver().await;

    assert_eq!(outcomes(&app, "recovery.completed_late").await, ["ok"]);
}

#[tokio::test]
async fn a_tenant_that_ends_late_logins_ends_none_where_no_change_is_known() {
    let app = unanswered(TestApp::builder().ending_late_logins("acme")).await;
    app.wait(Duration::from_mins(6));
    app.deliver().await;
    app.wait(Duration::from_secs(1));
    assert!(app.people("acme").sign_in("alice", OLD));

    app.look_until_the_last().await;

    assert_eq!(app.people("acme").sessions(&app.alice("acme")).len(), 1);
}
