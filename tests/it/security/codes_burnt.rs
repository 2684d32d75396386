//! BF: guessing without end across resends, recoveries and clients, and burning somebody's codes.

use std::time::Duration;

use http::StatusCode;
use sea_orm::ConnectionTrait;

use crate::support::app::{ArrivedMail, NEW, OLD, TestApp, code_of, digits_of, link_of, twice, typed};
use crate::support::browser::Answer;
use crate::support::fake_identity::Person;

/// Burns codes of alice's: `tries` wrong ones on a recovery of its own. Gives the recovery and its mail.
pub(super) async fn burn(app: &TestApp, tries: usize) -> (String, ArrivedMail) {
    let id = app.start(&app.browser("acme"), "alice@example.org").await;
    let mail = app.next_mail().await;
    let wrong = digits_of(&code_of(&mail));
    for _ in 0..tries {
        let answer = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    (id, mail)
}

/// What a code is answered that is typed in a browser of its own.
pub(super) async fn try_code(app: &TestApp, id: &str, code: &str) -> StatusCode {
    app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(code)).await.status
}

#[tokio::test]
async fn bf_03_ten_wrong_codes_of_an_account_make_right_ones_wrong_across_recoveries() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    for _ in 0..2 {
        burn(&app, 4).await;
        app.wait(Duration::from_mins(15));
    }
    let (id, mail) = burn(&app, 1).await;
    assert_eq!(try_code(&app, &id, &digits_of(&code_of(&mail))).await, StatusCode::UNPROCESSABLE_ENTITY, "the tenth");

    let right = try_code(&app, &id, &code_of(&mail)).await;
    let link = app.browser("acme").get(&link_of(&mail)).await;
    app.wait(Duration::from_hours(20));
    let (id, mail) = burn(&app, 0).await;
    let still = try_code(&app, &id, &code_of(&mail)).await;
    app.wait(Duration::from_hours(26));
    let (id, mail) = burn(&app, 0).await;
    let next_day = try_code(&app, &id, &code_of(&mail)).await;

    assert_eq!(right, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(link.status, StatusCode::SEE_OTHER, "links are never locked");
    assert_eq!(still, StatusCode::UNPROCESSABLE_ENTITY, "within a day");
    assert_eq!(next_day, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn bf_03_a_resend_gives_no_tries_back() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (id, _) = burn(&app, 3).await;
    app.wait(Duration::from_mins(1));
    app.browser("acme").post(&format!("/recovery/{id}/resend"), &[]).await;
    let mail = app.next_mail().await;
    let wrong = digits_of(&code_of(&mail));

    let fourth = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
    let fifth = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
    let right = try_code(&app, &id, &code_of(&mail)).await;

    assert!(fourth.body.contains("You have 1 try left"), "{}", fourth.body);
    assert!(fifth.body.contains("No more codes can be tried"), "{}", fifth.body);
    assert_eq!(right, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bf_04_a_code_dies_by_its_own_count_whoever_guesses() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    // Every guess comes from an address of its own, so that no client is ever slowed down.
    let (id, mail) = burn(&app, 5).await;

    assert_eq!(try_code(&app, &id, &code_of(&mail)).await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bf_08_burning_somebodys_codes_shuts_nobody_out() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    for _ in 0..3 {
        burn(&app, 5).await;
        app.wait(Duration::from_mins(15));
    }
    assert!(app.people("acme").sign_in("alice", OLD), "signing in is untouched");
    let (_, mail) = burn(&app, 0).await;

    let owner = app.browser("acme");
    let page = owner.get(&link_of(&mail)).await.location().to_owned();
    let set = owner.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn bf_08_where_no_link_can_reach_the_account_codes_grow_and_are_refused_late() {
    let app = TestApp::with_lines("methods = [\"email_otp\"]\nemail_otp.link = false\nunlinked = true\n").await;
    for _ in 0..2 {
        let (_, mail) = burn(&app, 5).await;
        assert_eq!(code_of(&mail).len(), 8);
        app.wait(Duration::from_mins(15));
    }

    let (id, mail) = burn(&app, 0).await;
    let right = try_code(&app, &id, &code_of(&mail)).await;

    assert_eq!(code_of(&mail).len(), 12, "after ten wrong ones");
    assert_eq!(right, StatusCode::SEE_OTHER, "and still taken: refusal starts at a hundred");
    assert!(!mail.mail.text.contains("token="), "no link in it");
}

#[tokio::test]
async fn bf_08_where_no_link_can_reach_the_account_a_right_code_is_refused_from_a_hundred_wrong_ones_on() {
    let app = TestApp::with_lines("methods = [\"email_otp\"]\nemail_otp.link = false\nunlinked = true\n").await;
    for _ in 0..19 {
        burn(&app, 5).await;
        app.wait(Duration::from_mins(15));
    }
    let (id, mail) = burn(&app, 4).await;
    let right_at_99 = try_code(&app, &id, &code_of(&mail)).await;
    app.wait(Duration::from_mins(15));
    let (id, mail) = burn(&app, 0).await;

    let hundredth =
        app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&digits_of(&code_of(&mail)))).await;
    let right_at_100 = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;

    assert_eq!(right_at_99, StatusCode::SEE_OTHER);
    assert_eq!(hundredth.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_answered_as_a_wrong_one(&app, &right_at_100, "You have 3 tries left").await;
}

/// A right code that was refused: the page is that of a wrong code, and the operator alone is told.
async fn assert_answered_as_a_wrong_one(app: &TestApp, answer: &Answer, left: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.body.contains(left), "{}", answer.body);
    let lines = app.audit("acme").await;
    let told = lines.iter().filter(|line| line.reason.as_deref() == Some("wrong_codes_per_account")).count();
    assert_eq!(told, 1);
}

/// Lets so many wrong codes have been typed for the one account of the test. More text messages than five a day would
/// be needed to type them.
async fn as_if_guessed(app: &TestApp, wrong: u32) {
    let connection = app.database.connect().await;
    for text in [
        "DELETE FROM tally WHERE what = 'wrong' AND hour < (SELECT MAX(hour) FROM tally WHERE what = 'wrong')"
            .to_owned(),
        format!("UPDATE tally SET count = {wrong} WHERE what = 'wrong'"),
    ] {
        connection.execute_unprepared(&text).await.expect("an update");
    }
}

/// A recovery of somebody's by text message, an hour after the last, and its code.
async fn texted(app: &TestApp, identifier: &str) -> (String, String) {
    app.wait(Duration::from_hours(1));
    let id = app.start_by(&app.browser("acme"), identifier, "sms_otp").await;
    app.deliver().await;
    (id, code_of(&app.one_text()))
}

/// Somebody whom text messages alone reach: codes grow at ten wrong ones, and are refused at a hundred.
async fn is_refused_late(app: &TestApp, identifier: &str) {
    let (first, code) = texted(app, identifier).await;
    assert_eq!(try_code(app, &first, &digits_of(&code)).await, StatusCode::UNPROCESSABLE_ENTITY);
    as_if_guessed(app, 10).await;
    let (id, grown) = texted(app, identifier).await;
    as_if_guessed(app, 98).await;

    let ninety_ninth = try_code(app, &id, &digits_of(&grown)).await;
    let right_at_99 = try_code(app, &id, &grown).await;
    let (id, code) = texted(app, identifier).await;
    let hundredth = try_code(app, &id, &digits_of(&code)).await;
    let right_at_100 = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code)).await;

    assert_eq!((grown.len(), code.len()), (12, 12));
    assert_eq!((ninety_ninth, hundredth), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(right_at_99, StatusCode::SEE_OTHER);
    assert_answered_as_a_wrong_one(app, &right_at_100, "You have 3 tries left").await;
}

#[tokio::test]
async fn bf_08_with_text_messages_alone_a_right_code_is_refused_from_a_hundred_wrong_ones_on() {
    let app = TestApp::with_lines("methods = [\"sms_otp\"]\nsms_only = true\nsms_otp.countries = [\"US\"]\n").await;

    is_refused_late(&app, "alice").await;
}

#[tokio::test]
async fn bf_08_an_account_with_a_number_alone_is_refused_late_beside_others_that_mail_reaches() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let mailless = Person::new("mailless", "mailless@example.org", OLD);
    let phones = vec![(app.number("+12025550188"), true)];
    app.people("acme").add(Person { emails: vec![], phones, ..mailless });

    is_refused_late(&app, "mailless").await;
}

#[tokio::test]
async fn a_spray_over_a_tenant_makes_new_codes_longer_and_shuts_nothing() {
    let app = TestApp::with_lines("methods = [\"email_otp\"]\nemail_otp.digits = 6\n").await;
    let (old, before) = burn(&app, 0).await;
    for number in 0..40 {
        let id = app.start(&app.browser("acme"), &format!("nobody{number}@example.org")).await;
        for _ in 0..5 {
            try_code(&app, &id, "123456").await;
        }
    }
    app.wait(Duration::from_mins(1));

    let (id, after) = burn(&app, 0).await;

    assert_eq!((code_of(&before).len(), code_of(&after).len()), (6, 10));
    assert_eq!(try_code(&app, &id, &code_of(&after)).await, StatusCode::SEE_OTHER);
    assert_eq!(try_code(&app, &old, &code_of(&before)).await, StatusCode::SEE_OTHER, "older ones live out their time");
    let told = app.audit("acme").await.into_iter().filter(|line| line.reason.as_deref() == Some("spray")).count();
    assert_eq!(told, 1, "told once");
}
