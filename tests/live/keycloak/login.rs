//! Keycloak's login pages, as a person meets them: in Chromium, and in a browser without a window.

use http::StatusCode;

use super::portal::Request;
use crate::driver;
use crate::support::browser::{Answer, Browser};

/// Signs in on the login page that Chromium shows.
pub(super) async fn sign_in(browser: &driver::Browser, username: &str, password: &str) {
    browser.fill("#username", username).await;
    browser.fill("#password", password).await;
    browser.click("#kc-login").await;
}

/// Opens the application's request and posts name and password; gives what comes then.
pub(super) async fn post_sign_in(browser: &Browser, request: &Request, username: &str, password: &str) -> Answer {
    let page = browser.get(&request.address).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    browser.post(&action(&page), &[("username", username), ("password", password)]).await
}

/// Where the application's request leads a browser that need not ask: a code, or the error.
pub(super) async fn silent(browser: &Browser, request: &Request) -> String {
    let answer = browser.get(&request.address).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.body);
    answer.location().to_owned()
}

/// Where the form of a page of Keycloak's leads.
pub(super) fn action(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("action=\"").expect("a form");
    rest.split('"').next().expect("the rest of the page").replace("&amp;", "&")
}

/// Where "Forgot Password?" leads.
pub(super) fn forgot(page: &Answer) -> String {
    let mut addresses = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let address = addresses.find(|address| address.contains("/login-actions/reset-credentials"));
    address.expect("a way to a new password").replace("&amp;", "&")
}
