//! WB: what other sites, planted cookies and changed answers can do.

use std::time::Duration;

use http::StatusCode;
use regain::domain::sending::ONE_MAIL_EACH;

use crate::support::app::{NEW, TestApp, twice};
use crate::support::fake_identity::Op;

#[tokio::test]
async fn wb_01_only_our_own_pages_may_post() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    let page = browser.get(&link).await.location().to_owned();
    let forged: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://acme.rec.test")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://acme.rec.test.evil.test")],
    ];
    for headers in forged {
        for address in ["/recovery/", &format!("{page}/password"), &format!("{page}/cancel"), &format!("{page}/resend")]
        {
            let mut request = browser.form(address, &twice(NEW));
            request.headers_mut().remove("sec-fetch-site");
            for (name, value) in headers {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }

            let answer = browser.send(request).await;

            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address} {headers:?}");
            assert!(answer.body.contains("Start again"), "{}", answer.body);
        }
    }
    let mut by_origin = browser.form("/recovery/", &[("identifier", "nobody")]);
    by_origin.headers_mut().remove("sec-fetch-site");
    by_origin.headers_mut().insert("origin", "https://acme.rec.test".parse().unwrap());
    assert_eq!(browser.send(by_origin).await.status, StatusCode::SEE_OTHER);
    app.deliver().await;
}

#[tokio::test]
async fn wb_01_other_media_types_are_no_forms() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    for media_type in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
        let mut request = browser.form("/recovery/", &[("identifier", "alice@example.org")]);
        request.headers_mut().insert("content-type", media_type.parse().unwrap());

        let answer = browser.send(request).await;

        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type}");
    }
    assert_eq!(app.deliver().await, 0);
}

#[tokio::test]
async fn wb_04_a_cookie_is_believed_by_its_mac_alone() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    let page = browser.get(&link).await.location().to_owned();
    let (name, value) =
        browser.cookies.borrow().iter().next().map(|(name, value)| (name.clone(), value.clone())).unwrap();
    let flipped = |at: usize| {
        let mut bytes = value.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("ASCII")
    };
    let planted = [
        flipped(value.len() - 10),
        flipped(value.len() - 40),
        value.split('.').take(2).chain([""]).collect::<Vec<_>>().join("."),
        "..".into(),
        String::new(),
        "a.b.c.d".into(),
        value.replace('.', ".."),
    ];
    for cookie in planted {
        browser.cookies.borrow_mut().insert(name.clone(), cookie.clone());
        let shown = browser.get(&page).await;
        let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;

        assert!(!shown.body.contains("new_password"), "{cookie}");
        assert_eq!(set.status, StatusCode::GONE, "{cookie}");
    }
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn wb_04_a_starter_is_believed_by_its_mac_alone() {
    let app = TestApp::new().await;
    let starter = app.browser("acme");
    let id = app.start(&starter, "somebody-typed-this").await;
    let other = app.start(&starter, "another").await;
    let value = |id: &str| {
        let cookies = starter.cookies.borrow();
        cookies.iter().find(|(name, _)| name.ends_with(&id[..8])).map(|(_, value)| value.clone()).expect("a cookie")
    };
    let genuine = value(&id);
    let mut flipped = genuine.clone().into_bytes();
    let at = flipped.len() - 10;
    flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("ASCII");
    let page = format!("/recovery/{id}");
    let name = format!("__Host-regain-{}", &id[..8]);

    let show = async |cookie: String| {
        let stranger = app.browser("acme");
        stranger.cookies.borrow_mut().insert(name.clone(), cookie);
        stranger.get(&page).await.body.contains("somebody-typed-this")
    };

    assert!(show(genuine).await);
    assert!(!show(flipped).await);
    assert!(!show(value(&other)).await);
    app.deliver().await;
}

#[tokio::test]
async fn wb_05_nobody_is_sent_to_an_address_that_is_not_listed() {
    let app = TestApp::new().await;
    for target in [
        "//evil.test",
        "/\\evil.test",
        "https:evil.test",
        "http://app.acme.test@evil.test",
        "https://app.acme.test@evil.test/",
        "https://evil.test\t/",
        "ht\ntps://evil.test",
        "%2f%2fevil.test",
        "https://app.acme.test。evil.test",
        "javascript:alert(1)",
        "https://app.acme.test.evil.test/",
        "https://app.acme.test:8443/",
        "http://app.acme.test/",
        "data:text/html,x",
    ] {
        let browser = app.browser("acme");
        let page = browser
            .get(&format!(
                "/recovery/?return_to={}",
                url::form_urlencoded::byte_serialize(target.as_bytes()).collect::<String>()
            ))
            .await;
        assert!(!page.body.contains("name=\"return_to\""), "{target}: {}", page.body);
        let started = browser.post("/recovery/", &[("identifier", "alice"), ("return_to", target)]).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER);
        app.deliver().await;
        let link = crate::support::app::link_of(&app.one_mail());
        app.wait(Duration::from_mins(1));
        let page = browser.get(&link).await.location().to_owned();
        let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
        let done = browser.get(set.location()).await;

        assert!(done.body.contains("href=\"https://acme.rec.test/\""), "{target}: {}", done.body);
        assert!(!done.body.contains("evil"), "{target}: {}", done.body);
        app.deliver().await;
        app.one_mail();
        // The account's mails come back one each quarter of an hour.
        app.wait(ONE_MAIL_EACH);
    }
}

#[tokio::test]
async fn wb_05_an_address_that_is_listed_no_more_is_forgotten() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let fields = [("identifier", "alice"), ("return_to", "https://app.acme.test/inbox")];
    browser.post("/recovery/", &fields).await;
    app.deliver().await;
    let link = crate::support::app::link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let page = browser.get(&link).await.location().to_owned();
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let before = browser.get(set.location()).await;
    app.reload(|file| file.replace("https://app.acme.test", "https://other.acme.test"));

    let after = browser.get(set.location()).await;

    assert!(before.body.contains("href=\"https://app.acme.test/inbox\""), "{}", before.body);
    assert!(after.body.contains("href=\"https://acme.rec.test/\""), "{}", after.body);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn wb_07_an_answer_changed_in_the_browser_opens_nothing() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let id = app.start(&browser, "alice@example.org").await;
    let wrong = browser.post(&format!("/recovery/{id}/code"), &[("code", "00000000")]).await;
    assert_eq!(wrong.status, StatusCode::GONE);

    // The client pretends that the answer was a success and goes on.
    let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn wb_08_no_secret_stands_in_an_answer() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let mut seen = Vec::new();
    let start = browser.post("/recovery/", &[("identifier", "ALICE")]).await;
    let id = start.location().strip_prefix("/recovery/").expect("a page").to_owned();
    app.deliver().await;
    let link = crate::support::app::link_of(&app.one_mail());
    let token = link.split_once("token=").expect("a token").1.to_owned();
    seen.push(start);
    seen.push(browser.get(&format!("/recovery/{id}")).await);
    app.wait(Duration::from_mins(1));
    seen.push(browser.get(&link).await);
    seen.push(browser.get(&format!("/recovery/{id}")).await);
    seen.push(browser.post(&format!("/recovery/{id}/password"), &twice("canary-canary-canary")).await);
    seen.push(
        browser
            .post(&format!("/recovery/{id}/password"), &[("new_password", "canary"), ("confirm_password", "canaria")])
            .await,
    );

    for answer in seen {
        for secret in [token.as_str(), "canary", "canaria", "alice@example.org", "example.org"] {
            assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
            for (name, value) in &answer.headers {
                let is_our_cookie = name == "set-cookie" && secret == token;
                assert!(is_our_cookie || !value.to_str().unwrap_or_default().contains(secret), "{secret} in {name}");
            }
        }
    }
    app.deliver().await;
    app.new_mails();
}
