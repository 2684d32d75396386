//! Where a tenant lives: several hosts of its own, or a path on a shared one.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{NEW, TestApp, link_of, twice};

#[tokio::test]
async fn pages_live_on_the_public_host_and_the_others_lead_there() {
    let hosts = |file: String| file.replace("[\"acme.rec.test\"]", "[\"acme.rec.test\", \"old.rec.test\"]");
    let app = TestApp::builder().file("acme", hosts).build().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    let old = app.browser_at("old.rec.test");
    let query = link.split_once('?').expect("a query").1;

    let start = old.get("/recovery/?lang=de").await;
    let opened = old.get(&link).await;
    let posted = old.post("/recovery/", &[("identifier", "alice@example.org")]).await;

    assert_eq!(start.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(start.location(), "https://acme.rec.test/recovery/?lang=de");
    assert_eq!(opened.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(opened.location(), format!("https://acme.rec.test/recovery/link?{query}"));
    assert_eq!(opened.headers["referrer-policy"], "no-referrer");
    assert_eq!(posted.status, StatusCode::FORBIDDEN);
    assert!(old.cookies.borrow().is_empty(), "no cookie is set there");
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn a_tenant_on_a_path_recovers_below_it_with_cookies_of_its_own() {
    let on_path = |file: String| {
        file.replace("hosts = [\"acme.rec.test\"]", "host = \"id.rec.test\"\npath = \"/t/acme\"")
            .replace("public_url = \"https://acme.rec.test\"", "public_url = \"https://id.rec.test/t/acme\"")
    };
    let shared = "[[host]]\nname = \"id.rec.test\"\npublic_url = \"https://id.rec.test\"\n\
                  upstream = { url = \"http://127.0.0.1:9\" }\n";
    let app = TestApp::builder().regain(shared).file("acme", on_path).build().await;
    let browser = app.browser_at("id.rec.test");

    let started = browser.post("/t/acme/recovery/", &[("identifier", "alice@example.org")]).await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let opened = browser.get(&link).await;
    let set = browser.post(&format!("{}/password", opened.location()), &twice(NEW)).await;

    let cookie = started.headers["set-cookie"].to_str().expect("a cookie");
    assert!(cookie.starts_with("__Secure-regain-"), "{cookie}");
    assert!(cookie.ends_with("; Path=/t/acme; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    assert!(link.starts_with("https://id.rec.test/t/acme/recovery/link?token="), "{link}");
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    assert!(opened.location().starts_with("/t/acme/recovery/"));
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert!(app.people("acme").sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}
