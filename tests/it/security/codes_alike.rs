//! EN: what is tried to learn from codes who has an account, step by step, whatever has happened to it meanwhile.

use http::StatusCode;

use crate::support::app::{NEW, TestApp, link_of, twice, typed};
use crate::support::fake_identity::Person;

/// Six wrong codes on one recovery, each from a browser of its own, with the pages in between: what all of it looked like.
async fn six_guesses(app: &TestApp, identifier: &str, meanwhile: impl AsyncFn(usize)) -> Vec<String> {
    let starter = app.browser("acme");
    let answer = starter.post("/recovery/", &[("identifier", identifier), ("method", "email_otp")]).await;
    let id = answer.location().strip_prefix("/recovery/").expect("a page").to_owned();
    let mut shapes = vec![answer.shape(&id)];
    for number in 0..6 {
        meanwhile(number).await;
        let guess = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed("00000000")).await;
        let page = app.browser("acme").get(&format!("/recovery/{id}")).await;
        shapes.push(guess.shape(&id));
        shapes.push(page.shape(&id));
    }
    shapes
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

#[tokio::test]
async fn en_05_a_text_message_for_whoever_has_no_number_looks_like_any_other() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let people = app.people("acme");
    people.add(Person::new("phoneless", "phoneless@example.org", NEW));
    let unverified = Person::new("unverified", "unverified@example.org", NEW);
    people.add(Person { phones: vec![(app.number("+12025550188"), false)], ..unverified });
    let abroad = Person::new("abroad", "abroad@example.org", NEW);
    people.add(Person { phones: vec![(app.number("+79161234567"), true)], ..abroad });
    let mut shapes = Vec::new();
    for identifier in ["alice", "phoneless", "unverified", "abroad", "nobody"] {
        let browser = app.browser("acme");
        let id = app.start_by(&browser, identifier, "sms_otp").await;
        app.deliver().await;
        shapes.push(app.browser("acme").get(&format!("/recovery/{id}")).await.shape(&id));
    }

    assert!(shapes.iter().all(|shape| *shape == shapes[0]));
    let told: Vec<String> = app.new_texts().iter().map(|text| text.to.as_str().to_owned()).collect();
    assert_eq!(told, ["+12025550123"]);
    for fragment in ["2025550123", "0123", "***"] {
        assert!(!shapes[0].contains(fragment), "{fragment}");
    }
}
