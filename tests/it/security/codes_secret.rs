//! TL-06, TL-20, WB-07, WB-08 for codes: what a right code gives is its holder's alone, and no answer and no column
//! holds it.

use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};
use regain::domain::id::RecoveryId;
use serde_json::json;

use crate::support::app::{NEW, OLD, TestApp, code_of, digits_of, twice, typed};
use crate::support::browser::{Answer, Browser};
use crate::support::fake_identity::{Op, Person};
use crate::support::flaky_channel::Reply;

/// Alice's recovery by this method, a minute after its message: the browser that asked, the recovery, its code.
async fn sent(app: &TestApp, method: &str) -> (Browser, String, String) {
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice", method).await;
    app.deliver().await;
    let code = match (app.new_mails().first(), app.new_texts().first()) {
        (Some(mail), None) => code_of(mail),
        (None, Some(text)) => code_of(text),
        other => panic!("one message: {other:?}"),
    };
    app.wait(Duration::from_mins(1));
    (browser, id, code)
}

/// The same, where the right code has been typed.
async fn verified(app: &TestApp, method: &str) -> (Browser, String, String) {
    let (browser, id, code) = sent(app, method).await;
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    let token = reset_token(&browser, &id);
    (browser, id, token)
}

/// The reset token that a browser holds.
fn reset_token(browser: &Browser, id: &str) -> String {
    let cookies = browser.cookies.borrow();
    let (_, value) = cookies.iter().find(|(name, _)| name.ends_with(&id[..8])).expect("the recovery's cookie");
    value.split('.').nth(2).filter(|token| token.len() == 70).expect("a reset token").to_owned()
}

const METHODS: [&str; 2] = ["email_otp", "sms_otp"];
/// Codes so long that no other number is taken for one.
const LONG: &str = "methods = [\"email_otp\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\nemail_otp.digits = 12\n\
                    sms_otp.digits = 12\n";

#[tokio::test]
async fn tl_06_a_reset_token_is_for_its_own_account_whatever_else_is_named() {
    for method in METHODS {
        let app = TestApp::with_lines(LONG).await;
        app.people("acme").add(Person::new("bob", "bob@example.org", OLD));
        let (browser, id, _) = verified(&app, method).await;
        let address = format!("/recovery/{id}/password");
        for field in ["user", "username", "email", "account", "user_id", "identifier", "token", "code", "phone"] {
            let fields = [("new_password", NEW), ("confirm_password", NEW), (field, "bob@example.org")];
            let refused = browser.post(&address, &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        }

        let mut request = browser.form(&format!("{address}?user=bob&username=bob&identifier=bob"), &twice(NEW));
        request.headers_mut().insert("x-user", "bob".parse().expect("a value"));
        request.headers_mut().append("cookie", "user=bob; username=bob".parse().expect("a value"));
        let set = browser.send(request).await;

        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
        assert!(app.people("acme").sign_in("alice", NEW));
        assert!(app.people("acme").sign_in("bob", OLD));
        app.deliver().await;
        app.new_mails();
        app.new_texts();
    }
}

#[tokio::test]
async fn tl_06_a_reset_token_is_for_its_own_account_whatever_else_is_named_in_json() {
    let app = TestApp::with_lines(LONG).await;
    app.people("acme").add(Person::new("bob", "bob@example.org", OLD));
    let (_, _, token) = verified(&app, "email_otp").await;
    let api = app.api("acme");
    for member in ["user", "username", "email", "account", "user_id", "identifier", "id", "code", "phone"] {
        let mut body = json!({ "token": token, "password": NEW });
        body[member] = json!("bob@example.org");
        assert_eq!(api.post("/password", &body).await.problem(), (422, "unprocessable".into()), "{member}");
    }

    let body = json!({ "token": token, "password": NEW }).to_string();
    let mut call = api.call("/password?user=bob&username=bob&identifier=bob", &body);
    call.headers_mut().insert("x-user", "bob".parse().expect("a value"));
    call.headers_mut().append("cookie", "user=bob; username=bob".parse().expect("a value"));
    let set = api.send(call).await;

    assert_eq!(set.status, StatusCode::OK);
    assert!(app.people("acme").sign_in("alice", NEW));
    assert!(app.people("acme").sign_in("bob", OLD));
    app.deliver().await;
    app.new_mails();
    app.new_texts();
}

#[tokio::test]
async fn tl_06_a_reset_token_of_ones_own_recovery_opens_no_other() {
    let app = TestApp::with_lines(LONG).await;
    app.people("acme").add(Person::new("mallory", "mallory@example.org", OLD));
    let (_, alices, _) = sent(&app, "email_otp").await;
    let mallory = app.browser("acme");
    let own = app.start_by(&mallory, "mallory", "email_otp").await;
    app.deliver().await;
    let code = code_of(&app.one_mail());
    mallory.post(&format!("/recovery/{own}/code"), &typed(&code)).await;
    let name = format!("__Host-regain-{}", &alices[..8]);
    let token = reset_token(&mallory, &own);
    mallory.cookies.borrow_mut().insert(name, format!("1795176000000..{token}"));

    let seen = mallory.get(&format!("/recovery/{alices}")).await;
    let set = mallory.post(&format!("/recovery/{alices}/password"), &twice(NEW)).await;

    assert_eq!(seen.shape(&alices), app.browser("acme").get(&format!("/recovery/{alices}")).await.shape(&alices));
    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn wb_07_a_wrong_code_whose_answer_was_changed_in_the_browser_opens_nothing() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (browser, id, code) = sent(&app, "email_otp").await;
    let page = format!("/recovery/{id}");
    let before = browser.cookies.borrow().clone();

    let wrong = browser.post(&format!("{page}/code"), &typed(&digits_of(&code))).await;
    // The client believes that it was sent on to the form, and posts what that would.
    let shown = browser.get(&page).await;
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let by_json = app.api("acme").post("/password", &json!({ "token": id, "password": NEW })).await;

    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(*browser.cookies.borrow(), before);
    assert!(shown.body.contains("name=\"code\"") && !shown.body.contains("new_password"), "{}", shown.body);
    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(by_json.problem(), (410, "recovery-over".into()));
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

/// Every answer on the way of a code to a password, by pages and by JSON, beside the one that gives the reset token.
async fn answers_on_the_way(app: &TestApp, method: &str) -> (Vec<Answer>, String, String) {
    let browser = app.browser("acme");
    let mut seen = vec![browser.post("/recovery/", &[("identifier", "ALICE"), ("method", method)]).await];
    let id = seen[0].location().strip_prefix("/recovery/").expect("a page").to_owned();
    let page = format!("/recovery/{id}");
    app.deliver().await;
    let code = match (app.new_mails().first(), app.new_texts().first()) {
        (Some(mail), None) => code_of(mail),
        (None, Some(text)) => code_of(text),
        other => panic!("one message: {other:?}"),
    };
    seen.push(browser.get(&page).await);
    app.wait(Duration::from_mins(1));
    let api = app.api("acme");
    for typed_code in [&digits_of(&code), "canary"] {
        seen.push(browser.post(&format!("{page}/code"), &typed(typed_code)).await);
        seen.push(api.post(&format!("/recoveries/{id}/verify"), &json!({ "code": typed_code })).await);
    }
    seen.push(browser.post(&format!("{page}/code"), &typed(&code)).await);
    let token = reset_token(&browser, &id);
    seen.push(browser.get(&page).await);
    seen.push(app.browser("acme").get(&page).await);
    seen.push(browser.post(&format!("{page}/code"), &typed(&code)).await);
    seen.push(browser.post(&format!("{page}/password"), &twice("canary-canary")).await);
    seen.push(api.post("/password", &json!({ "token": token, "password": "canary" })).await);
    seen.push(browser.post(&format!("{page}/password"), &twice(NEW)).await);
    assert_eq!(seen.last().map(|set| set.status), Some(StatusCode::SEE_OTHER));
    seen.push(browser.get(&page).await);
    (seen, code, token)
}

#[tokio::test]
async fn wb_08_no_secret_of_a_code_stands_in_an_answer() {
    for (method, is_refused) in [("email_otp", false), ("sms_otp", false), ("sms_otp", true)] {
        let app = TestApp::with_lines(LONG).await;
        if is_refused {
            app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
        }

        let (seen, code, token) = answers_on_the_way(&app, method).await;

        let wrong = digits_of(&code);
        let secrets = [&code, &wrong, &token, "canary", "example.org", "2025550123", "0123", NEW];
        for answer in seen {
            for secret in secrets {
                assert!(!answer.body.contains(secret), "{method}: {secret}: {}", answer.body);
                for (name, value) in &answer.headers {
                    let is_our_cookie = name == "set-cookie" && secret == token;
                    let value = value.to_str().unwrap_or_default();
                    assert!(is_our_cookie || !value.contains(secret), "{method}: {secret} in {name}");
                }
            }
        }
        assert!(app.people("acme").sign_in("alice", NEW));
        app.deliver().await;
        app.new_mails();
        app.new_texts();
    }
}

#[tokio::test]
async fn tl_20_nothing_in_the_database_is_a_code_or_a_reset_token() {
    for method in METHODS {
        let app = TestApp::with_lines(LONG).await;
        let (_, id, code) = sent(&app, method).await;
        let (thief, api) = (app.browser("acme"), app.api("acme"));
        let right = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code)).await;
        assert_eq!(right.status, StatusCode::SEE_OTHER);
        let parsed = RecoveryId::parse(&id).expect("an id");
        let columns = app.database.every_column().await;
        assert!(columns.len() > 20, "the search finds what is there");

        for column in columns {
            let text = String::from_utf8_lossy(&column).into_owned();
            assert!(!text.contains(&code), "{method}: {text}");
            let mut forged = vec![data_encoding::BASE64URL_NOPAD.encode(&column), text];
            if column.len() == 32 {
                let head = [&[1, 2, 1], parsed.as_bytes().as_slice(), &[1], &column].concat();
                forged.push(data_encoding::BASE64URL_NOPAD.encode(&head));
            }
            for token in forged {
                let name = format!("__Host-regain-{}", &id[..8]);
                let is_cookie = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                if is_cookie && token.len() == 70 {
                    thief.cookies.borrow_mut().insert(name, format!("1795176000000..{token}"));
                    let shown = thief.get(&format!("/recovery/{id}")).await;
                    assert!(!shown.body.contains("new_password"), "{method}: {token}");
                    // From an address of its own, so that no limit answers in its place.
                    let set = app.api("acme").post("/password", &json!({ "token": token, "password": NEW })).await;
                    assert_eq!(set.problem(), (410, "recovery-over".into()), "{method}: {token}");
                } else {
                    let set = api.post("/password", &json!({ "token": token, "password": NEW })).await;
                    assert_eq!(set.problem(), (410, "recovery-over".into()), "{method}: {token}");
                }
            }
        }
        assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
    }
}
