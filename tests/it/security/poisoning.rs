//! PX-08: no header of a request decides where a message points.

use http::StatusCode;
use regain::domain::sending::ONE_MAIL_EACH;

use crate::support::app::{TestApp, link_of};

#[tokio::test]
async fn px_08_a_message_points_to_the_tenants_own_address_whatever_the_headers_say() {
    let app = TestApp::new().await;
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8443"),
        ("forwarded", "host=evil.test;proto=http"),
        ("x-original-host", "evil.test"),
        ("x-host", "evil.test"),
        ("origin", "https://evil.test"),
        ("referer", "https://evil.test/"),
    ] {
        let browser = app.browser("acme");
        let mut request = browser.form("/recovery/", &[("identifier", "alice@example.org")]);
        request.headers_mut().insert(name, value.parse().unwrap());

        let answer = browser.send(request).await;
        let delivered = app.next_mail().await;
        // The account's mails come back one each quarter of an hour.
        app.wait(ONE_MAIL_EACH);

        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
        assert!(link_of(&delivered).starts_with("https://acme.rec.test/recovery/link?token="), "{name}");
        assert!(!delivered.mail.text.contains("evil") && !delivered.mail.html.contains("evil"), "{name}");
    }
}

#[tokio::test]
async fn px_08_an_unknown_host_is_nobodys() {
    let app = TestApp::new().await;
    for host in [
        "evil.test",
        "acme.rec.test.evil",
        "acme.rec.test:evil",
        "acme.rec.test.",
        "",
        "acme.rec.test:8443",
        "rec.test",
        "127.0.0.1",
    ] {
        let answer = app.browser_at(host).post("/recovery/", &[("identifier", "alice@example.org")]).await;
        assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{host}: {}", answer.status);
    }
    let upper = app.browser_at("ACME.rec.TEST").get("/recovery/").await;
    assert_eq!(upper.status, StatusCode::OK);
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn px_08_no_host_or_two_hosts_is_no_request() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let mut two = browser.form("/recovery/", &[("identifier", "alice@example.org")]);
    two.headers_mut().append("host", "evil.test".parse().unwrap());
    let mut none = browser.form("/recovery/", &[("identifier", "alice@example.org")]);
    none.headers_mut().remove("host");

    for request in [two, none] {
        assert_eq!(browser.send(request).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn px_08_pages_on_another_host_of_the_tenant_lead_to_the_public_one() {
    let app = TestApp::new().await;
    app.reload(|file| file.replace("hosts = [", "hosts = [\"old.acme.test\", "));
    let browser = app.browser_at("old.acme.test");

    let page = browser.get("/recovery/?lang=de").await;
    let link = browser.get("/recovery/link?token=abc").await;
    let slashes = browser.get("//recovery//evil.test").await;
    let form = browser.post("/recovery/", &[("identifier", "alice")]).await;

    for (answer, leads_to) in [
        (page, "https://acme.rec.test/recovery/?lang=de"),
        (link, "https://acme.rec.test/recovery/link?token=abc"),
        (slashes, "https://acme.rec.test//recovery//evil.test"),
    ] {
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{}", answer.body);
        assert_eq!(answer.location(), leads_to);
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    assert_eq!(form.status, StatusCode::FORBIDDEN);
    assert_eq!(app.deliver().await, 0, "nothing has begun");
}
