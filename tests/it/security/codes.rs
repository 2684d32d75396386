//! EN, BF, TL, RC: what is tried against codes.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;

use crate::support::app::{NEW, TestApp, code_of, digits_of, link_of, twice, typed};
use crate::support::browser::Browser;
use crate::support::fake_identity::{Op, Person};

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

/// Burns codes of alice's: `tries` wrong ones on a recovery of its own. Gives the recovery and its mail.
async fn burn(app: &TestApp, tries: usize) -> (String, crate::support::app::ArrivedMail) {
    let id = app.start(&app.browser("acme"), "alice@example.org").await;
    let mail = app.next_mail().await;
    let wrong = digits_of(&code_of(&mail));
    for _ in 0..tries {
        let answer = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    (id, mail)
}

async fn try_code(app: &TestApp, id: &str, code: &str) -> StatusCode {
    app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(code)).await.status
}

#[tokio::test]
async fn bf_03_ten_wrong_codes_of_an_account_make_right_ones_wrong_across_recoveries() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    for _ in 0..2 {
        burn(&app, 4).await;
        app.wait(Duration::from_mins(15));
    }
    let (id, mail) = burn(&app, 1).await;
    assert_eq!(try_code(&app, &id, &digits_of(&code_of(&mail))).await, StatusCode::UNPROCESSABLE_ENTITY, "the tenth");

    let right = try_code(&app, &id, &code_of(&mail)).await;
    let link = app.browser("acme").get(&link_of(&mail)).await;
    app.wait(Duration::from_hours(20));
    let (id, mail) = burn(&app, 0).await;
    let still = try_code(&app, &id, &code_of(&mail)).await;
    app.wait(Duration::from_hours(26));
    let (id, mail) = burn(&app, 0).await;
    let next_day = try_code(&app, &id, &code_of(&mail)).await;

    assert_eq!(right, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(link.status, StatusCode::SEE_OTHER, "links are never locked");
    assert_eq!(still, StatusCode::UNPROCESSABLE_ENTITY, "within a day");
    assert_eq!(next_day, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn bf_03_a_resend_gives_no_tries_back() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let (id, _) = burn(&app, 3).await;
    app.wait(Duration::from_mins(1));
    app.browser("acme").post(&format!("/recovery/{id}/resend"), &[]).await;
    let mail = app.next_mail().await;
    let wrong = digits_of(&code_of(&mail));

    let fourth = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
    let fifth = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&wrong)).await;
    let right = try_code(&app, &id, &code_of(&mail)).await;

    assert!(fourth.body.contains("You have 1 try left"), "{}", fourth.body);
    assert!(fifth.body.contains("No more codes can be tried"), "{}", fifth.body);
    assert_eq!(right, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bf_04_a_code_dies_by_its_own_count_whoever_guesses() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    // Every guess comes from an address of its own, so that no client is ever slowed down.
    let (id, mail) = burn(&app, 5).await;

    assert_eq!(try_code(&app, &id, &code_of(&mail)).await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bf_08_burning_somebodys_codes_shuts_nobody_out() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    for _ in 0..3 {
        burn(&app, 5).await;
        app.wait(Duration::from_mins(15));
    }
    assert!(app.people("acme").sign_in("alice", crate::support::app::OLD), "signing in is untouched");
    let (_, mail) = burn(&app, 0).await;

    let owner = app.browser("acme");
    let page = owner.get(&link_of(&mail)).await.location().to_owned();
    let set = owner.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn bf_08_where_no_link_can_reach_the_account_codes_grow_and_are_refused_late() {
    let app = TestApp::with_lines("methods = [\"email_otp\"]\nemail_otp.link = false\nunlinked = true\n").await;
    for _ in 0..2 {
        let (_, mail) = burn(&app, 5).await;
        assert_eq!(code_of(&mail).len(), 8);
        app.wait(Duration::from_mins(15));
    }

    let (id, mail) = burn(&app, 0).await;
    let right = try_code(&app, &id, &code_of(&mail)).await;

    assert_eq!(code_of(&mail).len(), 12, "after ten wrong ones");
    assert_eq!(right, StatusCode::SEE_OTHER, "and still taken: refusal starts at a hundred");
    assert!(!mail.mail.text.contains("token="), "no link in it");
}

#[tokio::test]
async fn a_spray_over_a_tenant_makes_new_codes_longer_and_shuts_nothing() {
    let app = TestApp::with_lines("methods = [\"email_otp\"]\nemail_otp.digits = 6\n").await;
    let (old, before) = burn(&app, 0).await;
    for number in 0..40 {
        let id = app.start(&app.browser("acme"), &format!("nobody{number}@example.org")).await;
        for _ in 0..5 {
            try_code(&app, &id, "123456").await;
        }
    }
    app.wait(Duration::from_mins(1));

    let (id, after) = burn(&app, 0).await;

    assert_eq!((code_of(&before).len(), code_of(&after).len()), (6, 10));
    assert_eq!(try_code(&app, &id, &code_of(&after)).await, StatusCode::SEE_OTHER);
    assert_eq!(try_code(&app, &old, &code_of(&before)).await, StatusCode::SEE_OTHER, "older ones live out their time");
    let told = app.audit("acme").await.into_iter().filter(|line| line.reason.as_deref() == Some("spray")).count();
    assert_eq!(told, 1, "told once");
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
    assert!(verdicts <= 4, "{verdicts} were told to be wrong, and one that the codes are closed");
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
