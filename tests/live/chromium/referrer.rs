//! TL-05: where the token of a link shows, as the network, the next page and the program's own words tell.

use super::demo::{ask, set_password};
use super::{Chromium, Demo, NEW};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tl_05_the_token_stands_in_one_request_and_nowhere_else() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_path();
    let mails = Demo::mails(&site);
    let asking = chromium.browser().await;
    ask(&asking, &site).await;
    let link = mails.link(1).await;
    let token = link.split_once("token=").expect("a token").1;
    let browser = chromium.browser().await;

    browser.open(&link).await;
    browser.find("#new-password").await;
    let address = browser.address().await;
    browser.click("a.brand").await;
    browser.find("#forgot").await;
    let at_home = browser.run("return document.referrer").await;
    browser.open(&link).await;
    set_password(&browser, NEW, NEW).await;
    browser.reads("We have signed you out everywhere else.").await;
    browser.click("a.button").await;
    browser.find("#forgot").await;
    let at_sign_in = browser.run("return document.referrer").await;
    let history = browser.run("return performance.getEntries().map(entry => entry.name)").await;

    assert!(!address.contains(token) && !address.contains("token="), "{address}");
    let requests = browser.requests().await;
    assert!(requests.len() > 8, "the search finds what is there: {requests:?}");
    let links = requests.iter().filter(|request| request["url"] == link.as_str()).count();
    assert_eq!(links, 2, "the link, as often as it was opened");
    for request in &requests {
        let elsewhere = request["url"] != link.as_str() && request["url"].to_string().contains(token);
        assert!(!elsewhere, "{request}");
        let headers = request["headers"].as_object().expect("headers");
        let referrers = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("referer"));
        for (_, referrer) in referrers {
            assert!(!referrer.to_string().contains("token"), "{request}");
        }
    }
    for seen in [at_home, at_sign_in, history] {
        assert!(!seen.to_string().contains("token"), "{seen}");
    }
    assert!(!demo.said().contains(token), "{}", demo.said());
}
