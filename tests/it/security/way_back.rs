//! PX-12 and WB-05: the login that a person left for recovery. It comes back to the browser that left it, leads to the
//! login of the tenant's own realm whatever stands in it, and shows nobody anything.

use std::time::Duration;

use http::StatusCode;
use regain::domain::sending::ONE_MAIL_EACH;

use crate::support::app::{NEW, TestApp, twice};
use crate::support::browser::{Answer, Browser};

const LOGIN: &str = "client_id=portal&tab_id=BjD-nN&client_data=eyJydSI6";
const AUTHENTICATE: &str = "https://acme.rec.test/realms/staff/login-actions/authenticate";

/// Acme's file with a Keycloak behind it. The provider itself is the fake one.
fn before_a_keycloak(file: &str) -> String {
    let keycloak = "kind = \"keycloak\"\nurl = \"http://127.0.0.1:1\"\nrealm = \"staff\"\nclient_id = \"regain\"\n\
                    client_secret = \"the secret\"";
    let upstream = "[upstream]\nurl = \"http://127.0.0.1:1\"\nintercept = \"keycloak\"\n";
    format!("{}{upstream}", file.replace("kind = \"local\"", keycloak))
}

async fn app() -> TestApp {
    TestApp::builder().file("acme", |file| before_a_keycloak(&file)).build().await
}

/// Starts with these fields, opens the mail's link in `there`, sets the password there, and gives the last page.
async fn done(app: &TestApp, here: &Browser, there: &Browser, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("identifier", "alice")], fields].concat();
    assert_eq!(here.post("/recovery/", &fields).await.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    let link = crate::support::app::link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let page = there.get(&link).await.location().to_owned();
    let set = there.post(&format!("{page}/password"), &twice(NEW)).await;
    let done = there.get(set.location()).await;
    app.deliver().await;
    app.one_mail();
    done
}

/// Where the last page's button leads.
fn next(done: &Answer) -> String {
    let (_, rest) = done.body.split_once("class=\"button primary\" href=\"").unwrap_or_else(|| panic!("{}", done.body));
    rest.split('"').next().expect("an address").replace("&amp;", "&")
}

fn hidden_login(page: &Answer) -> Option<String> {
    let (_, rest) = page.body.split_once("name=\"login\" value=\"")?;
    Some(rest.split('"').next().expect("a value").replace("&amp;", "&"))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn px_12_whoever_left_a_login_comes_back_into_it() {
    let app = app().await;
    let browser = app.browser("acme");
    let way_back = format!("{AUTHENTICATE}?{LOGIN}&regain_return=1");

    let led = browser.get(&format!("/realms/staff/login-actions/reset-credentials?{LOGIN}&kc_locale=de")).await;
    let form = browser.get(led.location()).await;
    let login = hidden_login(&form).expect("a hidden field");
    let wrong = browser.post("/recovery/", &[("identifier", ""), ("login", &login)]).await;
    let done = done(&app, &browser, &browser, &[("login", &login), ("return_to", "https://app.acme.test/")]).await;

    assert_eq!(led.status, StatusCode::SEE_OTHER);
    assert_eq!(login, LOGIN);
    assert!(form.body.contains("<html lang=\"de\""), "{}", form.body);
    for page in [&form, &wrong] {
        assert!(page.body.contains(&way_back.replace('&', "&amp;")), "\"back to sign in\": {}", page.body);
    }
    assert_eq!(hidden_login(&wrong).as_deref(), Some(LOGIN));
    assert_eq!(next(&done), way_back);
}

#[tokio::test]
async fn the_longest_login_that_is_kept_leads_back_too() {
    let app = app().await;
    let browser = app.browser("acme");
    let login = format!("client_id=portal&tab_id=t&client_data={}", "x".repeat(2048 - 38));

    let form = browser.get(&format!("/recovery/?login={}", encoded(&login))).await;
    let done = done(&app, &browser, &browser, &[("login", &login)]).await;

    assert_eq!(hidden_login(&form).as_deref(), Some(login.as_str()));
    assert_eq!(next(&done), format!("{AUTHENTICATE}?{login}&regain_return=1"));
}

#[tokio::test]
async fn px_12_another_browser_is_not_led_into_the_login() {
    let app = app().await;
    for (fields, leads_to) in [
        (vec![("login", LOGIN)], "https://acme.rec.test/"),
        (vec![("login", LOGIN), ("return_to", "https://app.acme.test/inbox")], "https://app.acme.test/inbox"),
    ] {
        let done = done(&app, &app.browser("acme"), &app.browser("acme"), &fields).await;

        assert_eq!(next(&done), leads_to);
        assert!(!done.body.contains("realms"), "{}", done.body);
    }
}

#[tokio::test]
async fn wb_05_a_login_that_somebody_made_up_leads_to_the_tenants_own_realm_or_nowhere() {
    let app = app().await;
    for (login, is_one) in [
        ("client_id=../../../evil&tab_id=//evil.test", true),
        ("client_id=a%26execution%3Dx&tab_id=t%23frag", true),
        ("client_id=a&tab_id=\r\nset-cookie: x=y", true),
        ("client_id=\"><script>&tab_id=t", true),
        ("client_id=a&tab_id=t&realm=other&execution=x&session_code=s&kc_action=delete_account", true),
        ("client_id=a&client_id=b&tab_id=t", false),
        ("https://evil.test/?client_id=a&tab_id=t", false),
        ("client_id=a", false),
        ("//evil.test", false),
    ] {
        let browser = app.browser("acme");
        let form = browser.get(&format!("/recovery/?login={}", encoded(login))).await;
        assert_eq!(hidden_login(&form).is_some(), is_one, "{login}: {}", form.body);
        let done = done(&app, &browser, &browser, &[("login", login)]).await;

        let next = url::Url::parse(&next(&done)).expect("an address");
        if is_one {
            assert_eq!(next.as_str().split('?').next(), Some(AUTHENTICATE), "{login}");
            let names: Vec<String> = next.query_pairs().map(|(name, _)| name.into_owned()).collect();
            assert_eq!(names, ["client_id", "tab_id", "regain_return"], "{login}");
            assert_eq!(next.fragment(), None);
        } else {
            assert_eq!(next.as_str(), "https://acme.rec.test/", "{login}");
        }
        assert!(!done.body.contains("<script>") && !form.body.contains("<script>"), "{login}");
        // The account's mails come back one each quarter of an hour.
        app.wait(ONE_MAIL_EACH);
    }
}

#[tokio::test]
async fn px_12_the_page_without_a_proof_shows_nothing_of_a_login() {
    let app = app().await;
    let (with, without) = (app.browser("acme"), app.browser("acme"));
    let started = with.post("/recovery/", &[("identifier", "alice"), ("login", LOGIN)]).await;
    let plain = without.post("/recovery/", &[("identifier", "alice")]).await;
    let id = |answer: &Answer| answer.location().strip_prefix("/recovery/").expect("an id").to_owned();

    let shape = async |browser: &Browser, answer: &Answer| browser.get(answer.location()).await.shape(&id(answer));

    let strangers = (app.browser("acme"), app.browser("acme"));
    assert_eq!(shape(&strangers.0, &started).await, shape(&strangers.1, &plain).await);
    assert_eq!(shape(&with, &started).await, shape(&without, &plain).await, "the starter's own, too");
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn a_tenant_before_no_keycloak_forgets_a_login() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");

    let form = browser.get(&format!("/recovery/?login={}", encoded(LOGIN))).await;
    let done = done(&app, &browser, &browser, &[("login", LOGIN)]).await;

    assert_eq!(hidden_login(&form), None);
    assert_eq!(next(&done), "https://acme.rec.test/");
}

#[tokio::test]
async fn a_login_is_forgotten_when_the_tenant_intercepts_no_more() {
    let app = app().await;
    let browser = app.browser("acme");
    browser.post("/recovery/", &[("identifier", "alice"), ("login", LOGIN)]).await;
    app.deliver().await;
    let link = crate::support::app::link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let page = browser.get(&link).await.location().to_owned();
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let before = browser.get(set.location()).await;
    app.reload(|file| file.replace("intercept = \"keycloak\"\n", ""));

    let after = browser.get(set.location()).await;

    assert!(next(&before).starts_with(AUTHENTICATE), "{}", before.body);
    assert_eq!(next(&after), "https://acme.rec.test/");
    app.deliver().await;
    app.one_mail();
}
