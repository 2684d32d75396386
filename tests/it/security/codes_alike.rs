//! EN: what is tried to learn from codes who has an account, step by step, whatever has happened to it meanwhile.

use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};
use regain::domain::id::RecoveryId;
use regain::domain::recovery::State;
use serde_json::json;

use crate::support::app::{ArrivedMail, NEW, TestApp, code_of, digits_of, id, link_of, twice, typed};
use crate::support::browser::Answer;
use crate::support::fake_identity::{Person, Point};
use crate::support::flaky_channel::Reply;

/// Six wrong codes on one recovery, each from a browser of its own, with the pages in between: what all of it looked
/// like.
async fn six_guesses(app: &TestApp, identifier: &str, meanwhile: impl AsyncFn(usize)) -> Vec<String> {
    let (id, start) = started(app, identifier, "email_otp").await;
    let mut shapes = vec![start];
    for number in 0..6 {
        meanwhile(number).await;
        shapes.extend(guess_and_look(app, &id, "00000000").await);
    }
    shapes
}

/// A recovery that has begun, and what its start looked like.
async fn started(app: &TestApp, identifier: &str, method: &str) -> (String, String) {
    let starter = app.browser("acme");
    let answer = starter.post("/recovery/", &[("identifier", identifier), ("method", method)]).await;
    let id = answer.location().strip_prefix("/recovery/").expect("a page").to_owned();
    let shape = answer.shape(&id);
    (id, shape)
}

/// A code that is typed and the page after it, each in a browser of its own: what both looked like.
async fn guess_and_look(app: &TestApp, id: &str, code: &str) -> [String; 2] {
    let guess = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(code)).await;
    let page = app.browser("acme").get(&format!("/recovery/{id}")).await;
    [guess.shape(id), page.shape(id)]
}

#[tokio::test]
async fn en_02_codes_are_answered_alike_for_known_and_unknown_accounts() {
    let app = TestApp::with_methods(&["email_otp", "sms_otp"]).await;
    let worked = async |number| {
        if number == 2 {
            app.deliver().await;
        }
    };

    let known = six_guesses(&app, "alice@example.org", worked).await;
    app.one_mail();
    let unknown = six_guesses(&app, "nobody@example.org", worked).await;

    assert_eq!(known, unknown);
    let statuses: Vec<&str> = known.iter().skip(1).step_by(2).map(|shape| &shape[..3]).collect();
    assert_eq!(statuses, ["422"; 6]);
    assert!(known[1].contains("You have 4 tries left") && known[7].contains("You have 1 try left"), "{}", known[7]);
    assert_eq!(known[9], known[11], "the fifth wrong code closes the codes, and so it stays");
    assert!(known[9].contains("No more codes can be tried") && !known[9].contains("name=\"code\""), "{}", known[9]);
}

#[tokio::test]
async fn en_02_a_recovery_that_completed_elsewhere_looks_as_it_did_before() {
    let app = TestApp::with_methods(&["email_otp", "email_link"]).await;
    let finish = async |number| {
        if number == 1 {
            app.deliver().await;
            let mail = app.one_mail();
            let owner = app.browser("acme");
            let page = owner.get(&link_of(&mail)).await.location().to_owned();
            let set = owner.post(&format!("{page}/password"), &twice(NEW)).await;
            assert_eq!(set.status, StatusCode::SEE_OTHER);
            app.deliver().await;
            app.one_mail();
        }
    };

    let known = six_guesses(&app, "alice@example.org", finish).await;
    let unknown = six_guesses(&app, "nobody@example.org", async |_| ()).await;

    assert_eq!(known, unknown);
    app.deliver().await;
}

/// Six wrong codes, with the page after each, while the worker stands still in the middle of its work.
async fn guesses_at_work(app: &TestApp, identifier: &str, until: impl AsyncFn()) -> Vec<String> {
    let (id, start) = started(app, identifier, "sms_otp").await;
    let mut shapes = vec![start];
    let guesses = async {
        until().await;
        for _ in 0..6 {
            shapes.extend(guess_and_look(app, &id, "00000000").await);
        }
        app.people("acme").release();
    };
    tokio::select! {
        // A worker that stands at the gateway stands there for good.
        () = async { app.deliver().await; std::future::pending().await } => {}
        () = guesses => {}
    }
    shapes
}

#[tokio::test]
async fn en_02_codes_are_answered_alike_while_the_worker_looks_for_the_account() {
    let app = TestApp::with_methods(&["email_otp", "sms_otp"]).await;
    let people = app.people("acme").clone();
    let standing = async || people.until_standing(Point::Find).await;

    people.block(Point::Find);
    let known = guesses_at_work(&app, "alice@example.org", standing).await;
    people.block(Point::Find);
    let unknown = guesses_at_work(&app, "nobody@example.org", standing).await;

    assert_eq!(known, unknown);
    assert!(known[9].contains("No more codes can be tried"), "{}", known[9]);
}

#[tokio::test]
async fn en_02_codes_are_answered_alike_while_the_worker_hands_the_message_over() {
    let app = TestApp::with_methods(&["email_otp", "sms_otp"]).await;
    app.text_gateway([Reply::Hangs]);
    let handed_over = async || {
        while app.text_gateway_has() > 0 {
            tokio::task::yield_now().await;
        }
    };

    let known = guesses_at_work(&app, "alice@example.org", handed_over).await;
    let unknown = guesses_at_work(&app, "nobody@example.org", async || ()).await;

    assert_eq!(known, unknown);
    assert!(app.new_texts().is_empty());
}

#[tokio::test]
async fn en_02_codes_are_answered_alike_after_the_gateway_has_refused_the_text() {
    let app = TestApp::with_methods(&["email_otp", "sms_otp"]).await;
    app.text_gateway([Reply::Refused(Error::Permanent(Cause::Recipient))]);
    let mut shapes = Vec::new();
    for identifier in ["alice@example.org", "nobody@example.org"] {
        let (id, start) = started(&app, identifier, "sms_otp").await;
        app.deliver().await;
        shapes.push([vec![start], guess_and_look(&app, &id, "00000000").await.into()].concat());
    }

    assert_eq!(shapes[0], shapes[1]);
    app.one_mail();
}

/// What four codes are answered, each the first of its recovery: one that was used, one that is too old, a wrong one,
/// and any one where nobody has an account.
async fn four_codes(app: &TestApp, guess: impl AsyncFn(&str, &str) -> Answer) -> [String; 4] {
    let begin = async |identifier: &str| app.start_by(&app.browser("acme"), identifier, "email_otp").await;
    let used = begin("alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    app.wait(Duration::from_mins(1));
    let right = app.browser("acme").post(&format!("/recovery/{used}/code"), &typed(&code)).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    let used = guess(&used, &code).await.shape(&used);
    let expired = begin("alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    app.wait(Duration::from_mins(10));
    let expired = guess(&expired, &code).await.shape(&expired);
    let wrong = begin("alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    app.wait(Duration::from_mins(1));
    let wrong = guess(&wrong, &digits_of(&code)).await.shape(&wrong);
    let unknown = begin("nobody@example.org").await;
    app.deliver().await;
    app.wait(Duration::from_mins(1));
    let unknown = guess(&unknown, "31415926").await.shape(&unknown);
    [used, expired, wrong, unknown]
}

#[tokio::test]
async fn en_02_a_used_an_expired_and_a_wrong_code_are_one() {
    let app = TestApp::with_methods(&["email_otp", "sms_otp"]).await;
    let by_page =
        async |id: &str, code: &str| app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(code)).await;

    let shapes = four_codes(&app, by_page).await;

    assert!(shapes[0].starts_with("422") && shapes[0].contains("You have 4 tries left"), "{}", shapes[0]);
    for shape in &shapes {
        assert_eq!(*shape, shapes[0]);
    }
}

#[tokio::test]
async fn en_02_a_used_an_expired_and_a_wrong_code_are_one_by_json() {
    let app = TestApp::with_methods(&["email_otp", "sms_otp"]).await;
    let by_json = async |id: &str, code: &str| {
        app.api("acme").post(&format!("/recoveries/{id}/verify"), &json!({ "code": code })).await
    };

    let shapes = four_codes(&app, by_json).await;

    assert!(shapes[0].starts_with("422") && shapes[0].contains("wrong-code"), "{}", shapes[0]);
    for shape in &shapes {
        assert_eq!(*shape, shapes[0]);
    }
}

/// The owner sets a password by the link in this mail.
async fn finish(app: &TestApp, mail: &ArrivedMail) {
    let owner = app.browser("acme");
    let page = owner.get(&link_of(mail)).await.location().to_owned();
    let set = owner.post(&format!("{page}/password"), &twice(NEW)).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn en_02_a_recovery_that_another_one_has_closed_looks_as_it_did_before() {
    let app = TestApp::with_methods(&["email_otp", "email_link"]).await;
    let (known, known_start) = started(&app, "alice@example.org", "email_otp").await;
    let (unknown, unknown_start) = started(&app, "nobody@example.org", "email_otp").await;
    let code = code_of(&app.next_mail().await);
    app.wait(Duration::from_mins(1));
    let mut shapes = [vec![known_start], vec![unknown_start]];
    let look =
        async |code: &str| [guess_and_look(&app, &known, code).await, guess_and_look(&app, &unknown, "31415926").await];

    shapes.iter_mut().zip(look(&digits_of(&code)).await).for_each(|(shapes, new)| shapes.extend(new));
    app.start_by(&app.browser("acme"), "alice@example.org", "email_link").await;
    finish(&app, &app.next_mail().await).await;
    for _ in 0..5 {
        // The very code that was right before.
        shapes.iter_mut().zip(look(&code).await).for_each(|(shapes, new)| shapes.extend(new));
    }

    let loaded = app.store.tenant(&id("acme")).recovery(RecoveryId::parse(&known).expect("an id")).await;
    let state = loaded.expect("a store").expect("a recovery").recovery.state;
    assert!(matches!(state, State::Closed { .. }), "{state:?}");
    assert_eq!(shapes[0], shapes[1]);
    assert!(shapes[0][3].contains("You have 3 tries left"), "{}", shapes[0][3]);
    app.deliver().await;
    app.one_mail();
}

/// Alice has a number; the others have none, one that is not known to be theirs, one abroad, or no account.
const EVERYBODY: [&str; 5] = ["alice", "phoneless", "unverified", "abroad", "nobody"];

fn with_numbers_of_all_kinds(app: &TestApp) {
    let people = app.people("acme");
    people.add(Person::new("phoneless", "phoneless@example.org", NEW));
    let unverified = Person::new("unverified", "unverified@example.org", NEW);
    people.add(Person { phones: vec![(app.number("+12025550188"), false)], ..unverified });
    let abroad = Person::new("abroad", "abroad@example.org", NEW);
    people.add(Person { phones: vec![(app.number("+79161234567"), true)], ..abroad });
}

fn assert_alike_and_one_told(app: &TestApp, shapes: &[String]) {
    for shape in shapes {
        assert_eq!(*shape, shapes[0]);
    }
    let told: Vec<String> = app.new_texts().iter().map(|text| text.to.as_str().to_owned()).collect();
    assert_eq!(told, ["+12025550123"]);
    for fragment in ["2025550123", "0123", "***"] {
        assert!(!shapes[0].contains(fragment), "{fragment}");
    }
}

#[tokio::test]
async fn en_05_a_text_message_for_whoever_has_no_number_looks_like_any_other() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    with_numbers_of_all_kinds(&app);
    let mut shapes = Vec::new();
    for identifier in EVERYBODY {
        let (id, start) = started(&app, identifier, "sms_otp").await;
        app.deliver().await;
        let page = app.browser("acme").get(&format!("/recovery/{id}")).await.shape(&id);
        shapes.push([start, page].join("\n"));
    }

    assert_alike_and_one_told(&app, &shapes);
}

#[tokio::test]
async fn en_05_a_text_message_for_whoever_has_no_number_is_answered_alike_by_json() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    with_numbers_of_all_kinds(&app);
    let mut shapes = Vec::new();
    for identifier in EVERYBODY {
        let api = app.api("acme");
        let body = json!({ "identifier": identifier, "method": "sms_otp" });
        let started = api.post("/recoveries", &body).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{identifier}: {}", started.body);
        let id = started.json()["id"].as_str().expect("an id").to_owned();
        app.deliver().await;
        let again = api.post(&format!("/recoveries/{id}/resend"), &json!({ "method": "sms_otp" })).await;
        let guessed = api.post(&format!("/recoveries/{id}/verify"), &json!({ "code": "00000000" })).await;
        shapes.push([started, again, guessed].map(|answer| answer.shape(&id)).join("\n"));
    }

    assert_alike_and_one_told(&app, &shapes);
}
