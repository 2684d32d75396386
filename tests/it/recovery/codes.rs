//! Codes by mail and by text message, as people use them.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{NEW, TestApp, code_of, digits_of, link_of, twice, typed};

#[tokio::test]
async fn a_code_by_mail_sets_a_password_in_the_browser_that_asked() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    app.deliver().await;
    let mail = app.one_mail();
    let page = browser.get(&format!("/recovery/{id}")).await;
    app.wait(Duration::from_mins(1));

    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;
    let form = browser.get(right.location()).await;
    let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;
    let done = browser.get(set.location()).await;

    assert!(page.body.contains("name=\"code\""), "{}", page.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert!(form.body.contains("name=\"new_password\""), "{}", form.body);
    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert!(done.body.contains("has been changed"), "{}", done.body);
    assert!(app.people("acme").sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn blanks_dashes_and_other_digits_are_forgiven() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    for spell in [
        |code: &str| format!(" {} {} ", &code[..4], &code[4..]),
        |code: &str| format!("{}-{}", &code[..4], &code[4..]),
        |code: &str| code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xff10).expect("a digit")).collect(),
        |code: &str| code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0x660).expect("a digit")).collect(),
    ] {
        let browser = app.browser("acme");
        let id = app.start(&browser, "alice@example.org").await;
        let code = spell(&code_of(&app.next_mail().await));

        let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;

        assert_eq!(right.status, StatusCode::SEE_OTHER, "{code}");
        app.wait(Duration::from_mins(15));
    }
}

#[tokio::test]
async fn what_is_no_code_costs_no_try() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let code = code_of(&app.next_mail().await);

    for (nonsense, told) in [
        ("", "Enter the security code"),
        ("12ab56", "must be numbers"),
        ("12345", "not entered enough numbers"),
        ("1234567890123", "entered too many numbers"),
    ] {
        let answer = browser.post(&format!("/recovery/{id}/code"), &typed(nonsense)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(told), "{nonsense}: {}", answer.body);
        assert!(!answer.body.contains("tries left"), "{}", answer.body);
    }
    let wrong = browser.post(&format!("/recovery/{id}/code"), &typed(&digits_of(&code))).await;
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;

    assert!(wrong.body.contains("You have 4 tries left"), "{}", wrong.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_codes_of_the_last_two_messages_count() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let mut codes = vec![code_of(&app.next_mail().await)];
    for _ in 0..2 {
        app.wait(Duration::from_mins(1));
        browser.post(&format!("/recovery/{id}/resend"), &[]).await;
        codes.push(code_of(&app.next_mail().await));
    }

    let first = browser.post(&format!("/recovery/{id}/code"), &typed(&codes[0])).await;
    let second = browser.post(&format!("/recovery/{id}/code"), &typed(&codes[1])).await;

    assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(second.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_code_dies_after_ten_minutes_and_the_link_beside_it_after_twenty() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let mail = app.next_mail().await;
    app.wait(Duration::from_mins(10));

    let late = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;
    let link = app.browser("acme").get(&link_of(&mail)).await;

    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.body.contains("You have 4 tries left"), "{}", late.body);
    assert_eq!(link.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_reset_token_lives_ten_minutes_from_the_right_code_on() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    app.wait(Duration::from_mins(10));

    let late = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    assert_eq!(late.status, StatusCode::GONE);
}

#[tokio::test]
async fn the_person_chooses_and_can_try_another_way() {
    let app = TestApp::with_methods(&["email_link", "email_otp", "sms_otp"]).await;
    let browser = app.browser("acme");
    let chooser = browser.get("/recovery/").await;
    let id = app.start_by(&browser, "alice@example.org", "email_link").await;
    let link = link_of(&app.next_mail().await);
    let page = browser.get(&format!("/recovery/{id}")).await;
    app.wait(Duration::from_mins(1));

    let switched = browser.post(&format!("/recovery/{id}/method"), &[("method", "sms_otp")]).await;
    app.deliver().await;
    let text = app.one_text();
    let after = browser.get(switched.location()).await;
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&text))).await;
    let again = browser.get("/recovery/").await;

    assert_eq!(chooser.body.matches("type=\"radio\"").count(), 3, "{}", chooser.body);
    assert!(!page.body.contains("name=\"code\""), "a link alone has no code: {}", page.body);
    assert!(page.body.contains("value=\"sms_otp\"") && page.body.contains("value=\"email_otp\""), "{}", page.body);
    assert!(after.body.contains("Check your phone"), "{}", after.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert!(again.body.contains("value=\"sms_otp\" checked"), "the choice is remembered: {}", again.body);
    assert_eq!(app.browser("acme").get(&link).await.status, StatusCode::SEE_OTHER, "the first way lives on");
}

#[tokio::test]
async fn a_link_after_a_code_is_told_as_a_link_and_the_code_still_counts() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice@example.org", "sms_otp").await;
    app.deliver().await;
    let code = code_of(&app.one_text());

    let other = [("method", "email_link")];
    browser.post(&format!("/recovery/{id}/method"), &other).await;
    let too_soon = browser.get("/recovery/").await;
    app.wait(Duration::from_mins(1));
    browser.post(&format!("/recovery/{id}/method"), &other).await;
    let page = browser.get(&format!("/recovery/{id}")).await;
    let gone = browser.get("/recovery/").await;
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;

    assert!(too_soon.body.contains("value=\"sms_otp\" checked"), "a way not gone is not remembered: {}", too_soon.body);
    assert!(gone.body.contains("value=\"email_link\" checked"), "{}", gone.body);
    assert!(page.body.contains("we have sent a link to reset its password"), "{}", page.body);
    assert!(!page.body.contains("a link and a security code"), "{}", page.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn one_method_leaves_no_choice() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");

    let start = browser.get("/recovery/").await;
    let id = app.start_by(&browser, "nobody@example.org", "email_otp").await;
    let page = browser.get(&format!("/recovery/{id}")).await;
    let foreign = browser.post("/recovery/", &[("identifier", "alice"), ("method", "sms_otp")]).await;
    app.deliver().await;

    assert!(!start.body.contains("type=\"radio\""), "{}", start.body);
    assert!(!page.body.contains("name=\"method\""), "{}", page.body);
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.cookies.borrow().keys().all(|name| !name.ends_with("method")));
}

#[tokio::test]
async fn once_the_code_was_typed_a_further_message_carries_a_link_and_no_code() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    app.wait(Duration::from_mins(1));

    app.browser("acme").post(&format!("/recovery/{id}/resend"), &[]).await;
    let further = app.next_mail().await;

    assert!(link_of(&further).contains("token="));
    let is_code = |word: &str| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!further.mail.text.split_whitespace().any(is_code), "{}", further.mail.text);
}

#[tokio::test]
async fn a_links_mail_can_carry_a_code_for_the_first_browser() {
    let app = TestApp::with_lines("methods = [\"email_link\"]\nemail_link.include_code = true\n").await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let mail = app.next_mail().await;
    let page = browser.get(&format!("/recovery/{id}")).await;

    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;

    assert!(page.body.contains("name=\"code\""), "{}", page.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert_eq!(app.browser("acme").get(&link_of(&mail)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_second_recovery_waits_for_the_accounts_cool_down_and_is_not_lost() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (one, other) = (app.browser("acme"), app.browser("acme"));
    app.start(&one, "alice@example.org").await;
    app.deliver().await;
    app.one_mail();
    let id = app.start(&other, "alice").await;
    app.deliver().await;
    assert!(app.new_mails().is_empty(), "less than a minute after the last");

    app.wait(Duration::from_mins(1));
    app.deliver().await;

    let right = other.post(&format!("/recovery/{id}/code"), &typed(&code_of(&app.one_mail()))).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn where_no_more_codes_can_be_tried_none_is_sent() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice@example.org", "sms_otp").await;
    app.deliver().await;
    let wrong = digits_of(&code_of(&app.one_text()));
    for _ in 0..5 {
        app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
    }
    let page = browser.get(&format!("/recovery/{id}")).await;
    app.wait(Duration::from_mins(1));

    browser.post(&format!("/recovery/{id}/resend"), &[]).await;
    app.deliver().await;

    assert!(!page.body.contains("/resend") && !page.body.contains("name=\"code\""), "{}", page.body);
    assert!(app.new_texts().is_empty(), "nobody pays for a code that cannot be typed");
    let mail = app.one_mail();
    assert_eq!(app.browser("acme").get(&link_of(&mail)).await.status, StatusCode::SEE_OTHER, "a link can");
}

#[tokio::test]
async fn send_again_goes_by_the_first_method_where_the_last_ones_is_no_longer_offered() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    app.next_mail().await;
    app.reload(|file| file.replace("email_otp", "email_link"));
    app.wait(Duration::from_mins(1));

    let again = browser.post(&format!("/recovery/{id}/resend"), &[]).await;
    let dropped = browser.post(&format!("/recovery/{id}/method"), &[("method", "email_otp")]).await;

    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    assert_eq!(dropped.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody offered that one");
    let link = link_of(&app.next_mail().await);
    assert_eq!(app.browser("acme").get(&link).await.status, StatusCode::SEE_OTHER);
}
