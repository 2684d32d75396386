//! The main job as a person does it, with browsers, mails and sites that are real.

use serde_json::json;

use super::demo::{ask, set_password, sign_in};
use super::{Browser, Chromium, Demo, NEW, PASSWORD, Wish};

/// The old password is refused, the new one opens the site.
async fn only_the_new_password_opens(browser: &Browser, site: &str) {
    sign_in(browser, site, PASSWORD).await;
    browser.reads("That username and password do not match").await;
    sign_in(browser, site, NEW).await;
    browser.reads("You are signed in").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_gets_back_in_from_another_browser_and_the_old_one_is_signed_out() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_path();
    let mails = Demo::mails(&site);
    let old = chromium.browser().await;
    sign_in(&old, &site, PASSWORD).await;
    old.reads("You are signed in").await;

    let asking = chromium.browser().await;
    ask(&asking, &site).await;
    asking.picture("check").await;
    let link = mails.link(1).await;
    let person = chromium.browser().await;
    person.open(&link).await;
    person.picture("password").await;
    person.reads("Use at least 15 characters.").await;
    set_password(&person, "short", "shorter").await;
    person.find(".summary").await;
    person.picture("password-wrong").await;
    let told = person.text().await;
    let title = person.title().await;
    let focused = person.run("return document.activeElement.className").await;
    set_password(&person, NEW, NEW).await;
    person.reads("We have signed you out everywhere else.").await;
    person.picture("done").await;
    let afterwards = asking.text().await;
    person.click("a.button").await;
    person.picture("sign-in").await;
    only_the_new_password_opens(&person, &site).await;
    person.picture("signed-in").await;
    old.reload().await;
    old.reads("Your session has ended.").await;
    old.picture("session-ended").await;
    let notice = mails.mail(2).await;

    for words in ["There is a problem", "Password must be at least 15 characters", "The passwords do not match"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(title.starts_with("Error: "), "{title}");
    assert_eq!(focused, "summary");
    assert!(afterwards.contains("Check your email"), "{afterwards}");
    assert!(notice["subject"].as_str().is_some_and(|subject| subject.contains("was changed")), "{notice}");
    for browser in [old, asking, person] {
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_can_be_shown_and_hidden_again() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let mails = Demo::mails(&demo.on_path());
    let browser = chromium.browser().await;
    ask(&browser, &demo.on_path()).await;
    browser.open(&mails.link(1).await).await;
    let state = "const field = id => document.getElementById(id).type;
        const button = document.querySelector('button[data-reveal]');
        return [field('new-password'), field('confirm-password'), button.textContent, button.ariaLabel]";

    browser.fill("#new-password", NEW).await;
    let at_first = browser.run(state).await;
    browser.click("button[data-reveal]").await;
    let shown = browser.run(state).await;
    let spoken = browser.run("return document.getElementById('new-password-status').textContent").await;
    browser.picture("password-shown").await;
    browser.click("button[data-reveal]").await;
    let hidden = browser.run(state).await;

    assert_eq!(at_first, json!(["password", "password", "Show", "Show password"]));
    assert_eq!(shown, json!(["text", "text", "Hide", "Hide password"]));
    assert_eq!(spoken, "Your password is visible");
    assert_eq!(hidden, at_first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_journey_needs_no_scripts() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_path();
    let mails = Demo::mails(&site);
    let browser = chromium.browser_with(Wish { scripts: false, ..Wish::default() }).await;

    ask(&browser, &site).await;
    browser.open(&mails.link(1).await).await;
    let button = browser.find("button[data-reveal]").await.is_displayed().await.expect("a button");
    set_password(&browser, "short", "shorter").await;
    browser.reads("There is a problem").await;
    set_password(&browser, NEW, NEW).await;
    browser.reads("We have signed you out everywhere else.").await;
    browser.click("a.button").await;
    only_the_new_password_opens(&browser, &site).await;

    assert!(!button, "a button that needs scripts is not shown, which also shows that none ran");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_on_a_host_of_its_own_gets_its_people_back_in_too() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_host();
    let mails = Demo::mails(&site);
    let browser = chromium.browser().await;

    ask(&browser, &site).await;
    let link = mails.link(1).await;
    browser.open(&link).await;
    set_password(&browser, NEW, NEW).await;
    browser.reads("We have signed you out everywhere else.").await;
    browser.click("a.button").await;
    only_the_new_password_opens(&browser, &site).await;

    assert!(link.starts_with(&format!("{site}recovery/link?token=")), "{link}");
    sign_in(&browser, &demo.on_path(), PASSWORD).await;
    browser.reads("You are signed in").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_another_one_has_overtaken_leads_to_a_page_that_offers_a_new_start() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_path();
    let mails = Demo::mails(&site);
    let browser = chromium.browser().await;
    ask(&browser, &site).await;
    let first = mails.link(1).await;
    ask(&browser, &site).await;
    let second = mails.link(2).await;
    browser.open(&second).await;
    set_password(&browser, NEW, NEW).await;
    browser.reads("We have signed you out everywhere else.").await;

    let other = chromium.browser().await;
    other.open(&second).await;
    other.reads("Your password has been changed").await;
    other.open(&first).await;
    other.reads("This link or code no longer works").await;
    other.picture("over").await;
    other.click("a.button").await;

    other.find("#identifier").await;
}
