//! BF, TL, RC, XT: what is tried against the codes of one recovery.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;

use super::codes_burnt::{burn, try_code};
use crate::support::app::{NEW, OLD, TestApp, code_of, digits_of, link_of, twice, typed};
use crate::support::browser::Browser;
use crate::support::fake_identity::{Op, Person};

#[tokio::test]
async fn bf_01_a_thousand_codes_get_five_verdicts_and_the_link_lives() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let id = app.start(&app.browser("acme"), "alice@example.org").await;
    let mail = app.next_mail().await;
    let code = code_of(&mail);
    let mut verdicts = 0;
    for number in 0..1000_u32 {
        let guess = format!("{:08}", (code.parse::<u32>().expect("digits") + 1 + number) % 100_000_000);
        let answer = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&guess)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        if answer.body.contains("left.") {
            verdicts += 1;
        }
    }

    let right = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    let link = app.browser("acme").get(&link_of(&mail)).await;

    assert_eq!(verdicts, 4, "four are told to be wrong; the fifth closes the codes");
    assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY, "the right code as the sixth");
    assert_eq!(link.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn bf_02_codes_have_a_limit_of_their_own_for_each_client() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let browser = app.browser("acme");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let id = app.start(&app.browser("acme"), "nobody@example.org").await;
        for _ in 0..3 {
            let answer = browser.post(&format!("/recovery/{id}/code"), &typed("123456")).await;
            statuses.push(answer.status.as_u16());
        }
    }
    let start = browser.post("/recovery/", &[("identifier", "nobody")]).await;
    app.deliver().await;

    assert_eq!(statuses, [[422; 10].as_slice(), &[429; 2]].concat());
    assert_eq!(start.status, StatusCode::SEE_OTHER, "what codes have used up is not what starts have");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rc_01_the_right_code_fifty_times_at_once_is_right_once() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (id, mail) = burn(&app, 0).await;
    let (code, address) = (code_of(&mail), format!("/recovery/{id}/code"));
    let browsers: Vec<Browser> = (0..50).map(|_| app.browser("acme")).collect();

    let fields = typed(&code);
    let answers = join_all(browsers.iter().map(|browser| browser.post(&address, &fields))).await;

    let right: Vec<usize> = (0..50).filter(|index| answers[*index].status == StatusCode::SEE_OTHER).collect();
    assert_eq!(right.len(), 1, "exactly one");
    assert!(answers.iter().filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY).count() == 49);
    let page = format!("/recovery/{id}");
    let forms = join_all(browsers.iter().map(|browser| browser.get(&page))).await;
    let with_a_form: Vec<usize> = (0..50).filter(|index| forms[*index].body.contains("new_password")).collect();
    assert_eq!(with_a_form, right, "only the browser that was answered so holds a reset token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rc_02_five_hundred_codes_in_one_burst_get_five_verdicts() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (id, mail) = burn(&app, 0).await;
    let (code, address) = (code_of(&mail), format!("/recovery/{id}/code"));
    let number: u64 = code.parse().expect("digits");
    let browsers: Vec<Browser> = (0..500).map(|_| app.browser("acme")).collect();

    let answers = join_all(browsers.iter().enumerate().map(|(index, browser)| {
        let guess = format!("{:08}", (number + 1 + index as u64) % 100_000_000);
        let address = &address;
        async move { browser.post(address, &typed(&guess)).await }
    }))
    .await;

    let verdicts = answers.iter().filter(|answer| answer.body.contains("left.")).count();
    // A page that is made after the last try shows that codes are closed, so that these may be fewer.
    assert!(verdicts <= 4, "{verdicts} were told to be wrong, and one that the codes are closed");
    let lines = app.audit("acme").await;
    let count = |event: &str| lines.iter().filter(|line| line.event == event).count();
    assert_eq!((count("recovery.code_failed"), count("recovery.codes_closed")), (5, 1), "five were judged");
    assert!(answers.iter().all(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(try_code(&app, &id, &code).await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn tl_07_no_step_of_a_recovery_by_code_can_be_skipped() {
    let app = TestApp::with_methods(&["email_otp", "email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice@example.org", "email_otp").await;
    let mail = app.next_mail().await;
    let code = code_of(&mail);
    let password = format!("/recovery/{id}/password");

    let without_a_code = browser.post(&password, &twice(NEW)).await;
    let wrong = browser.post(&format!("/recovery/{id}/code"), &typed(&digits_of(&code))).await;
    let after_a_wrong_one = browser.post(&password, &twice(NEW)).await;
    app.wait(Duration::from_mins(1));
    browser.post(&format!("/recovery/{id}/method"), &[("method", "sms_otp")]).await;
    let after_another_way = browser.post(&password, &twice(NEW)).await;
    app.deliver().await;
    app.one_text();
    let link_only = app.start_by(&app.browser("acme"), "nobody", "email_link").await;
    let no_code_was_issued = app.browser("acme").post(&format!("/recovery/{link_only}/code"), &typed(&code)).await;

    for answer in [without_a_code, after_a_wrong_one, after_another_way, no_code_was_issued] {
        assert_eq!(answer.status, StatusCode::GONE);
    }
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
    let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    let replayed = browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "the code of before counts beside the new one");
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY, "the same code again is a wrong one");
    app.deliver().await;
}

#[tokio::test]
async fn tl_08_a_code_of_one_recovery_is_a_wrong_one_in_another_of_the_same_person() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (one, first) = burn(&app, 0).await;
    app.wait(Duration::from_mins(1));
    let (other, second) = burn(&app, 0).await;

    let crossed = app.browser("acme").post(&format!("/recovery/{other}/code"), &typed(&code_of(&first))).await;
    let back = app.browser("acme").post(&format!("/recovery/{one}/code"), &typed(&code_of(&second))).await;

    assert!(crossed.body.contains("You have 4 tries left"), "{}", crossed.body);
    assert!(back.body.contains("You have 4 tries left"), "{}", back.body);
    assert_eq!(try_code(&app, &other, &code_of(&second)).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn tl_08_a_code_of_ones_own_recovery_is_a_wrong_one_in_somebody_elses() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    app.people("acme").add(Person::new("mallory", "mallory@example.org", OLD));
    let (alices, mail) = burn(&app, 0).await;
    let mallory = app.browser("acme");
    let own = app.start(&mallory, "mallory@example.org").await;
    let own_code = code_of(&app.next_mail().await);

    let crossed = mallory.post(&format!("/recovery/{alices}/code"), &typed(&own_code)).await;
    let back = app.browser("acme").post(&format!("/recovery/{own}/code"), &typed(&code_of(&mail))).await;
    let set = mallory.post(&format!("/recovery/{alices}/password"), &twice(NEW)).await;

    for answer in [crossed, back] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("You have 4 tries left"), "{}", answer.body);
    }
    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(try_code(&app, &own, &own_code).await, StatusCode::SEE_OTHER);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn tl_09_a_typed_code_gives_its_browser_a_token_and_nobody_else() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let attacker = app.browser("acme");
    let id = app.start(&attacker, "alice@example.org").await;
    let code = code_of(&app.next_mail().await);
    let victim = app.browser("acme");
    let before = attacker.get(&format!("/recovery/{id}")).await;

    victim.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    let after = attacker.get(&format!("/recovery/{id}")).await;
    let stolen = attacker.post(&format!("/recovery/{id}/password"), &twice("another varnish plinth")).await;
    let set = victim.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    assert_eq!(before.shape(&id), after.shape(&id));
    assert_eq!(stolen.status, StatusCode::GONE);
    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert!(app.people("acme").sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn xt_01_a_code_of_one_tenant_is_nothing_at_another() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (id, mail) = burn(&app, 0).await;

    let foreign = app.browser("globex").post(&format!("/recovery/{id}/code"), &typed(&code_of(&mail))).await;

    assert_eq!(foreign.status, StatusCode::GONE);
    assert_eq!(try_code(&app, &id, &code_of(&mail)).await, StatusCode::SEE_OTHER, "and no try was spent");
}
