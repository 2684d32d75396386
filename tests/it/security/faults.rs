//! FT: the world fails half-way, and nothing is lost. FT-07, the crash, stands in `crash`.

use std::time::Duration;

use http::StatusCode;
use regain::channel::{Cause, Error};
use regain::domain::address::EmailAddress;
use tokio_util::sync::CancellationToken;

use crate::support::app::{NEW, OLD, TestApp, link_of, twice};
use crate::support::fake_identity::{self, Op, Person};
use crate::support::flaky_channel::Reply;

#[tokio::test]
async fn ft_01_a_mail_server_that_is_down_costs_nobody_a_request_and_is_tried_again() {
    let app = TestApp::new().await;
    let down = Error::Transient(Cause::Connect);
    app.mail_server([Reply::Refused(down), Reply::Refused(down)]);

    let id = app.start(&app.browser("acme"), "alice@example.org").await;
    app.deliver().await;
    let early = app.new_mails().len();
    app.wait(Duration::from_secs(5));
    app.deliver().await;
    app.wait(Duration::from_secs(30));
    app.deliver().await;
    let delivered = app.one_mail();

    assert_eq!(early, 0);
    assert!(!id.is_empty());
    assert!(link_of(&delivered).contains("token="));
}

#[tokio::test]
async fn ft_01_a_message_is_given_up_when_its_secret_has_no_minutes_left() {
    let app = TestApp::new().await;
    app.mail_server((0..40).map(|_| Reply::Refused(Error::Transient(Cause::Timeout))));
    app.start(&app.browser("acme"), "alice@example.org").await;
    for _ in 0..12 {
        app.deliver().await;
        app.wait(Duration::from_mins(2));
    }

    let left = app.deliver().await;

    assert_eq!(left, 0);
    let audit = app.audit("acme").await;
    assert!(
        audit.iter().any(|line| line.event == "recovery.message_failed" && line.outcome == "abandoned"),
        "{audit:?}"
    );
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn ft_01_a_message_is_not_sent_once_its_secret_has_under_three_minutes_left() {
    for (age, sent) in [(Duration::from_mins(17), 1), (Duration::from_secs(17 * 60 + 1), 0)] {
        let app = TestApp::new().await;
        app.start(&app.browser("acme"), "alice@example.org").await;
        app.wait(age);

        app.deliver().await;

        assert_eq!(app.new_mails().len(), sent, "{age:?}");
    }
}

#[tokio::test]
async fn ft_01_a_message_that_is_tried_again_goes_only_to_whom_the_first_try_found() {
    let app = TestApp::new().await;
    app.mail_server([Reply::Refused(Error::Transient(Cause::Connect))]);
    app.start(&app.browser("acme"), "alice").await;
    app.deliver().await;
    let elsewhere = EmailAddress::parse("alice@elsewhere.example").expect("an address");
    app.people("acme").change(&app.alice("acme"), |alice| alice.emails = vec![(elsewhere, true)]);

    app.wait(Duration::from_secs(5));
    app.deliver().await;

    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn ft_01_a_message_that_is_tried_again_does_not_follow_its_address_to_another_account() {
    let app = TestApp::new().await;
    app.mail_server([Reply::Refused(Error::Transient(Cause::Connect))]);
    app.start(&app.browser("acme"), "alice@example.org").await;
    app.deliver().await;
    let elsewhere = EmailAddress::parse("alice@elsewhere.example").expect("an address");
    app.people("acme").change(&app.alice("acme"), |alice| alice.emails = vec![(elsewhere, true)]);
    app.people("acme").add(Person::new("heir", "alice@example.org", NEW));

    app.wait(Duration::from_secs(5));
    app.deliver().await;

    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn ft_05_a_provider_that_is_down_at_the_look_up_costs_nobody_a_request() {
    let app = TestApp::new().await;
    app.people("acme").answer(Op::Find, [fake_identity::Reply::Unavailable, fake_identity::Reply::Half]);

    let started = app.browser("acme").post("/recovery/", &[("identifier", "alice@example.org")]).await;
    app.deliver().await;
    app.wait(Duration::from_secs(5));
    app.deliver().await;
    app.wait(Duration::from_secs(30));
    app.deliver().await;

    assert_eq!(started.status, StatusCode::SEE_OTHER);
    assert_eq!(app.people("acme").calls(Op::Find), 3);
    app.one_mail();
}

#[tokio::test]
async fn ft_05_a_provider_that_never_comes_back_means_that_nothing_is_sent() {
    let app = TestApp::new().await;
    app.people("acme").answer(Op::Find, (0..100).map(|_| fake_identity::Reply::Unavailable));
    app.start(&app.browser("acme"), "alice@example.org").await;

    for _ in 0..15 {
        app.deliver().await;
        app.wait(Duration::from_mins(2));
    }

    assert_eq!(app.deliver().await, 0);
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn ft_06_only_the_documented_answer_is_a_success() {
    for reply in [fake_identity::Reply::Half, fake_identity::Reply::LostUnheard] {
        let app = TestApp::new().await;
        let (browser, page) = app.at_the_form().await;
        app.people("acme").answer(Op::SetPassword, [reply.clone(), reply.clone()]);

        let unconfirmed = browser.post(&format!("{page}/password"), &twice(NEW)).await;
        app.wait(Duration::from_secs(31));
        let again = browser.post(&format!("{page}/password"), &twice("another varnish plinth")).await;

        assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE, "{reply:?}");
        assert!(unconfirmed.body.contains("We could not confirm the change"), "{}", unconfirmed.body);
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{reply:?}: the proof lives");
        assert_eq!(app.people("acme").calls(Op::SetPassword), 3, "two tries, then the person's own");
        app.wait(Duration::from_mins(6));
        app.deliver().await;
        app.new_mails();
    }
}

#[tokio::test]
async fn ft_06_what_we_may_not_do_is_said_and_spends_nothing() {
    for reply in [fake_identity::Reply::Denied, fake_identity::Reply::Misconfigured] {
        let app = TestApp::new().await;
        let (browser, page) = app.at_the_form().await;
        app.people("acme").answer(Op::SetPassword, (0..9).map(|_| reply.clone()));
        for _ in 0..9 {
            let down = browser.post(&format!("{page}/password"), &twice(NEW)).await;
            assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
        }

        let later = browser.post(&format!("{page}/password"), &twice(NEW)).await;

        assert_eq!(later.status, StatusCode::SEE_OTHER, "{reply:?}");
        app.deliver().await;
        app.one_mail();
    }
}

#[tokio::test]
async fn ft_08_a_password_that_was_set_without_an_answer_ends_the_sessions_and_tells() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    assert!(people.sign_in("alice", OLD));
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [fake_identity::Reply::AppliedUnheard, fake_identity::Reply::AppliedUnheard]);

    let unconfirmed = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.wait(Duration::from_secs(31));
    app.deliver().await;

    assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(people.sessions(&app.alice("acme")).is_empty());
    app.deliver().await;
    app.one_mail();
    assert!(people.sign_in("alice", NEW));
}

#[tokio::test]
async fn ft_01_an_end_of_sessions_does_not_wait_behind_a_mail_server_that_hangs() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    assert!(people.sign_in("alice", OLD));
    let (browser, page) = app.at_the_form().await;
    for number in 0..12 {
        people.add(Person::new(&format!("p{number}"), &format!("p{number}@example.org"), OLD));
        app.start(&app.browser("acme"), &format!("p{number}@example.org")).await;
    }
    app.wait(Duration::from_secs(1));
    people.answer(Op::EndSessions, [fake_identity::Reply::Unavailable]);
    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.mail_server((0..20).map(|_| Reply::Hangs));
    app.wait(Duration::from_secs(16));
    let stop = CancellationToken::new();

    let working = app.another_worker().run(stop.clone());
    let ended = async {
        while people.calls(Op::EndSessions) < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = working => {}
        ended = tokio::time::timeout(Duration::from_secs(5), ended) => ended.expect("sessions that end"),
    }

    assert!(people.sessions(&app.alice("acme")).is_empty());
    assert!(app.new_mails().is_empty(), "the mail server still hangs");
}

#[tokio::test]
async fn what_hangs_on_a_lost_key_is_over() {
    let app = TestApp::new().await;
    let browser = app.browser("acme");
    let (id, link) = app.alices_link(&browser).await;
    let fresh = regain::domain::key::Keyset::generate().replace("1 ", "2 ");

    let app = app.restarted_with(&format!("lost 1\n{fresh}")).await;
    let opened = app.browser("acme").get(&link).await;
    let page = app.browser("acme").get(&format!("/recovery/{id}")).await;

    assert_eq!(opened.status, StatusCode::GONE);
    assert_eq!(page.status, StatusCode::GONE);
}

#[tokio::test]
async fn ft_09_a_login_that_was_under_way_and_overwrites_the_password_is_ended_and_the_person_told() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let alice = app.alice("acme");
    people.set_capabilities(|can| can.late_logins = true);
    app.set_password(NEW).await;
    app.wait(Duration::from_secs(20));
    people.overwrite(&alice, "velvet harpoon cinnamon");
    let before = people.sessions(&alice).len();

    app.look().await;

    assert_eq!((before, people.sessions(&alice).len()), (1, 0));
    assert_eq!(app.one_mail().mail.subject, "Your ACME password was changed again");
    let audit = app.audit("acme").await;
    assert!(
        audit.iter().any(|line| line.event == "recovery.looked_again" && line.outcome == "changed_again"),
        "{audit:?}"
    );
}

#[tokio::test]
async fn ft_09_a_person_who_signs_in_after_done_stays_signed_in_also_when_it_is_looked_again() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    people.set_capabilities(|can| can.late_logins = true);
    assert!(people.sign_in("alice", OLD));
    app.set_password(NEW).await;
    app.wait(Duration::from_secs(1));
    assert!(people.sign_in("alice", NEW));

    app.look_until_the_last().await;

    assert_eq!(people.sessions(&app.alice("acme")).len(), 1, "the old session has ended, the new one lives");
}
