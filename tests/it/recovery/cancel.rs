//! "I did not ask for this."

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::support::app::{NEW, TestApp, code_of, link_of, twice, typed};

#[tokio::test]
async fn who_did_not_ask_is_told_that_it_is_cancelled_and_the_link_lives_out_its_minutes() {
    let app = TestApp::new().await;
    let starter = app.browser("acme");
    let (id, link) = app.alices_link(&starter).await;
    let owner = app.browser("acme");
    let before = starter.get(&format!("/recovery/{id}")).await;
    owner.get(&link).await;

    let cancelled = owner.post(&format!("/recovery/{id}/cancel"), &[]).await;
    let seen = owner.get(cancelled.location()).await;
    let posted = owner.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;
    let starter_sees = starter.get(&format!("/recovery/{id}")).await;

    assert_eq!(cancelled.status, StatusCode::SEE_OTHER);
    assert_eq!(seen.status, StatusCode::GONE);
    assert!(seen.body.contains("We have cancelled the request."), "{}", seen.body);
    assert_eq!(posted.status, StatusCode::GONE);
    assert_eq!(starter_sees.shape(&id), before.shape(&id), "everybody else sees what they saw");
    app.wait(Duration::from_mins(1));
    let opened = owner.get(&link).await;
    let set = owner.post(&format!("{}/password", opened.location()), &twice(NEW)).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "a scanner that submits forms does not shut the door");
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn nobody_without_a_proof_cancels() {
    let app = TestApp::new().await;
    let starter = app.browser("acme");
    let (id, _) = app.alices_link(&starter).await;

    for browser in [&starter, &app.browser("acme")] {
        let answer = browser.post(&format!("/recovery/{id}/cancel"), &[]).await;
        assert_eq!(answer.status, StatusCode::GONE);
    }
}

#[tokio::test]
async fn after_it_nothing_more_is_sent() {
    let app = TestApp::new().await;
    let starter = app.browser("acme");
    let (id, link) = app.alices_link(&starter).await;
    let owner = app.browser("acme");
    owner.get(&link).await;
    owner.post(&format!("/recovery/{id}/cancel"), &[]).await;
    app.wait(Duration::from_secs(61));

    let again = starter.post(&format!("/recovery/{id}/resend"), &[]).await;
    app.deliver().await;

    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn it_is_said_once() {
    let app = TestApp::new().await;
    let (id, link) = app.alices_link(&app.browser("acme")).await;
    let browser = app.browser("acme");
    browser.get(&link).await;
    let address = format!("/recovery/{id}/cancel");

    let said = browser.post(&address, &[]).await;
    let again = browser.post(&address, &[]).await;

    assert_eq!(said.status, StatusCode::SEE_OTHER);
    assert_eq!(again.status, StatusCode::GONE);
    let lines = app.audit("acme").await;
    assert_eq!(lines.iter().filter(|line| line.event == "recovery.cancelled").count(), 1);
}

#[tokio::test]
async fn after_it_the_right_code_is_answered_as_a_wrong_one_and_the_link_opens() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let id = app.start(&app.browser("acme"), "alice@example.org").await;
    let mail = app.next_mail().await;
    let owner = app.browser("acme");
    owner.get(&link_of(&mail)).await;
    owner.post(&format!("/recovery/{id}/cancel"), &[]).await;

    let right = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;
    app.wait(Duration::from_mins(1));
    let link = app.browser("acme").get(&link_of(&mail)).await;

    assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(right.body.contains("You have 4 tries left"), "{}", right.body);
    assert_eq!(link.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_typed_the_code_before_it_sets_no_password_after_it() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let thief = app.api("acme");
    let id = thief.start("alice@example.org").await;
    let mail = app.next_mail().await;
    let right = thief.post(&format!("/recoveries/{id}/verify"), &json!({ "code": code_of(&mail) })).await;
    let owner = app.browser("acme");
    owner.get(&link_of(&mail)).await;
    owner.post(&format!("/recovery/{id}/cancel"), &[]).await;
    app.wait(Duration::from_mins(1));

    let token = right.json()["reset_token"].clone();
    let set = thief.post("/password", &json!({ "token": token, "password": NEW })).await;

    assert_eq!(right.status, StatusCode::OK);
    assert_eq!(set.problem(), (410, "recovery-over".into()));
}
