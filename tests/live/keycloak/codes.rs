//! Codes in front of a real Keycloak: by mail through a real mail server, by text message through Prism with Twilio's own
//! description, typed into Chromium by people who reload, go back and open a second tab.

use std::time::Duration;

use regain::domain::recovery::COOL_DOWN;
use serde_json::{Value, json};

use super::front::{Front, set};
use super::person::{NEW, OLD, Person};
use super::portal::Portal;
use super::realm::Realm;
use crate::driver::{Browser, Chromium, Wish};
use crate::support::twilio::Account;
use crate::twilio::{PRISM, stand_in};

/// What the person's number is.
const NUMBER: &str = "+12025550123";

/// A realm, regain in front of it with all methods, and somebody with a number.
async fn stand() -> (Realm, Front, Person, Account) {
    let realm = Realm::acme().await;
    let attributes = json!({ "phoneNumber": [NUMBER], "phoneNumberVerified": ["true"] });
    let person = realm.person_with(json!({ "attributes": attributes })).await;
    let account = stand_in().account();
    let lines = "methods = [\"email_otp\", \"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]";
    let front = Front::before(&realm).recovery(lines).texts(&account.section(PRISM)).start();
    (realm, front, person, account)
}

/// The code in a text, the first word of digits alone.
fn code_in(text: &str, digits: usize) -> String {
    let is_code = |word: &&str| word.len() == digits && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().find(is_code).expect("a code").to_owned()
}

fn text_of(mail: &Value) -> String {
    mail["text"].as_str().expect("a text").to_owned()
}

/// The code of the one text message that has gone out, once it has.
async fn texted(account: &Account) -> String {
    let deadline = std::time::Instant::now() + crate::process::PATIENCE;
    loop {
        if let Some(sent) = account.sent().first() {
            assert_eq!(sent.field("To"), NUMBER);
            return code_in(sent.field("Body"), 6);
        }
        assert!(std::time::Instant::now() < deadline, "no text message");
        tokio::time::sleep(crate::process::REST).await;
    }
}

/// Asks for a recovery by a method that the person chooses.
async fn ask(browser: &Browser, front: &Front, person: &Person, method: &str) {
    browser.open(&format!("{}/recovery/", front.url())).await;
    browser.fill("#identifier", &person.username).await;
    browser.click(&format!("#method-{method}")).await;
    browser.click("button.primary").await;
}

async fn choose_password(browser: &Browser) {
    browser.fill("#new-password", NEW).await;
    browser.fill("#confirm-password", NEW).await;
    browser.click("button.primary").await;
    browser.reads("Your password has been changed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_mail_gets_a_person_in_who_reloads_goes_back_and_opens_a_second_tab() {
    let ((realm, front, person, _), chromium) = (stand().await, Chromium::start());
    let (mails, browser) = (front.mails(&person), chromium.browser().await);

    ask(&browser, &front, &person, "email_otp").await;
    browser.reads("Check your email").await;
    let page = browser.address().await;
    let code = code_in(&text_of(&mails.mail(1).await), 8);
    browser.reload().await;
    browser.reads("Check your email").await;
    browser.fill("#code", if code == "00000000" { "11111111" } else { "00000000" }).await;
    browser.click("button.primary").await;
    browser.reads("You have 4 tries left").await;
    browser.run("history.back()").await;
    browser.reads("Check your email").await;
    browser.open(&page).await;
    let typed = format!("{} {}", &code[..4], &code[4..]);
    browser.fill("#code", &typed).await;
    browser.click("button.primary").await;
    browser.reads("Create a new password").await;
    browser.reload().await;
    browser.reads("Create a new password").await;
    // A second tab of the same browser shows the same form.
    browser.run(&format!("window.open('{page}')")).await;
    choose_password(&browser).await;
    browser.reload().await;
    browser.reads("Your password has been changed").await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    let portal = Portal::at(&front.url(), &realm).await;
    assert!(portal.sign_in(&person.username, OLD).await.is_err(), "the old password is refused");
    portal.sign_in(&person.username, NEW).await.expect("the new one");
    mails.mail(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_text_message_needs_no_scripts() {
    let ((_realm, front, person, account), chromium) = (stand().await, Chromium::start());
    let browser = chromium.browser_with(Wish { scripts: false, ..Wish::default() }).await;

    ask(&browser, &front, &person, "sms_otp").await;
    browser.reads("Check your phone").await;
    browser.reads("You can ask for a new message in").await;
    let code = texted(&account).await;
    for left in ["4 tries", "3 tries", "2 tries", "1 try"] {
        browser.fill("#code", if code == "000000" { "111111" } else { "000000" }).await;
        browser.click("button.primary").await;
        browser.reads(&format!("You have {left} left")).await;
    }
    browser.fill("#code", &code).await;
    browser.click("button.primary").await;
    choose_password(&browser).await;

    let body = account.sent()[0].field("Body").to_owned();
    assert!(body.starts_with(&code) && body.ends_with(&format!("@127.0.0.1 #{code}")), "{body}");
    front.mails(&person);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_to_the_end_leave_the_link_of_the_same_mail() {
    let (_realm, front, person, _) = stand().await;
    let (mails, asking) = (front.mails(&person), front.browser());
    let fields = [("identifier", person.email.as_str()), ("method", "email_otp")];
    let page = asking.post("/recovery/", &fields).await.location().to_owned();
    let mail = text_of(&mails.mail(1).await);
    let code = code_in(&mail, 8);
    for _ in 0..5 {
        let wrong = if code == "00000000" { "11111111" } else { "00000000" };
        assert_eq!(asking.post(&format!("{page}/code"), &[("code", wrong)]).await.status, 422);
    }

    let right = asking.post(&format!("{page}/code"), &[("code", &code)]).await;
    let (other, opened) = front.open(&mails.link(1).await).await;
    let done = set(&other, &opened, NEW).await;

    assert_eq!(right.status, 422, "the right code as the sixth");
    assert!(right.body.contains("No more codes can be tried"), "{}", right.body);
    assert_eq!(done.status, 303, "{}", done.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_typed_here_and_the_link_opened_there_change_the_password_once() {
    let (_realm, front, person, _) = stand().await;
    let (mails, here) = (front.mails(&person), front.browser());
    let fields = [("identifier", person.email.as_str()), ("method", "email_otp")];
    let page = here.post("/recovery/", &fields).await.location().to_owned();
    let code = code_in(&text_of(&mails.mail(1).await), 8);
    let right = here.post(&format!("{page}/code"), &[("code", &code)]).await;
    let (there, opened) = front.open(&mails.link(1).await).await;

    let first = set(&here, &page, NEW).await;
    let second = set(&there, &opened, "another varnish plinth").await;

    assert_eq!((right.status.as_u16(), first.status.as_u16(), second.status.as_u16()), (303, 303, 410));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_way_is_open_a_minute_after_the_last_message() {
    let (_realm, front, person, account) = stand().await;
    let (mails, browser) = (front.mails(&person), front.browser());
    let fields = [("identifier", person.email.as_str()), ("method", "email_link")];
    let page = browser.post("/recovery/", &fields).await.location().to_owned();
    mails.link(1).await;

    let too_soon = browser.post(&format!("{page}/method"), &[("method", "sms_otp")]).await;
    let still = browser.get(&page).await;
    tokio::time::sleep(COOL_DOWN + Duration::from_secs(1)).await;
    browser.post(&format!("{page}/method"), &[("method", "sms_otp")]).await;
    let code = texted(&account).await;
    let right = browser.post(&format!("{page}/code"), &[("code", &code)]).await;

    assert_eq!(too_soon.status, 303);
    assert!(still.body.contains("Check your email"), "{}", still.body);
    assert_eq!(right.status, 303, "{}", right.body);
}
