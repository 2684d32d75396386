//! What the pages' script does on "Check your messages", and that the page says the same without it. The page is
//! rendered from samples, so that the wait is as short as a test's and a text message comes when it is asked for.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use regain::domain::problem::Problems;
use regain::template::page::{Check, Page};
use regain::template::{Brand, Shipped, Templates, samples};
use serde_json::json;
use tokio_util::task::TaskTracker;

use super::{Browser, Chromium, Wish};

/// As strict as our own in what a script may do.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; \
                      require-trusted-types-for 'script'";
/// A browser with `WebOTP` whose phone gets a code as soon as somebody asks for it, or never. It keeps what was asked
/// for, and whether the asking was ended.
const WEB_OTP: &str = "
    window.OTPCredential = function () {};
    navigator.credentials.get = (asked) => {
      sessionStorage.asked = JSON.stringify(asked.otp);
      asked.signal.addEventListener('abort', () => { sessionStorage.ended = 'yes'; });
      return new Promise((came) => { if (!window.silent) came({ code: '407182' }); });
    };";

/// Serves the page of a code by text message whose wait is `seconds` to a browser that runs `pretence` first, as if it
/// were another browser; a form that is sent is answered with its last word and its fields.
async fn serve(seconds: u64, pretence: &str) -> String {
    let mut problems = Problems::new();
    let locales = ["en".to_owned()];
    let built = Templates::build(&Shipped::load(), Brand::plain("Acme"), &locales, "en", None, None, &mut problems);
    let templates = Arc::new(built.expect("templates"));
    let pages = samples::pages();
    let (_, sample) = pages.into_iter().find(|(name, _)| *name == "check-text-others").expect("a page");
    let Page::Check(check) = sample else { panic!("another page") };
    let page = Page::Check(Check { resend_in: Some(seconds), ..check });
    let html = templates.page(&templates.locale(&["en"]), &samples::FRAME, &page).expect("a page");
    let html = html.replacen("<script ", "<script src=\"/pretence.js\"></script>\n<script ", 1);
    let pretence = pretence.to_owned();
    let asset = async move |Path((hash, name)): Path<(String, String)>| {
        let asset = templates.asset(&hash, &name).expect("an asset");
        ([(CONTENT_TYPE, asset.content_type)], asset.bytes.to_vec()).into_response()
    };
    let sent = async |Path((_, word)): Path<(String, String)>, fields: String| format!("sent {word}: {fields}");
    let router = Router::new()
        .route("/recovery/page", get(async move || ([(CONTENT_SECURITY_POLICY, POLICY)], Html(html))))
        .route("/pretence.js", get(async move || ([(CONTENT_TYPE, "text/javascript")], pretence)))
        .route("/recovery/assets/{hash}/{name}", get(asset))
        .route("/recovery/{id}/{word}", post(sent));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/recovery/page")
}

/// Which of the buttons for another message say that they wait.
async fn waiting(browser: &Browser) -> serde_json::Value {
    browser
        .run("return [...document.querySelectorAll('.ways button')].map((button) => button.getAttribute('aria-disabled'))")
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wait_counts_down_and_holds_every_button_back_until_it_is_over() {
    let (page, chromium) = (serve(3, "").await, Chromium::start());
    let browser = chromium.browser().await;

    browser.open(&page).await;
    assert_eq!(waiting(&browser).await, json!(["true", "true", "true"]));
    browser.click("form[action$='/resend'] button").await;
    browser.click("form[action$='/method'] button").await;
    assert_eq!(browser.address().await, page, "nothing is sent while one has to wait");
    browser.reads("You can ask for a new message in 1 s.").await;
    browser.reads("You can ask for a new message now.").await;
    assert_eq!(waiting(&browser).await, json!([null, null, null]));
    browser.click("form[action$='/method'] button").await;

    browser.reads("sent method: method=email_link").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_sent_twice_at_once_is_sent_once() {
    let (page, chromium) = (serve(42, "").await, Chromium::start());
    let browser = chromium.browser().await;

    browser.open(&page).await;
    let held_back = browser
        .run(
            "const held = [], form = document.querySelector(\"form[action$='/code']\");
             window.addEventListener('submit', (event) => {
               held.push(event.defaultPrevented);
               event.preventDefault();
             });
             form.requestSubmit();
             form.requestSubmit();
             window.dispatchEvent(new Event('pageshow'));
             form.requestSubmit();
             return held;",
        )
        .await;

    assert_eq!(held_back, json!([false, true, false]), "the third is after a way back to the page");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wait_is_told_where_scripts_do_not_run() {
    let (page, chromium) = (serve(42, "").await, Chromium::start());
    let browser = chromium.browser_with(Wish { scripts: false, ..Wish::default() }).await;

    browser.open(&page).await;

    browser.reads("You can ask for a new message in 42 s.").await;
    assert_eq!(waiting(&browser).await, json!([null, null, null]), "the server says no, not the page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_from_a_text_message_is_filled_in_and_sent() {
    let (page, chromium) = (serve(42, WEB_OTP).await, Chromium::start());
    let browser = chromium.browser().await;

    browser.open(&page).await;

    browser.reads("sent code: code=407182").await;
    let asked = browser.run("return [sessionStorage.asked, sessionStorage.ended]").await;
    assert_eq!(asked, json!([r#"{"transport":["sms"]}"#, "yes"]));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_the_code_ends_the_wait_for_the_text_message() {
    let (page, chromium) = (serve(42, &format!("window.silent = true;{WEB_OTP}")).await, Chromium::start());
    let browser = chromium.browser().await;

    browser.open(&page).await;
    browser.fill("#code", "1234-5678").await;
    browser.click("button.primary").await;

    browser.reads("sent code: code=1234-5678").await;
    assert_eq!(browser.run("return sessionStorage.ended").await, json!("yes"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_web_otp_waits_for_no_text_message() {
    let (page, chromium) = (serve(42, &format!("{WEB_OTP}delete window.OTPCredential;")).await, Chromium::start());
    let browser = chromium.browser().await;

    browser.open(&page).await;
    browser.fill("#code", "12345678").await;
    browser.click("button.primary").await;

    browser.reads("sent code: code=12345678").await;
    assert_eq!(browser.run("return sessionStorage.asked ?? null").await, json!(null));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
