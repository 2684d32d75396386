//! RC: what is sent at the same time counts once. Two replicas over PostgreSQL race in the live suite.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;

use crate::support::app::{NEW, TestApp, twice};
use crate::support::fake_identity::{Op, Point};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rc_03_fifty_uses_of_one_link_change_the_password_once() {
    let app = TestApp::new().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    app.wait(Duration::from_mins(1));
    let mut browsers = Vec::new();
    for _ in 0..50 {
        let browser = app.browser("acme");
        let page = browser.get(&link).await.location().to_owned();
        browsers.push((browser, format!("{page}/password")));
    }

    let fields = twice(NEW);
    let answers = join_all(browsers.iter().map(|(browser, address)| browser.post(address, &fields))).await;

    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(count(StatusCode::SEE_OTHER), 1);
    assert_eq!(count(StatusCode::CONFLICT) + count(StatusCode::GONE), 49);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn rc_04_two_passwords_at_once_are_one_change_and_one_busy() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    let address = format!("{}/password", browser.get(&link).await.location());
    let people = app.people("acme").clone();
    people.block(Point::BeforeApply);

    let fields = twice(NEW);
    let first = browser.post(&address, &fields);
    let second = async {
        people.until_standing(Point::BeforeApply).await;
        let busy = browser.post(&address, &twice("another varnish plinth")).await;
        people.release();
        busy
    };
    let (first, second) = tokio::join!(first, second);
    let settled = browser.post(&address, &twice("another varnish plinth")).await;

    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(settled.status, StatusCode::GONE);
    assert_eq!(people.calls(Op::SetPassword), 1);
    assert!(people.sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn rc_04_two_recoveries_of_one_account_do_not_change_it_at_once() {
    let app = TestApp::new().await;
    let (one, other) = (app.browser("acme"), app.browser("acme"));
    let (_, first_link) = app.alices_link(&one).await;
    let (_, second_link) = app.alices_link(&other).await;
    app.wait(Duration::from_mins(1));
    let first_address = format!("{}/password", one.get(&first_link).await.location());
    let second_address = format!("{}/password", other.get(&second_link).await.location());
    let people = app.people("acme").clone();
    people.block(Point::BeforeApply);

    let fields = twice(NEW);
    let first = one.post(&first_address, &fields);
    let second = async {
        people.until_standing(Point::BeforeApply).await;
        let busy = other.post(&second_address, &twice("another varnish plinth")).await;
        people.release();
        busy
    };
    let (first, second) = tokio::join!(first, second);
    let settled = other.post(&second_address, &twice("another varnish plinth")).await;

    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(settled.status, StatusCode::GONE, "the other recovery was closed");
    assert_eq!(people.calls(Op::SetPassword), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn rc_09_no_half_built_row_matches_an_empty_token() {
    let app = TestApp::new().await;
    let storm = app.browser("acme");
    let start = join_all((0..8).map(|number| {
        let storm = &storm;
        async move { storm.post("/recovery/", &[("identifier", &format!("nobody{number}"))]).await }
    }));
    let probe = async {
        let mut answers = Vec::new();
        for token in ["", "null", "[]", "%00", "undefined", "0", "AAAA"] {
            answers.push(app.browser("acme").get(&format!("/recovery/link?token={token}")).await);
        }
        answers.push(app.browser("acme").get("/recovery/link?token[]=").await);
        answers.push(app.browser("acme").get("/recovery/link").await);
        answers
    };

    let (_, answers) = tokio::join!(start, probe);

    for answer in answers {
        assert_eq!(answer.status, StatusCode::GONE);
    }
    app.deliver().await;
}
