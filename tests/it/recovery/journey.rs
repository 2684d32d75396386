//! The main job, from forgetting to signing in again.

use http::StatusCode;

use crate::support::app::{NEW, OLD, TestApp, twice};

#[tokio::test]
async fn a_person_who_forgot_a_password_gets_back_in_and_everybody_else_is_signed_out() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    assert!(people.sign_in("alice", OLD), "the thief's session");
    let browser = app.browser("acme");

    let start = browser.get("/recovery/").await;
    let id = app.start(&browser, "alice@example.org").await;
    let check = browser.get(&format!("/recovery/{id}")).await;
    app.deliver().await;
    let mail = app.one_mail();
    let link = crate::support::app::link_of(&mail);
    let opened = browser.get(&link).await;
    let form = browser.get(opened.location()).await;
    app.wait(std::time::Duration::from_mins(1));
    let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;
    let done = browser.get(set.location()).await;

    assert_eq!(start.status, StatusCode::OK);
    assert!(start.body.contains(r#"name="identifier""#));
    assert_eq!(check.status, StatusCode::OK);
    assert!(check.body.contains("Check your email"), "{}", check.body);
    assert_eq!(mail.to.as_str(), "alice@example.org");
    assert!(link.starts_with("https://acme.rec.test/recovery/link?token="), "{link}");
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    assert_eq!(opened.location(), format!("/recovery/{id}"));
    assert!(form.body.contains(r#"name="new_password""#), "{}", form.body);
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("We have signed you out everywhere else."), "{}", done.body);
    assert!(people.sessions(&app.alice("acme")).is_empty(), "the thief is signed out");
    assert!(!people.sign_in("alice", OLD));
    assert!(people.sign_in("alice", NEW));
    app.deliver().await;
    let notice = app.one_mail();
    assert!(notice.mail.subject.contains("was changed"), "{}", notice.mail.subject);
    assert!(!notice.mail.text.contains("token="));
}

#[tokio::test]
async fn the_way_back_leads_to_a_listed_address_and_else_to_sign_in() {
    let app = TestApp::new().await;
    for (return_to, leads_to) in [
        ("https://app.acme.test/inbox?tab=1", "https://app.acme.test/inbox?tab=1"),
        ("https://evil.test/", "https://acme.rec.test/"),
    ] {
        let browser = app.browser("acme");
        let fields = [("identifier", "alice"), ("return_to", return_to)];
        let started = browser.post("/recovery/", &fields).await;
        app.deliver().await;
        let link = crate::support::app::link_of(&app.one_mail());
        app.wait(std::time::Duration::from_mins(1));
        let opened = browser.get(&link).await;
        let page = opened.location().to_owned();

        let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
        let done = browser.get(set.location()).await;

        assert_eq!(started.status, StatusCode::SEE_OTHER);
        let body = done.body.replace("&#x3D;", "=");
        assert!(body.contains(&format!("href=\"{leads_to}\"")), "{leads_to}: {body}");
        app.deliver().await;
        app.new_mails();
    }
}

#[tokio::test]
async fn browsers_and_password_managers_find_the_form() {
    let app = TestApp::new().await;

    let answer = app.browser("acme").get("/.well-known/change-password").await;

    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/recovery/");
}
