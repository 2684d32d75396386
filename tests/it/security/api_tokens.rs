//! TL, XT and RC for the JSON API: a token goes where the caller puts it, and serves one account once.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;

use crate::support::app::{NEW, OLD, TestApp, link_of};
use crate::support::browser::Answer;
use crate::support::fake_identity::{Op, Person, Point};

/// Alice's recovery by the API, and the token of her link a minute later.
async fn alices_token(app: &TestApp) -> (String, String) {
    let id = app.api("acme").start("alice@example.org").await;
    app.deliver().await;
    let link = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    (id, link.split_once("token=").expect("a token").1.to_owned())
}

async fn set(app: &TestApp, token: &str, password: &str) -> Answer {
    app.api("acme").post("/password", &json!({ "token": token, "password": password })).await
}

fn over() -> (u16, String) {
    (410, "recovery-over".to_owned())
}

#[tokio::test]
async fn tl_01_a_used_token_is_like_one_that_never_was() {
    let app = TestApp::new().await;
    let (_, token) = alices_token(&app).await;

    let first = set(&app, &token, NEW).await;
    let again = set(&app, &token, "another varnish plinth").await;
    let never = set(&app, &"A".repeat(70), NEW).await;

    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(again.problem(), over());
    assert_eq!(again.shape(""), never.shape(""));
    assert_eq!(app.people("acme").calls(Op::SetPassword), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_06_a_token_is_for_its_own_account_whatever_else_is_named_in_json() {
    let app = TestApp::new().await;
    app.people("acme").add(Person::new("bob", "bob@example.org", OLD));
    let (_, token) = alices_token(&app).await;
    let api = app.api("acme");
    for member in ["user", "username", "email", "account", "user_id", "identifier", "id"] {
        let mut body = json!({ "token": token, "password": NEW });
        body[member] = json!("bob@example.org");
        assert_eq!(api.post("/password", &body).await.problem(), (422, "unprocessable".into()), "{member}");
    }

    let body = json!({ "token": token, "password": NEW }).to_string();
    let mut call = api.call("/password?user=bob&username=bob", &body);
    call.headers_mut().insert("x-user", "bob".parse().expect("a value"));
    call.headers_mut().append("cookie", "user=bob; username=bob".parse().expect("a value"));
    let set = api.send(call).await;

    assert_eq!(set.status, StatusCode::OK);
    assert!(app.people("acme").sign_in("alice", NEW));
    assert!(app.people("acme").sign_in("bob", OLD));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_06_a_token_of_ones_own_recovery_cancels_no_other() {
    let app = TestApp::new().await;
    app.people("acme").add(Person::new("mallory", "mallory@example.org", OLD));
    let (alices, token) = alices_token(&app).await;
    let mallory = app.api("acme");
    mallory.start("mallory@example.org").await;
    app.deliver().await;
    let own = link_of(&app.one_mail());
    let own = own.split_once("token=").expect("a token").1;

    let cancelled = mallory.post(&format!("/recoveries/{alices}/cancel"), &json!({ "token": own })).await;
    let set = set(&app, &token, NEW).await;

    assert_eq!(cancelled.problem(), over());
    assert_eq!(set.status, StatusCode::OK);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_07_no_step_can_be_skipped_by_json() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (id, token) = {
        let id = app.start(&browser, "alice@example.org").await;
        app.deliver().await;
        let link = link_of(&app.one_mail());
        (id, link.split_once("token=").expect("a token").1.to_owned())
    };
    let cookie = browser.cookies.borrow().values().next().expect("the starter's").clone();
    let starter = cookie.split('.').nth(1).expect("a starter token").to_owned();
    let api = app.api("acme");

    let with_the_id = set(&app, &id, NEW).await;
    let with_the_starter = set(&app, &starter, NEW).await;
    let with_the_cookie = set(&app, &cookie, NEW).await;
    let a_code = api.post(&format!("/recoveries/{id}/verify"), &json!({ "code": "12345678" })).await;
    app.wait(Duration::from_mins(1));
    let switched = api.post(&format!("/recoveries/{id}/resend"), &json!({ "method": "email_link" })).await;
    let after_that = set(&app, &id, NEW).await;
    let cancelled = api.post(&format!("/recoveries/{id}/cancel"), &json!({ "token": starter })).await;

    for answer in [with_the_id, with_the_starter, with_the_cookie, a_code, after_that, cancelled] {
        assert_eq!(answer.problem(), over());
    }
    assert_eq!(switched.status, StatusCode::ACCEPTED);
    assert_eq!(app.people("acme").calls(Op::Account), 0);
    app.deliver().await;
    app.new_mails();
    assert_eq!(set(&app, &token, NEW).await.status, StatusCode::OK);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_09_who_started_by_json_gets_nothing_from_the_owner() {
    let app = TestApp::new().await;
    let attacker = app.api("acme");
    let (id, token) = alices_token(&app).await;
    let before = attacker.post(&format!("/recoveries/{id}/resend"), &json!({})).await;
    app.wait(Duration::from_secs(30));
    let set = set(&app, &token, NEW).await;

    let afterwards = attacker.post(&format!("/recoveries/{id}/resend"), &json!({})).await;
    let posted = attacker.post("/password", &json!({ "token": id, "password": "attackers pass phrase!" })).await;

    assert_eq!(set.status, StatusCode::OK);
    assert_eq!(afterwards.status, StatusCode::ACCEPTED);
    assert_eq!(afterwards.shape(&id), before.shape(&id), "nothing shows that the owner has finished");
    assert_eq!(posted.problem(), over());
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn xt_01_a_token_of_one_tenant_is_unknown_to_anothers_api() {
    let app = TestApp::new().await;
    let (id, token) = alices_token(&app).await;
    let globex = app.api("globex");

    let answers = [
        globex.post("/password", &json!({ "token": token, "password": NEW })).await,
        globex.post(&format!("/recoveries/{id}/resend"), &json!({})).await,
        globex.post(&format!("/recoveries/{id}/cancel"), &json!({ "token": token })).await,
        globex.post(&format!("/recoveries/{id}/verify"), &json!({ "code": "12345678" })).await,
    ];

    for answer in answers {
        assert_eq!(answer.problem(), over());
    }
    assert_eq!(app.people("globex").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn rc_04_two_passwords_by_json_at_once_are_one_change_and_one_busy() {
    let app = TestApp::new().await;
    let (_, token) = alices_token(&app).await;
    let people = app.people("acme").clone();
    people.block(Point::BeforeApply);

    let first = set(&app, &token, NEW);
    let second = async {
        people.until_standing(Point::BeforeApply).await;
        let busy = set(&app, &token, "another varnish plinth").await;
        people.release();
        busy
    };
    let (first, second) = tokio::join!(first, second);
    let settled = set(&app, &token, "another varnish plinth").await;

    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.problem(), (409, "busy".into()));
    assert_eq!(settled.problem(), over());
    assert_eq!(people.calls(Op::SetPassword), 1);
    assert!(people.sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn rc_09_no_half_built_row_matches_an_empty_token_in_json() {
    let app = TestApp::new().await;
    let storm = app.api("acme");
    let starts = join_all((0..8).map(|number| {
        let storm = &storm;
        async move { storm.start(&format!("nobody{number}")).await }
    }));
    let probe = async {
        let mut over = Vec::new();
        let mut wrong = Vec::new();
        let shapes =
            ["", "null", "[]", "\0", "undefined", "0", "AAAA", &"A".repeat(69), &"A".repeat(71), &"=".repeat(70)];
        for token in shapes {
            over.push(set(&app, token, NEW).await);
        }
        for token in [json!(null), json!([]), json!({}), json!([""]), json!(0), json!(false)] {
            let body = json!({ "token": token, "password": NEW });
            wrong.push(app.api("acme").post("/password", &body).await);
        }
        wrong.push(app.api("acme").post("/password", &json!({ "password": NEW })).await);
        (over, wrong)
    };

    let (ids, (over_answers, wrong)) = tokio::join!(starts, probe);

    assert_eq!(ids.len(), 8);
    for answer in over_answers {
        assert_eq!(answer.problem(), over());
    }
    for answer in wrong {
        assert_eq!(answer.problem(), (422, "unprocessable".into()));
    }
    assert_eq!(app.people("acme").calls(Op::Account), 0);
    app.deliver().await;
}
