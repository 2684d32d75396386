//! XT: tenants are strangers to one another.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{NEW, OLD, TestApp, id, twice};
use crate::support::fake_identity::Op;

#[tokio::test]
async fn xt_01_a_token_of_one_tenant_is_unknown_to_another() {
    let app = TestApp::new().await;
    let (recovery, link) = app.alices_link(&app.browser("acme")).await;
    let never = app.browser("globex").get(&format!("/recovery/link?token={}", "A".repeat(70))).await;
    let at_acme = app.browser("acme");
    let page = at_acme.get(&link).await.location().to_owned();

    let at_globex = app.browser("globex");
    let opened = at_globex.get(&link).await;
    at_globex.cookies.replace(at_acme.cookies.borrow().clone());
    let shown = at_globex.get(&page).await;
    let set = at_globex.post(&format!("{page}/password"), &twice(NEW)).await;
    let again = at_globex.post(&format!("{page}/resend"), &[]).await;
    let cancelled = at_globex.post(&format!("{page}/cancel"), &[]).await;

    for answer in [&opened, &shown, &set, &again, &cancelled] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert_eq!(answer.shape(&recovery), never.shape(""));
    }
    assert_eq!(app.people("globex").calls(Op::SetPassword), 0);
    assert!(app.people("globex").sign_in("alice", OLD));
}

#[tokio::test]
async fn xt_02_the_same_address_in_two_tenants_is_two_people() {
    let app = TestApp::new().await;

    app.start(&app.browser("acme"), "alice@example.org").await;
    app.deliver().await;
    let delivered = app.one_mail();

    assert_eq!(delivered.from_name, "ACME");
    assert!(delivered.mail.text.contains("https://acme.rec.test/"));
    assert!(!delivered.mail.html.to_lowercase().contains("globex"));
    assert_eq!(app.people("globex").calls(Op::Find), 0);
    assert!(app.store.tenant(&id("globex")).audit(10).await.expect("an audit").is_empty());
}

#[tokio::test]
async fn xt_02_a_change_at_one_tenant_closes_nothing_at_the_other() {
    let app = TestApp::new().await;
    let globex = app.browser("globex");
    app.start(&globex, "alice@example.org").await;
    app.deliver().await;
    let globex_link = crate::support::app::link_of(&app.one_mail());
    let acme = app.browser("acme");
    let (_, link) = app.alices_link(&acme).await;
    app.wait(Duration::from_mins(1));
    let page = acme.get(&link).await.location().to_owned();

    let set = acme.post(&format!("{page}/password"), &twice(NEW)).await;
    let other = globex.get(&globex_link).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert_eq!(other.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn xt_03_the_tenant_is_that_of_host_and_path_whatever_a_request_says() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let mut request = browser.form("/recovery/?tenant=globex", &[("identifier", "alice@example.org")]);
    for name in ["x-tenant", "x-tenant-id", "x-zitadel-orgid", "x-forwarded-host", "x-original-host"] {
        request.headers_mut().insert(name, "globex.rec.test".parse().unwrap());
    }

    let answer = browser.send(request).await;
    let in_the_form = browser.post("/recovery/", &[("identifier", "alice@example.org"), ("tenant", "globex")]).await;
    app.deliver().await;

    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(in_the_form.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.one_mail().from_name, "ACME");
    assert_eq!(app.people("globex").calls(Op::Find), 0);
}

#[tokio::test]
async fn xt_07_a_planted_cookie_of_the_same_name_hides_no_genuine_one() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    let (_, foreign) = app.alices_link(&app.browser("acme")).await;
    let page = browser.get(&link).await.location().to_owned();
    let (name, genuine) =
        browser.cookies.borrow().iter().next().map(|(name, value)| (name.clone(), value.clone())).unwrap();
    let of_another = foreign.split_once("token=").expect("a token").1;
    let planted = ["", "1..", "1795176000000..AAAA", &format!("1795176000000..{of_another}")].map(str::to_owned);
    for value in planted {
        for line in [format!("{name}={value}; {name}={genuine}"), format!("{name}={genuine}; {name}={value}")] {
            let mut request = browser.request("GET", &page);
            request.headers_mut().insert("cookie", line.parse().unwrap());

            let shown = browser.send(request).await;

            assert!(shown.body.contains("new_password"), "{value}: {}", shown.body);
        }
    }
}
