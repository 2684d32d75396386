//! What a tenant's configuration says of codes, for what begins under it: how long they live and how many tries there
//! are. And how many recoveries of one account may have a code at a time.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::support::app::{NEW, TestApp, code_of, digits_of, link_of, twice, typed};

/// Three tries and five minutes, by mail and by text message.
const STRICT: &str = "methods = [\"email_otp\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\nemail_otp.attempts = 3\n\
                      email_otp.ttl = \"5m\"\nsms_otp.attempts = 3\nsms_otp.ttl = \"5m\"\n";

/// The code of the one message that has come for alice by this method.
fn arrived(app: &TestApp, method: &str) -> String {
    if method == "sms_otp" { code_of(&app.one_text()) } else { code_of(&app.one_mail()) }
}

fn loosened(file: &str) -> String {
    file.replace("attempts = 3", "attempts = 10").replace("ttl = \"5m\"", "ttl = \"10m\"")
}

#[tokio::test]
async fn a_tenants_three_tries_are_three_also_after_a_reload_that_gives_more() {
    for method in ["email_otp", "sms_otp"] {
        let app = TestApp::with_lines(STRICT).await;
        let browser = app.browser("acme");
        let id = app.start_by(&browser, "alice", method).await;
        app.deliver().await;
        let code = arrived(&app, method);
        let wrong = digits_of(&code);
        let path = format!("/recovery/{id}/code");

        let first = browser.post(&path, &typed(&wrong)).await;
        app.reload(|file| loosened(&file));
        let second = app.api("acme").post(&format!("/recoveries/{id}/verify"), &json!({ "code": wrong })).await;
        let third = browser.post(&path, &typed(&wrong)).await;
        let right = browser.post(&path, &typed(&code)).await;
        let begun_since = app.start_by(&browser, "nobody", method).await;
        let of_new_terms = browser.post(&format!("/recovery/{begun_since}/code"), &typed(&wrong)).await;

        assert!(first.body.contains("You have 2 tries left"), "{method}: {}", first.body);
        assert_eq!(second.json()["attempts_left"], 1, "{method}");
        assert!(third.body.contains("No more codes can be tried"), "{method}: {}", third.body);
        assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY, "{method}");
        assert!(of_new_terms.body.contains("You have 9 tries left"), "{method}: {}", of_new_terms.body);
        app.deliver().await;
    }
}

#[tokio::test]
async fn a_tenants_five_minutes_are_five_also_after_a_reload_that_gives_more() {
    for method in ["email_otp", "sms_otp"] {
        let app = TestApp::with_lines(STRICT).await;
        let (in_time, late) = (app.browser("acme"), app.browser("acme"));
        let id = app.start_by(&in_time, "alice", method).await;
        app.deliver().await;
        let code = arrived(&app, method);
        let page = in_time.get(&format!("/recovery/{id}")).await;
        app.reload(|file| loosened(&file));

        app.wait(Duration::from_mins(5));
        let dead = late.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
        in_time.post(&format!("/recovery/{id}/resend"), &[]).await;
        app.another_worker().work_off().await.expect("a working store");
        let again = arrived(&app, method);
        app.wait(Duration::from_secs(5 * 60 - 1));
        let alive = in_time.post(&format!("/recovery/{id}/code"), &typed(&again)).await;

        assert!(page.body.contains("The code works for 5 minutes"), "{method}: {}", page.body);
        assert!(dead.body.contains("You have 2 tries left"), "{method}: {}", dead.body);
        assert_eq!(alive.status, StatusCode::SEE_OTHER, "{method}");
    }
}

#[tokio::test]
async fn a_mail_says_how_long_its_code_lives() {
    let app = TestApp::with_lines(STRICT).await;
    app.start(&app.browser("acme"), "alice").await;
    app.deliver().await;

    let mail = app.one_mail().mail;

    for text in [&mail.text, &mail.html] {
        assert!(text.contains("The code works for 5 minutes and can be used once."), "{text}");
    }
}

#[tokio::test]
async fn a_reload_that_gives_less_takes_nothing_from_who_is_under_way() {
    let lines = "methods = [\"email_otp\"]\nemail_otp.attempts = 10\nemail_otp.ttl = \"10m\"\n";
    let app = TestApp::with_lines(lines).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice").await;
    app.deliver().await;
    let code = code_of(&app.one_mail());
    app.reload(|file| file.replace("attempts = 10", "attempts = 1").replace("ttl = \"10m\"", "ttl = \"1m\""));
    app.wait(Duration::from_secs(10 * 60 - 1));

    let wrong = browser.post(&format!("/recovery/{id}/code"), &typed(&digits_of(&code))).await;
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;

    assert!(wrong.body.contains("You have 9 tries left"), "{}", wrong.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_fourth_living_recovery_gets_a_link_and_no_code_and_its_page_is_like_the_others() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let mut begun = Vec::new();
    for _ in 0..4 {
        let browser = app.browser("acme");
        let id = app.start(&browser, "alice").await;
        begun.push((browser, id, app.next_mail().await));
    }
    app.wait(Duration::from_mins(1));

    let mut pages = Vec::new();
    let mut guesses = Vec::new();
    for (_, id, _) in &begun {
        pages.push(app.browser("acme").get(&format!("/recovery/{id}")).await.shape(id));
        guesses.push(app.browser("acme").post(&format!("/recovery/{id}/code"), &typed("31415926")).await.shape(id));
    }
    let (_, third, mail) = &begun[2];
    let has_code = app.browser("acme").post(&format!("/recovery/{third}/code"), &typed(&code_of(mail))).await;
    let (browser, fourth, mail) = &begun[3];
    let page = browser.get(&link_of(mail)).await;
    let set = browser.post(&format!("/recovery/{fourth}/password"), &twice(NEW)).await;

    assert!(pages[0].contains("name=\"code\"") && guesses[0].contains("You have 4 tries left"), "{}", guesses[0]);
    assert!(pages.iter().all(|page| *page == pages[0]) && guesses.iter().all(|guess| *guess == guesses[0]));
    assert_eq!(has_code.status, StatusCode::SEE_OTHER);
    let is_code = |word: &str| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!mail.mail.text.split_whitespace().any(is_code), "{}", mail.mail.text);
    assert_eq!((page.status, set.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    let met = app.audit("acme").await.into_iter().filter(|line| line.reason.as_deref() == Some("live_codes"));
    assert_eq!(met.count(), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn where_one_of_three_living_codes_is_used_up_the_next_recovery_has_one_again() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        begun.push(app.start(&app.browser("acme"), "alice").await);
        app.next_mail().await;
    }
    for _ in 0..5 {
        app.browser("acme").post(&format!("/recovery/{}/code", begun[0]), &typed("31415926")).await;
    }

    let id = app.start(&app.browser("acme"), "alice").await;
    let code = code_of(&app.next_mail().await);

    let right = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}
