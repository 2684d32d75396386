//! Reloading at each step: it shows the same step again, and spends nothing that the person did not spend.

use super::{ALL, Stand, choose, finish, type_code, wrong};
use crate::driver::Chromium;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloading_at_each_step_shows_the_same_step_to_whoever_types_a_code() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (who, browser) = (stand.somebody(0).await, chromium.browser().await);

    // The chooser, before and after something was typed.
    browser.open(&format!("{}/recovery/", stand.front.url())).await;
    browser.reads("How should we contact you?").await;
    browser.fill("#identifier", "somebody else").await;
    browser.reload().await;
    browser.reads("How should we contact you?").await;
    choose(&browser, &who, "sms_otp").await;
    // The waiting page: it sends nothing more.
    browser.reads("Check your phone").await;
    let code = who.texted(1).await;
    browser.reload().await;
    browser.reads("Check your phone").await;
    // After a wrong code, whose page is the answer to a form: it is sent once more, of which a browser warns, and a try
    // is a try. What the page says is true again.
    type_code(&browser, &wrong(&code, 0)).await;
    browser.reads("You have 4 tries left").await;
    browser.reload().await;
    browser.reads("You have 3 tries left").await;
    type_code(&browser, &code).await;
    browser.reads("Create a new password").await;
    browser.reload().await;
    finish(&browser).await;
    browser.reload().await;
    browser.reads("Your password has been changed").await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stand.is_changed(&who).await;
    assert_eq!(who.mails.arrived().len(), 1, "the notice alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloading_at_each_step_shows_the_same_step_to_whoever_has_used_up_the_codes() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (who, browser) = (stand.somebody(0).await, chromium.browser().await);
    let page = stand.ask(&browser, &who, "email_otp").await;
    let code = who.mailed(1).await;
    for number in 0..4 {
        let answer = stand.front.browser().post(&format!("{page}/code"), &[("code", &wrong(&code, number))]).await;
        assert_eq!(answer.status, 422);
    }

    type_code(&browser, &wrong(&code, 4)).await;
    browser.reads("No more codes can be tried").await;
    browser.reload().await;
    browser.reads("No more codes can be tried").await;
    browser.open(&page).await;
    browser.reload().await;
    browser.reads("No more codes can be tried").await;
    browser.open(&who.mails.link(1).await).await;
    browser.reads("Create a new password").await;
    browser.reload().await;
    finish(&browser).await;
    browser.reload().await;
    browser.reads("Your password has been changed").await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stand.is_changed(&who).await;
}
