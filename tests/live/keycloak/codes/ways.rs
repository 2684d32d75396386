//! One more message from the waiting page: the same way once more, and every other.

use super::{ALL, Somebody, Stand, cool_down, finish, type_code};
use crate::driver::{Browser, Chromium, Wish};

const AGAIN: &str = "form[action$='/resend'] button";

/// What a person does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Link,
    Code,
    Text,
}

impl Way {
    /// Its name in forms.
    fn name(self) -> &'static str {
        match self {
            Self::Link => "email_link",
            Self::Code => "email_otp",
            Self::Text => "sms_otp",
        }
    }

    /// The way's own messages among what came so far, when the first came by `first`.
    async fn use_it(self, first: Self, who: &Somebody, browser: &Browser) {
        // Links and codes by mail come into the same box.
        let number = if first != Self::Text && self != Self::Text { 2 } else { 1 };
        match self {
            Self::Link => browser.open(&who.mails.link(number).await).await,
            Self::Code => type_code(browser, &who.mailed(number).await).await,
            Self::Text => type_code(browser, &who.texted(1).await).await,
        }
    }
}

/// All six changes, of six people at a time, since each has to wait for a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_way_is_open_a_minute_after_the_last_message_and_finishes_the_recovery() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let changes = [
        (Way::Link, Way::Code),
        (Way::Link, Way::Text),
        (Way::Code, Way::Link),
        (Way::Code, Way::Text),
        (Way::Text, Way::Link),
        (Way::Text, Way::Code),
    ];
    let mut people = Vec::new();
    for (last, (first, second)) in (0..).zip(changes) {
        let (who, browser) = (stand.somebody(last).await, chromium.browser().await);
        let page = stand.ask(&browser, &who, first.name()).await;
        // Too early: the button waits, and a form that is sent without it changes nothing.
        browser.click(&other(second)).await;
        let early = stand.front.browser().post(&format!("{page}/method"), &[("method", second.name())]).await;
        assert_eq!(early.status, 303, "{}", early.body);
        browser.reload().await;
        browser.reads("You can ask for a new message in").await;
        assert_eq!(shown(&browser).await, first, "{first:?} → {second:?}");
        people.push((who, browser, first, second));
    }
    cool_down().await;

    for (who, browser, first, second) in &people {
        browser.click(&other(*second)).await;
        browser.reads("You can ask for a new message in").await;
        assert_eq!(shown(browser).await, *second, "{first:?} → {second:?}");
        second.use_it(*first, who, browser).await;
        finish(browser).await;
    }

    for (who, browser, ..) in &people {
        stand.is_changed(who).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
}

/// The button that asks for another way.
fn other(way: Way) -> String {
    format!("form[action$='/method']:has(input[value='{}']) button", way.name())
}

/// The way of which the page tells.
async fn shown(browser: &Browser) -> Way {
    let text = browser.text().await;
    if text.contains("sent a security code by text message") {
        Way::Text
    } else if text.contains("sent a security code by email") {
        Way::Code
    } else {
        assert!(text.contains("sent a link"), "{text}");
        Way::Link
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_message_waits_for_its_minute_and_then_both_codes_count() {
    let (stand, chromium) = (Stand::with(ALL).await, Chromium::start());
    let (older, newer) = (stand.somebody(0).await, stand.somebody(1).await);
    // The wait is the same without scripts, where the button can be pressed.
    let plain = chromium.browser_with(Wish { scripts: false, ..Wish::default() }).await;
    let scripted = chromium.browser().await;
    for (browser, who) in [(&plain, &older), (&scripted, &newer)] {
        stand.ask(browser, who, "email_otp").await;
        who.mails.mail(1).await;
        browser.click(AGAIN).await;
        browser.reads("You can ask for a new message in").await;
    }
    cool_down().await;

    // The page of whoever runs scripts says so by itself, the other's when it is opened again.
    scripted.reads("You can ask for a new message now").await;
    assert_eq!((older.mails.arrived().len(), newer.mails.arrived().len()), (1, 1));
    for (browser, who) in [(&plain, &older), (&scripted, &newer)] {
        browser.click(AGAIN).await;
        who.mails.mail(2).await;
        browser.reads("You can ask for a new message in").await;
    }
    assert_ne!(older.mailed(1).await, older.mailed(2).await);
    type_code(&plain, &older.mailed(1).await).await;
    finish(&plain).await;
    type_code(&scripted, &newer.mailed(2).await).await;
    finish(&scripted).await;

    stand.is_changed(&older).await;
    stand.is_changed(&newer).await;
}
