//! What can be told of looks without eyes: nothing stands out of a small screen, in either writing direction, by day
//! and night, and no page breaks its own policy.

use serde_json::json;

use super::demo::set_password;
use super::{Browser, Chromium, Demo, NEW, Wish};

/// How far the page is wider than its window, and its writing direction.
async fn overhang(browser: &Browser) -> serde_json::Value {
    browser
        .run(
            "const page = document.documentElement;
             return [page.scrollWidth - page.clientWidth, page.dir || 'ltr']",
        )
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_fits_320_pixels_in_both_directions_and_keeps_its_policy() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_path();
    for (language, direction, dark) in [("ar", "rtl", false), ("de", "ltr", true)] {
        let mails = Demo::mails(&site);
        let browser = chromium.browser_with(Wish { language, dark, small: true, ..Wish::default() }).await;
        let fits = async |page: &str| {
            browser.picture(&format!("{page}-{language}-320")).await;
            assert_eq!(overhang(&browser).await, json!([0, direction]), "{page}");
        };

        browser.open(&format!("{site}recovery/")).await;
        fits("start").await;
        browser.click("button.primary").await;
        browser.find(".summary").await;
        fits("start-wrong").await;
        browser.fill("#identifier", "alice@acme.example").await;
        browser.click("button.primary").await;
        browser.find("details").await;
        browser.click("summary").await;
        fits("check").await;
        browser.open(&mails.link(1).await).await;
        browser.find("#new-password").await;
        fits("password").await;
        set_password(&browser, "short", "shorter").await;
        browser.find(".summary").await;
        fits("password-wrong").await;
        set_password(&browser, &format!("{NEW} {language}"), &format!("{NEW} {language}")).await;
        browser.find(".mark").await;
        fits("done").await;
        browser.open(&format!("{site}recovery/link?token=AAAA")).await;
        fits("over").await;
        browser.open(&format!("{site}recovery/nothing/here")).await;
        fits("not-found").await;

        mails.mail(2).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
}
