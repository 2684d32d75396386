//! DA: what is tried with the messages themselves.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{NEW, TestApp, code_of, link_of, twice, typed};
use crate::support::fake_identity::Person;

/// Asks for alice once a minute, each time from another address, and works the outbox off.
async fn bomb(app: &TestApp, minutes: u32) -> usize {
    let mut mails = 0;
    for _ in 0..minutes {
        app.start(&app.browser("acme"), "alice@example.org").await;
        app.deliver().await;
        mails += app.new_mails().len();
        app.wait(Duration::from_mins(1));
    }
    mails
}

#[tokio::test]
async fn da_01_a_thousand_starts_fill_nobodys_mailbox() {
    let app = TestApp::new().await;
    let mut at_once = 0;
    for _ in 0..200 {
        let browser = app.browser("acme");
        for _ in 0..5 {
            app.start(&browser, "alice@example.org").await;
        }
    }
    // Each message waits for the cool-down of the one before it.
    for _ in 0..14 {
        app.deliver().await;
        at_once += app.new_mails().len();
        app.wait(Duration::from_mins(1));
    }

    assert_eq!(at_once, 5, "five, and then one each quarter of an hour");
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn da_01_a_day_of_it_sends_a_hundred_and_one_mails_at_most() {
    let app = TestApp::new().await;
    let mut mails = 0;
    for _ in 0..24 * 4 {
        mails += bomb(&app, 2).await;
        app.wait(Duration::from_mins(13));
    }

    assert!((90..=101).contains(&mails), "{mails} mails in a day");
}

#[tokio::test]
async fn bf_09_no_spelling_of_an_identifier_slips_past_the_limits_of_its_account() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    let spellings =
        ["alice@example.org", "ALICE@EXAMPLE.ORG", " alice@example.org ", "\talice@Example.org", "alice", "ALICE"];
    let mut mails = Vec::new();
    for _ in 0..3 {
        for spelling in spellings {
            let id = app.start(&app.browser("acme"), spelling).await;
            app.deliver().await;
            let new = app.new_mails();
            // Two wrong codes on each, whoever typed whatever.
            for wrong in ["31415926", "27182818"] {
                app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(wrong)).await;
            }
            mails.extend(new.into_iter().map(|mail| (id.clone(), mail)));
            app.wait(Duration::from_mins(1));
        }
    }

    assert_eq!(mails.len(), 6, "five, and one a quarter of an hour later");
    let refused = ["alice\u{a0}@example.org", "ａlice@example.org", "alice@example.org%20"];
    for spelling in refused {
        let answer = app.browser("acme").post("/recovery/", &[("identifier", spelling)]).await;
        app.deliver().await;
        assert!(app.new_mails().is_empty(), "{spelling}: {}", answer.status);
    }
    let tagged = app.start(&app.browser("acme"), "alice+a@example.org").await;
    assert!(!tagged.is_empty());
    app.wait(Duration::from_mins(15));
    let id = app.start(&app.browser("acme"), "Alice").await;
    app.deliver().await;
    let last = app.one_mail();
    let right = app.browser("acme").post(&format!("/recovery/{id}/code"), &typed(&code_of(&last))).await;
    assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY, "wrong codes of all spellings are the account's");
}

#[tokio::test]
async fn da_02_whoever_uses_the_quota_up_lets_the_owner_in_with_the_same_mails() {
    let app = TestApp::with_methods(&["email_otp"]).await;
    bomb(&app, 180).await;
    // The owner asks now, and reads whatever comes within a quarter of an hour.
    let owner = app.browser("acme");
    app.start(&owner, "alice@example.org").await;
    let mut mails = Vec::new();
    for _ in 0..15 {
        app.start(&app.browser("acme"), "alice@example.org").await;
        app.deliver().await;
        mails.extend(app.new_mails());
        app.wait(Duration::from_secs(59));
    }

    let mail = mails.last().expect("a mail within a quarter of an hour");
    let anywhere = app.browser("acme");
    let page = anywhere.get(&link_of(mail)).await.location().to_owned();
    let set = anywhere.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.new_mails();
}

#[tokio::test]
async fn da_03_text_messages_go_only_to_allowed_countries_and_verified_numbers() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    for (index, number) in
        ["+881612345678", "+979123456789", "+79161234567", "+19005550123", "+447012345678"].into_iter().enumerate()
    {
        let person = Person::new(&format!("pump{index}"), &format!("pump{index}@example.org"), NEW);
        app.people("acme").add(Person { phones: vec![(app.number(number), true)], ..person });
        app.start_by(&app.browser("acme"), &format!("pump{index}"), "sms_otp").await;
    }
    app.deliver().await;

    assert!(app.new_texts().is_empty());
    assert!(app.new_mails().is_empty(), "and nothing else goes out in their place");
}

/// People whose numbers are one after the other.
pub(super) fn pumped(app: &TestApp, count: u32) {
    people_with(app, (0..count).map(|index| format!("+1202555{:04}", 1000 + index)));
}

fn people_with(app: &TestApp, numbers: impl Iterator<Item = String>) {
    for (index, number) in numbers.enumerate() {
        let person = Person::new(&format!("pump{index}"), &format!("pump{index}@example.org"), NEW);
        app.people("acme").add(Person { phones: vec![(app.number(&number), true)], ..person });
    }
}

#[tokio::test]
async fn da_03_a_country_gets_twenty_texts_in_ten_minutes_and_then_mails() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    people_with(&app, (0..60).map(|index| format!("+1202{}1234", 301 + index)));
    let (mut texts, mut mails) = (0, 0);
    for index in 0..60 {
        app.start_by(&app.browser("acme"), &format!("pump{index}"), "sms_otp").await;
        app.deliver().await;
        texts += app.new_texts().len();
        mails += app.new_mails().len();
    }

    assert!((15..=25).contains(&texts), "{texts} texts: twenty in ten minutes, within a quarter");
    assert_eq!(texts + mails, 60, "whoever really is there gets a mail");
    app.wait(Duration::from_mins(20));
    app.start_by(&app.browser("acme"), "alice", "sms_otp").await;
    app.deliver().await;
    app.one_text();
    let told: Vec<String> = app.audit("acme").await.into_iter().filter_map(|line| line.reason).collect();
    assert_eq!(told.iter().filter(|reason| *reason == "texts_per_country").count(), 1, "told once in an hour");
}

#[tokio::test]
async fn da_03_a_prefix_that_is_hardly_ever_answered_gets_no_more_texts() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    pumped(&app, 45);
    let mut texts = Vec::new();
    for index in 0..45 {
        app.start_by(&app.browser("acme"), &format!("pump{index}"), "sms_otp").await;
        app.deliver().await;
        texts.extend(app.new_texts());
        app.new_mails();
        // Slowly enough for the limit of the country.
        app.wait(Duration::from_mins(2));
    }

    assert!((15..=25).contains(&texts.len()), "{} texts before its conversion counts", texts.len());
    let reasons: Vec<String> = app.audit("acme").await.into_iter().filter_map(|line| line.reason).collect();
    assert!(reasons.iter().any(|reason| reason == "conversion"), "{reasons:?}");
}

#[tokio::test]
async fn da_03_five_hundred_numbers_in_a_row_get_a_handful_of_texts_within_a_day() {
    let app = TestApp::with_lines("methods = [\"sms_otp\"]\nsms_only = true\nsms_otp.countries = [\"US\"]\n").await;
    pumped(&app, 500);
    for index in 0..500 {
        app.start(&app.browser("acme"), &format!("pump{index}")).await;
        app.deliver().await;
        // Slowly enough for the limit of the country.
        app.wait(Duration::from_mins(2));
    }

    let texts = app.new_texts().len();
    assert!((15..=25).contains(&texts), "{texts} texts before its conversion counts");
}

#[tokio::test]
async fn da_03_numbers_that_are_answered_go_on_getting_texts() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    pumped(&app, 45);
    let mut texts = 0;
    for index in 0..45 {
        let browser = app.browser("acme");
        let id = app.start_by(&browser, &format!("pump{index}"), "sms_otp").await;
        app.deliver().await;
        for text in app.new_texts() {
            texts += 1;
            let right = browser.post(&format!("/recovery/{id}/code"), &typed(&code_of(&text))).await;
            assert_eq!(right.status, StatusCode::SEE_OTHER);
        }
        app.wait(Duration::from_mins(2));
    }

    assert_eq!(texts, 45);
    app.new_mails();
}

#[tokio::test]
async fn da_03_a_tenants_daily_budget_is_never_exceeded() {
    let app = TestApp::with_lines(
        "methods = [\"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\nsms_otp.daily_budget = 8\n",
    )
    .await;
    pumped(&app, 20);
    let mut texts = 0;
    for index in 0..20 {
        app.start_by(&app.browser("acme"), &format!("pump{index}"), "sms_otp").await;
        app.deliver().await;
        texts += app.new_texts().len();
        app.wait(Duration::from_mins(5));
    }

    assert!((6..=8).contains(&texts), "{texts} of eight, redrawn downwards only");
    app.new_mails();
}

#[tokio::test]
async fn da_03_one_account_gets_three_texts_an_hour_and_then_mails() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let (mut texts, mut mails) = (0, 0);
    for _ in 0..5 {
        app.start_by(&app.browser("acme"), "alice", "sms_otp").await;
        app.deliver().await;
        texts += app.new_texts().len();
        mails += app.new_mails().len();
        app.wait(Duration::from_mins(11));
    }

    assert_eq!((texts, mails), (3, 2));
}

#[tokio::test]
async fn da_05_strangers_get_nothing_whatever_is_asked_for() {
    let app = TestApp::with_methods(&["email_link", "email_otp", "sms_otp"]).await;
    for method in ["email_link", "email_otp", "sms_otp"] {
        for identifier in ["stranger@example.net", "+12025550199", "nobody"] {
            app.start_by(&app.browser("acme"), identifier, method).await;
        }
    }

    assert_eq!(app.deliver().await, 9);

    assert!(app.new_mails().is_empty() && app.new_texts().is_empty());
}

#[tokio::test]
async fn da_12_every_verified_address_and_number_hears_of_a_change() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let alice = app.alice("acme");
    app.people("acme").change(&alice, |person| {
        let other = person.emails[0].0.clone();
        person.emails.push((other, false));
        person.emails.push((regain::domain::address::EmailAddress::parse("second@example.org").expect("one"), true));
    });
    let (browser, page) = app.at_the_form().await;

    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.deliver().await;

    let mut told: Vec<String> = app.new_mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["alice@example.org", "second@example.org"]);
    let text = app.one_text();
    assert_eq!(text.to.as_str(), "+12025550123");
    assert!(text.text.body.contains("password was changed"), "{}", text.text.body);
}

#[tokio::test]
async fn da_12_the_notice_says_whom_to_tell_that_it_was_somebody_else() {
    let contact = "[brand]\nsupport_url = \"https://acme.example/help?about=password\"\n";
    let app = TestApp::builder().tenant("acme", contact).build().await;
    let (browser, page) = app.at_the_form().await;

    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.deliver().await;

    let mail = app.one_mail().mail;
    for text in [&mail.text, &mail.html] {
        assert!(text.contains("https://acme.example/help?about=password"), "{text}");
    }
}

#[tokio::test]
async fn da_12_a_code_whose_number_has_changed_since_is_dead() {
    let app = TestApp::with_methods(&["email_link", "sms_otp"]).await;
    let browser = app.browser("acme");
    let id = app.start_by(&browser, "alice", "sms_otp").await;
    app.deliver().await;
    let code = code_of(&app.one_text());
    let alice = app.alice("acme");
    app.people("acme").change(&alice, |person| person.phones[0].1 = false);

    browser.post(&format!("/recovery/{id}/code"), &typed(&code)).await;
    let set = browser.post(&format!("/recovery/{id}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::GONE);
}
