//! A code and a link for one recovery: typed here, opened there, and what one leaves of the other.

use super::{ALL, ANOTHER, NEW, Stand, choose_password, finish, type_code, wrong};
use crate::driver::Chromium;
use crate::keycloak::front::set;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_to_the_end_leave_the_link_of_the_same_mail_in_another_browser() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let who = stand.somebody(0).await;
    let (asking, reading) = (chromium.browser().await, chromium.browser().await);
    let page = stand.ask(&asking, &who, "email_otp").await;
    let code = who.mailed(1).await;
    for (number, left) in (0..).zip(["4 tries", "3 tries", "2 tries", "1 try"]) {
        type_code(&asking, &wrong(&code, number)).await;
        asking.reads(&format!("You have {left} left")).await;
    }

    type_code(&asking, &wrong(&code, 4)).await;
    asking.reads("No more codes can be tried").await;
    // There is no field any more; this is somebody who goes on without the page.
    let right = stand.front.browser().post(&format!("{page}/code"), &[("code", &code)]).await;
    reading.open(&who.mails.link(1).await).await;
    finish(&reading).await;

    assert_eq!(right.status, 422, "the right code as the sixth");
    assert!(right.body.contains("No more codes can be tried"), "{}", right.body);
    asking.open(&page).await;
    asking.reads("No more codes can be tried").await;
    stand.is_changed(&who).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_typed_here_and_the_link_opened_there_change_the_password_once() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (typing, opening) = (stand.somebody(0).await, stand.somebody(1).await);
    // Of one person the browser that typed the code is the first, of the other the one that opened the link.
    for (who, typed_first) in [(&typing, true), (&opening, false)] {
        let (here, there) = (chromium.browser().await, chromium.browser().await);
        stand.ask(&here, who, "email_otp").await;
        type_code(&here, &who.mailed(1).await).await;
        here.reads("Create a new password").await;
        there.open(&who.mails.link(1).await).await;
        there.reads("Create a new password").await;

        let (first, second) = if typed_first { (&here, &there) } else { (&there, &here) };
        finish(first).await;
        choose_password(second, ANOTHER).await;
        second.reads("This link or code no longer works").await;
        first.reload().await;
        first.reads("Your password has been changed").await;

        stand.is_changed(who).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_a_links_mail_that_is_read_elsewhere_goes_on_in_the_first_browser() {
    let lines = "methods = [\"email_link\"]\nemail_link.include_code = true";
    let (stand, chromium) = (Stand::with(lines).await, Chromium::start());
    let (who, browser) = (stand.somebody(0).await, chromium.browser().await);

    browser.open(&format!("{}/recovery/", stand.front.url())).await;
    browser.fill("#identifier", &who.person.username).await;
    browser.click("button.primary").await;
    browser.reads("Open the link, or enter the code here").await;
    let mail = who.mails.mail(1).await["text"].as_str().expect("a text").to_owned();
    type_code(&browser, &who.mailed(1).await).await;
    finish(&browser).await;

    assert!(mail.contains("The code works for 10 minutes"), "{mail}");
    assert!(mail.contains("After that, only the link works"), "{mail}");
    let late = stand.front.browser().get(&who.mails.link(1).await).await;
    assert_eq!(late.status, 410, "{}", late.body);
    stand.is_changed(&who).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_of_a_mail_with_both_kills_its_code() {
    let lines = "methods = [\"email_link\"]\nemail_link.include_code = true";
    let stand = Stand::with(lines).await;
    let (who, asking) = (stand.somebody(0).await, stand.front.browser());
    let page = asking.post("/recovery/", &[("identifier", &who.person.email)]).await.location().to_owned();
    let code = who.mailed(1).await;

    let (there, opened) = stand.front.open(&who.mails.link(1).await).await;
    let done = set(&there, &opened, NEW).await;
    let late = asking.post(&format!("{page}/code"), &[("code", &code)]).await;

    assert_eq!((done.status.as_u16(), late.status.as_u16()), (303, 422));
    assert!(late.body.contains("4 tries left"), "{}", late.body);
}
