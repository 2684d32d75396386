//! TL-04 with machines that read mail before people do: some fetch what is in it, some open it in a browser, wait, and
//! press everything.

use std::net::{Ipv4Addr, SocketAddr};

use super::demo::{ask, set_password, sign_in};
use super::{Browser, Chromium, Demo, NEW};
use crate::wire::Request;

/// Fetches the link without keeping anything.
fn fetch(demo: &Demo, link: &str) {
    let place = format!("127.0.0.1:{}", demo.port);
    let target = link.strip_prefix(&format!("http://{place}")).expect("a link to the demo");
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, demo.port));
    for method in ["HEAD", "GET", "GET", "HEAD", "GET", "GET", "GET", "OPTIONS"] {
        let answer = Request::new(method, target, &place).send(to);
        assert!(answer.status < 500, "{method}: {}", answer.status);
    }
}

/// Opens the link and submits the form of this number with `text` in its fields, by script as scanners do.
async fn submit(browser: &Browser, link: &str, number: u64, text: &str) {
    browser.open(link).await;
    // What a page with scripts would do by itself, it would have done by now.
    browser.run("return new Promise(done => setTimeout(done, 3000))").await;
    let script = format!(
        "const form = document.forms[{number}];
         for (const field of form.elements) if (field.name) field.value = '{text}';
         window.regainScanned = true;
         form.requestSubmit();"
    );
    browser.run(&script).await;
    // The next page is there when the mark of this one is gone.
    let deadline = std::time::Instant::now() + crate::process::PATIENCE;
    while browser.run("return window.regainScanned === true").await == true {
        assert!(std::time::Instant::now() < deadline, "form {number} leads nowhere");
        tokio::time::sleep(crate::process::REST).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tl_04_scanners_that_fetch_and_press_everything_do_not_use_the_link_up() {
    let (demo, chromium) = (Demo::start(), Chromium::start());
    let site = demo.on_path();
    let mails = Demo::mails(&site);
    let asking = chromium.browser().await;
    ask(&asking, &site).await;
    let link = mails.link(1).await;

    fetch(&demo, &link);
    let scanner = chromium.browser().await;
    scanner.open(&link).await;
    let forms = scanner.run("return document.forms.length").await.as_u64().expect("a number");
    for text in ["", "x"] {
        for number in 0..forms {
            submit(&scanner, &link, number, text).await;
        }
    }
    let person = chromium.browser().await;
    person.open(&link).await;
    set_password(&person, NEW, NEW).await;

    assert_eq!(forms, 2, "the password, and \"I did not ask for this\"");
    person.reads("We have signed you out everywhere else.").await;
    sign_in(&person, &site, NEW).await;
    person.reads("You are signed in").await;
}
