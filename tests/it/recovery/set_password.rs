//! Choosing the new password, and everything that can go wrong with it.

use std::time::Duration;

use http::StatusCode;

use crate::support::app::{NEW, OLD, TestApp, twice};
use crate::support::fake_identity::{Op, Point, Reply};

#[tokio::test]
async fn the_rules_are_told_before_typing_and_every_broken_one_at_once() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;

    let form = browser.get(&page).await;
    let fields = [("new_password", "alice"), ("confirm_password", "alicia")];
    let refused = browser.post(&format!("{page}/password"), &fields).await;

    assert!(form.body.contains("Use at least 15 characters."), "{}", form.body);
    assert!(form.body.contains("<strong><bdi>alice</bdi></strong>") || form.body.contains("alice"), "{}", form.body);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in ["at least 15 characters", "The passwords do not match", "must not consist of"] {
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    assert!(!refused.body.contains("alicia"), "what was typed is not shown again");
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0, "nothing was spent");
}

/// Only the provider knows them, so that they are looked at after the tenant's own rules, and before anything is spent.
#[tokio::test]
async fn what_a_person_is_called_makes_no_password_and_a_refusal_for_it_spends_nothing() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    people.change(&app.alice("acme"), |person| {
        person.names = vec!["Alice Pleasance".to_owned(), "Liddell-Hargreaves".to_owned()];
    });
    let (browser, page) = app.at_the_form().await;

    // More often than one recovery may ask the provider.
    for _ in 0..6 {
        let refused = browser.post(&format!("{page}/password"), &twice("Pleasance.Liddell-1865")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert!(refused.body.contains("must not consist of"), "{}", refused.body);
        assert!(!refused.body.contains("iddell"), "no name of a profile is shown: {}", refused.body);
    }
    let calls = people.calls(Op::SetPassword);
    let accepted = browser.post(&format!("{page}/password"), &twice("liddell plinth ostrich varnish")).await;

    assert_eq!(calls, 0);
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.body);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn a_refusal_by_the_provider_is_readable_and_lets_the_person_try_again() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let words = vec!["reused".to_owned(), "No <b>ducks</b>.".to_owned()];
    app.people("acme").answer(Op::SetPassword, [Reply::Refused(words)]);

    let refused = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let accepted = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("You have used this password before"), "{}", refused.body);
    assert!(refused.body.contains("No &lt;b&gt;ducks&lt;/b&gt;"), "{}", refused.body);
    assert_eq!(accepted.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn with_the_provider_down_the_form_shows_and_the_proof_is_kept() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let people = app.people("acme");
    people.answer(Op::Account, [Reply::Unavailable]);
    people.answer(Op::SetPassword, [Reply::Unavailable]);

    let shown = browser.get(&page).await;
    let at_re_read = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let at_call = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let later = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(shown.status, StatusCode::OK);
    for down in [at_re_read, at_call] {
        assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(down.body.contains("We could not change your password"), "{}", down.body);
    }
    assert_eq!(later.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn sessions_that_did_not_end_at_once_are_ended_a_second_later() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    assert!(people.sign_in("alice", OLD));
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::EndSessions, [Reply::Unavailable]);

    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let after_the_change = people.sessions(&app.alice("acme")).len();
    app.deliver().await;
    let too_soon = people.sessions(&app.alice("acme")).len();
    app.wait(Duration::from_secs(1));
    app.deliver().await;

    assert_eq!((after_the_change, too_soon), (1, 1));
    assert!(people.sessions(&app.alice("acme")).is_empty());
    app.one_mail();
}

#[tokio::test]
async fn an_unknown_outcome_is_said_and_the_sessions_end_twice() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    assert!(people.sign_in("alice", OLD));
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [Reply::LostUnheard, Reply::LostUnheard]);

    let unconfirmed = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let before_lease = app.deliver().await;
    app.wait(Duration::from_secs(31));
    app.deliver().await;
    let first = people.calls(Op::EndSessions);
    app.deliver().await;
    let notice = app.one_mail();
    people.begin_session(&app.alice("acme"), regain::clock::Clock::now(&*app.clock));
    app.wait(Duration::from_mins(5));
    app.deliver().await;

    assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(unconfirmed.body.contains("We could not confirm the change"), "{}", unconfirmed.body);
    assert_eq!(before_lease, 0, "nothing is due before the lease is over");
    assert_eq!(first, 1);
    assert!(notice.mail.subject.contains("may have been changed"), "{}", notice.mail.subject);
    assert_eq!(people.calls(Op::EndSessions), 2);
    assert!(people.sessions(&app.alice("acme")).is_empty());
}

#[tokio::test]
async fn an_unknown_outcome_that_was_applied_completes_late() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [Reply::AppliedUnheard, Reply::AppliedUnheard]);

    let unconfirmed = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.wait(Duration::from_secs(31));
    app.deliver().await;
    let done = browser.get(&page).await;

    assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("Your password has been changed"), "{}", done.body);
    assert!(people.sign_in("alice", NEW));
    app.deliver().await;
    assert!(app.one_mail().mail.subject.contains("was changed"));
}

#[tokio::test]
async fn after_an_unknown_outcome_the_same_proof_may_try_again() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [Reply::AppliedUnheard, Reply::LostUnheard]);
    browser.post(&format!("{page}/password"), &twice(NEW)).await;

    let busy = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.wait(Duration::from_secs(31));
    let again = browser.post(&format!("{page}/password"), &twice("another ostrich in varnish")).await;

    assert_eq!(busy.status, StatusCode::CONFLICT);
    assert!(busy.body.contains("This password is being changed"), "{}", busy.body);
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a change inside our own doubtful attempt is excused");
    app.wait(Duration::from_secs(1));
    assert!(people.sign_in("alice", "another ostrich in varnish"));
    app.deliver().await;
    app.wait(Duration::from_mins(6));
    app.deliver().await;
    assert_eq!(people.sessions(&app.alice("acme")).len(), 1, "who signed in after the change stays signed in");
    app.new_mails();
}

#[tokio::test]
async fn sessions_that_cannot_be_ended_at_once_are_ended_by_the_row() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    assert!(people.sign_in("alice", OLD));
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::EndSessions, [Reply::Unavailable, Reply::Unavailable]);

    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let soon = browser.get(set.location()).await;
    app.wait(Duration::from_secs(1));
    assert!(people.sign_in("alice", NEW), "the person signs in before the sessions have ended");
    app.wait(Duration::from_secs(16));
    app.deliver().await;
    app.wait(Duration::from_secs(2));
    app.deliver().await;
    let ended = browser.get(set.location()).await;

    assert!(soon.body.contains("You will be signed out everywhere else shortly."), "{}", soon.body);
    assert!(ended.body.contains("We have signed you out everywhere else."), "{}", ended.body);
    assert_eq!(people.sessions(&app.alice("acme")).len(), 1, "who signed in after the change stays signed in");
    app.one_mail();
}

#[tokio::test]
async fn a_temporary_lock_out_is_lifted_after_the_change() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    for _ in 0..10 {
        assert!(!people.sign_in("alice", "wrong"));
    }
    let (browser, page) = app.at_the_form().await;

    browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert!(people.sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn every_verified_address_is_told_and_no_other() {
    let app = TestApp::new().await;
    app.people("acme").change(&app.alice("acme"), |alice| {
        let address = |text| regain::domain::address::EmailAddress::parse(text).expect("an address");
        alice.emails.push((address("alice@work.example"), true));
        alice.emails.push((address("mallory@evil.test"), false));
    });
    let (browser, page) = app.at_the_form().await;

    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.deliver().await;

    let mut told: Vec<String> = app.new_mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["alice@example.org", "alice@work.example"]);
}

#[tokio::test]
async fn a_session_of_the_very_moment_of_the_change_ends() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let alice = app.alice("acme");
    app.people("acme").begin_session(&alice, app.now());

    browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert!(app.people("acme").sessions(&alice).is_empty());
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn who_signs_in_with_the_new_password_before_the_answer_is_heard_stays_signed_in() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let people = app.people("acme").clone();
    people.block(Point::AfterApply);
    let (address, fields) = (format!("{page}/password"), twice(NEW));

    let change = browser.post(&address, &fields);
    let sign_in = async {
        people.until_standing(Point::AfterApply).await;
        app.wait(Duration::from_secs(2));
        assert!(people.sign_in("alice", NEW));
        app.wait(Duration::from_secs(1));
        people.release();
    };
    let (answer, ()) = tokio::join!(change, sign_in);

    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(people.sessions(&app.alice("acme")).len(), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn five_passwords_whose_outcome_stays_unknown_are_all_that_a_recovery_has() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    let address = format!("{page}/password");
    app.people("acme").answer(Op::SetPassword, vec![Reply::LostUnheard; 10]);
    for _ in 0..5 {
        let unconfirmed = browser.post(&address, &twice(NEW)).await;
        assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE);
        app.wait(Duration::from_secs(31));
    }

    let sixth = browser.post(&address, &twice(NEW)).await;

    assert_eq!(sixth.status, StatusCode::GONE);
    assert_eq!(browser.get(&page).await.status, StatusCode::GONE);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 10);
    app.deliver().await;
    assert_eq!(app.new_mails().len(), 5);
}

#[tokio::test]
async fn a_refusal_after_an_unknown_outcome_is_the_history_meeting_what_was_just_set() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    assert!(people.sign_in("alice", OLD));
    people.answer(Op::SetPassword, [Reply::AppliedUnheard, Reply::Refused(vec!["reused".to_owned()])]);

    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert!(people.sessions(&app.alice("acme")).is_empty());
    app.deliver().await;
    assert!(app.one_mail().mail.subject.contains("was changed"));
}

#[tokio::test]
async fn a_refusal_after_an_unknown_outcome_that_set_nothing_stays_unknown_and_loses_no_row() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    assert!(people.sign_in("alice", OLD));
    people.answer(Op::SetPassword, [Reply::LostUnheard, Reply::Refused(vec!["reused".to_owned()])]);

    let unconfirmed = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.wait(Duration::from_secs(31));
    app.deliver().await;

    assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", unconfirmed.body);
    assert!(people.sessions(&app.alice("acme")).is_empty());
    app.deliver().await;
    assert!(app.one_mail().mail.subject.contains("may have been changed"));
}

#[tokio::test]
async fn no_call_begins_that_could_outlast_the_lease() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    let (browser, page) = app.at_the_form().await;
    people.answer(Op::SetPassword, [Reply::LostUnheard, Reply::LostUnheard]);
    people.block(Point::BeforeApply);
    let (address, fields) = (format!("{page}/password"), twice(NEW));

    let change = browser.post(&address, &fields);
    let time_goes_by = async {
        people.until_standing(Point::BeforeApply).await;
        app.wait(Duration::from_secs(21));
        people.release();
    };
    let (unconfirmed, ()) = tokio::join!(change, time_goes_by);

    assert_eq!(unconfirmed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", unconfirmed.body);
    assert_eq!(people.calls(Op::SetPassword), 1);
}

#[tokio::test]
async fn the_notice_tells_when_the_password_was_changed() {
    let app = TestApp::new().await;
    let (browser, page) = app.at_the_form().await;
    app.wait(Duration::from_mins(7));

    browser.post(&format!("{page}/password"), &twice(NEW)).await;
    app.wait(Duration::from_hours(3));
    app.deliver().await;
    let notice = app.one_mail();

    assert!(notice.mail.text.contains("2026-11-20 12:08 UTC"), "{}", notice.mail.text);
}
