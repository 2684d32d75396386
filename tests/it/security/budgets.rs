//! What text messages may cost a tenant, and all tenants together (DA-03).

use std::time::Duration;

use regain::metrics;
use tracing::Level;

use crate::support::app::{Builder, NEW, TestApp};
use crate::support::fake_identity::Person;
use crate::support::heard::Heard;

const TEXTS: &str = "methods = [\"email_link\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]\n";

/// A tenant that sends text messages.
fn texting(builder: Builder, id: &'static str, lines: &str) -> Builder {
    builder
        .file(id, |file| file.replace("[recovery]\n", &format!("[sms]\nkind = \"inbox\"\n[recovery]\n{TEXTS}{lines}")))
}

/// Somebody new at `tenant` asks for a text message; gives how many text messages and mails go out.
async fn asks(app: &TestApp, tenant: &'static str, number: u32) -> (usize, usize) {
    let name = format!("person{number}");
    let phones = vec![(app.number(&format!("+1202{}{:04}", 301 + number, number)), true)];
    let person = Person::new(&name, &format!("{name}@example.org"), NEW);
    app.people(tenant).add(Person { id: format!("{tenant}-{name}"), phones, ..person });
    app.start_by(&app.browser(tenant), &name, "sms_otp").await;
    app.deliver().await;
    (app.new_texts().len(), app.new_mails().len())
}

#[tokio::test]
async fn da_03_all_tenants_together_send_no_more_than_the_operator_allows() {
    let builder = TestApp::builder().regain("[limits]\nsms_per_day = 8\n");
    let app = texting(texting(builder, "acme", ""), "globex", "").build().await;
    let (mut texts, mut mails) = ([0, 0], 0);
    for number in 0..20 {
        for (index, tenant) in ["acme", "globex"].into_iter().enumerate() {
            let sent = asks(&app, tenant, number).await;
            texts[index] += sent.0;
            mails += sent.1;
        }
        app.wait(Duration::from_mins(1));
    }

    assert_eq!(texts, [4, 4], "eight in all, whoever asks");
    assert_eq!(mails, 32, "whoever really is there gets a mail");
    let reasons: Vec<String> = app.audit("globex").await.into_iter().filter_map(|line| line.reason).collect();
    assert!(reasons.iter().any(|reason| reason == "texts_per_operator"), "{reasons:?}");
}

#[tokio::test]
async fn da_03_a_day_has_no_border_over_which_a_budget_is_spent_twice() {
    let of_one = ("", "sms_otp.daily_budget = 2\n", ["acme", "acme"]);
    let of_all = ("[limits]\nsms_per_day = 2\n", "", ["acme", "globex"]);
    for (all, one, asked) in [of_one, of_all] {
        let builder = texting(TestApp::builder().regain(all), "acme", one);
        let app = texting(builder, "globex", "").build().await;
        let mut hours = Vec::new();
        for hour in 0..30 {
            if asks(&app, asked[hour as usize % 2], hour).await.0 == 1 {
                hours.push(hour);
            }
            app.wait(Duration::from_hours(1));
        }

        assert!(hours.windows(3).all(|three| three[2] - three[0] >= 24), "three within 24 hours: {hours:?}");
        assert!(hours.len() >= 3, "and after them it goes on: {hours:?}");
    }
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_counted_each_time_and_warned_about_once_an_hour() {
    let (heard, _listens) = Heard::listen(Level::WARN);
    let metrics = metrics::install(true);
    let app = texting(TestApp::builder(), "spender", "sms_otp.daily_budget = 1\n").build().await;
    let warnings = || heard.text().matches("a quota of the tenant is used up").count();
    asks(&app, "spender", 0).await;
    assert_eq!(warnings(), 0);

    for number in 1..4 {
        asks(&app, "spender", number).await;
        app.wait(Duration::from_mins(5));
    }
    let after_three = warnings();
    app.wait(Duration::from_hours(1));
    asks(&app, "spender", 4).await;

    assert_eq!((after_three, warnings()), (1, 2));
    let told = metrics.render();
    let line = told.lines().find(|line| line.starts_with("regain_rate_limited_total") && line.contains("\"spender\""));
    assert!(line.is_some_and(|line| line.contains("texts_per_tenant") && line.ends_with(" 4")), "{line:?}");
    let audited =
        app.audit("spender").await.into_iter().filter(|line| line.reason.as_deref() == Some("texts_per_tenant"));
    assert_eq!(audited.count(), 2);
    for secret in ["person1", "2023", "example.org"] {
        assert!(!heard.text().contains(secret), "{secret} in {}", heard.text());
    }
}
