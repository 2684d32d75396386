//! One method, from the question to the new password: what each message carries, and who hears of the change.

use reqwest::Method;
use serde_json::json;

use super::{ALL, NEW, Stand, cool_down, finish, type_code, wrong};
use crate::driver::{Chromium, Wish};
use crate::keycloak::front::set;
use crate::mailbox::Mailbox;
use crate::process::PATIENCE;
use crate::support::twilio::Manner;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_by_mail_gets_a_person_in_who_types_it_as_they_read_it() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (who, browser) = (stand.somebody(0).await, chromium.browser().await);

    stand.ask(&browser, &who, "email_otp").await;
    browser.reads("Check your email").await;
    let code = who.mailed(1).await;
    type_code(&browser, &format!("{} {}", &code[..4], &code[4..])).await;
    finish(&browser).await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stand.is_changed(&who).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn da_12_a_code_by_text_message_needs_no_scripts_and_both_mail_and_text_tell_of_the_change() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let who = stand.somebody(0).await;
    let browser = chromium.browser_with(Wish { scripts: false, ..Wish::default() }).await;

    stand.ask(&browser, &who, "sms_otp").await;
    browser.reads("Check your phone").await;
    browser.reads("You can ask for a new message in").await;
    let code = who.texted(1).await;
    for (number, left) in (0..).zip(["4 tries", "3 tries", "2 tries", "1 try"]) {
        type_code(&browser, &wrong(&code, number)).await;
        browser.reads(&format!("You have {left} left")).await;
    }
    type_code(&browser, &code).await;
    finish(&browser).await;

    let body = who.text(1).await.field("Body").to_owned();
    assert!(body.starts_with(&code) && body.ends_with(&format!("@127.0.0.1 #{code}")), "{body}");
    stand.is_changed(&who).await;
    let notice = who.text(2).await.field("Body").to_owned();
    assert!(notice.starts_with("Your Acme password was changed"), "{notice}");
}

/// Whoever has put an address of their own into the account cannot keep the change from its owner's telephone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn da_12_who_changes_the_address_first_does_not_silence_the_number() {
    let stand = Stand::with(ALL).await;
    let who = stand.somebody(0).await;
    let theirs = format!("x{}", who.person.email);
    let user = format!("/users/{}", who.person.id);
    let mut kept = stand.realm.read(&user).await;
    kept["email"] = json!(theirs);
    stand.realm.must(Method::PUT, &user, &kept).await;
    let to_them = Mailbox::open(&theirs, &stand.front.url());

    stand.front.browser().post("/recovery/", &[("identifier", &theirs), ("method", "email_link")]).await;
    let (browser, page) = stand.front.open(&to_them.link(1).await).await;
    let done = set(&browser, &page, NEW).await;

    assert_eq!(done.status, 303, "{}", done.body);
    let notice = who.text(1).await.field("Body").to_owned();
    assert!(notice.starts_with("Your Acme password was changed"), "{notice}");
    to_them.mail(2).await;
}

/// Twilio has the message and says so too late: it is sent once, and its code is as good as any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_message_of_which_nothing_is_heard_is_sent_once_and_its_code_counts() {
    let stand = Stand::with(ALL).await;
    let (who, browser) = (stand.somebody(0).await, stand.front.browser());
    who.account.next([Manner::Hang]);

    let fields = [("identifier", who.person.email.as_str()), ("method", "sms_otp")];
    let page = browser.post("/recovery/", &fields).await.location().to_owned();
    let labels = ["channel=\"sms\"", "result=\"abandoned\""];
    stand.front.counts("regain_messages_total", &labels, 1, PATIENCE).await;
    let right = browser.post(&format!("{page}/code"), &[("code", &who.texted(1).await)]).await;
    let done = set(&browser, &page, NEW).await;

    assert_eq!((right.status.as_u16(), done.status.as_u16()), (303, 303));
    let notice = who.text(2).await.field("Body").to_owned();
    assert!(notice.starts_with("Your Acme password was changed"), "{notice}");
    assert_eq!(who.account.sent().len(), 2, "the code and the notice");
}

/// A life of a minute is the shortest that can be configured.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_code_is_a_wrong_one_and_the_link_and_a_new_code_still_work() {
    let lines = format!("{ALL}\nemail_otp.ttl = \"1m\"\nsms_otp.ttl = \"1m\"");
    let (stand, chromium) = (Stand::with(&lines).await, Chromium::start());
    let (by_new, by_link, by_text) = (stand.somebody(0).await, stand.somebody(1).await, stand.somebody(2).await);
    let [first, second, third] = [chromium.browser().await, chromium.browser().await, chromium.browser().await];
    stand.ask(&first, &by_new, "email_otp").await;
    stand.ask(&second, &by_link, "email_otp").await;
    stand.ask(&third, &by_text, "sms_otp").await;
    first.reads("The code works for 1 minute").await;
    let codes = [by_new.mailed(1).await, by_link.mailed(1).await, by_text.texted(1).await];
    cool_down().await;

    for (browser, code) in [&first, &second, &third].into_iter().zip(&codes) {
        type_code(browser, code).await;
        browser.reads("Enter a correct security code. You have 4 tries left").await;
    }
    first.click("form[action$='/resend'] button").await;
    third.click("form[action$='/resend'] button").await;
    type_code(&first, &by_new.mailed(2).await).await;
    finish(&first).await;
    second.open(&by_link.mails.link(1).await).await;
    finish(&second).await;
    type_code(&third, &by_text.texted(2).await).await;
    finish(&third).await;

    stand.is_changed(&by_new).await;
    stand.is_changed(&by_link).await;
    stand.is_changed(&by_text).await;
}
