//! Two tabs of one browser, and its back button: nothing breaks, and nothing is used twice.

use super::{ALL, ANOTHER, Stand, choose_password, finish, type_code, wrong};
use crate::driver::Chromium;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_tab_shows_the_same_and_hears_of_what_the_first_has_done() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (who, browser) = (stand.somebody(0).await, chromium.browser().await);
    let page = stand.ask(&browser, &who, "email_otp").await;
    let code = who.mailed(1).await;
    let first = browser.tab().await;

    let second = browser.open_tab(&page).await;
    browser.reads("Check your email").await;
    let third = browser.open_tab(&page).await;
    browser.turn_to(&first).await;
    type_code(&browser, &code).await;
    browser.reads("Create a new password").await;
    // The field of the second still stands there: the code counts once.
    browser.turn_to(&second).await;
    type_code(&browser, &code).await;
    browser.reads("You have 4 tries left").await;
    browser.open(&page).await;
    browser.reads("Create a new password").await;
    browser.turn_to(&third).await;
    browser.reload().await;
    browser.reads("Create a new password").await;
    browser.turn_to(&first).await;
    finish(&browser).await;
    // The second is told when it is loaded again, the third when it sends what it still shows.
    browser.turn_to(&second).await;
    browser.reads("Create a new password").await;
    browser.reload().await;
    browser.reads("Your password has been changed").await;
    browser.turn_to(&third).await;
    choose_password(&browser, ANOTHER).await;
    browser.reads("This link or code no longer works").await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stand.is_changed(&who).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_back_breaks_nothing_and_uses_nothing_twice() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (who, browser) = (stand.somebody(0).await, chromium.browser().await);
    stand.ask(&browser, &who, "email_otp").await;
    let code = who.mailed(1).await;

    // From the waiting page to the chooser, and forward again.
    browser.back().await;
    browser.reads("How should we contact you?").await;
    browser.forward().await;
    browser.reads("Check your email").await;
    // From a wrong code to the waiting page, where the right one is typed.
    type_code(&browser, &wrong(&code, 0)).await;
    browser.reads("You have 4 tries left").await;
    browser.back().await;
    browser.reads("Check your email").await;
    type_code(&browser, &code).await;
    browser.reads("Create a new password").await;
    // From the password form: this browser has its proof already, and no code is asked for again.
    browser.back().await;
    browser.reads("Create a new password").await;
    browser.forward().await;
    browser.reads("Create a new password").await;
    finish(&browser).await;
    // From "done": what lies behind is "done" as well, the form is gone.
    browser.back().await;
    browser.reads("Your password has been changed").await;

    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stand.is_changed(&who).await;
}
