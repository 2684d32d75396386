//! After a change it is looked again: whether another hand has changed the password since.

use std::time::Duration;

use regain::channel::{Cause, Error};
use regain::domain::Timestamp;
use regain::domain::address::EmailAddress;
use regain::domain::key::Keyset;
use regain::identity::Lifespans;

use crate::support::app::{NEW, TestApp, link_of, twice};
use crate::support::fake_identity::{Op, Point, Reply};
use crate::support::flaky_channel;

const THEIRS: &str = "velvet harpoon cinnamon";
const SECOND: Duration = Duration::from_secs(1);

/// Acme's logins can outlive a change, and alice's password has just been set.
async fn after_a_change() -> TestApp {
    let app = TestApp::new().await;
    app.people("acme").set_capabilities(|can| can.late_logins = true);
    app.set_password(NEW).await;
    app
}

/// The outcomes of the looks that the audit tells of.
async fn looked(app: &TestApp) -> Vec<String> {
    let lines = app.audit("acme").await.into_iter().filter(|line| line.event == "recovery.looked_again");
    lines.map(|line| line.outcome).collect()
}

fn sessions(app: &TestApp) -> usize {
    app.people("acme").sessions(&app.alice("acme")).len()
}

/// The seconds after a change at which it is looked, where logins live for 30 minutes and mailed links for 12 hours.
const LOOKS: [u64; 10] = [60, 300, 1830, 3600, 7200, 14_400, 28_800, 43_230, 57_600, 86_400];

fn since(moment: Timestamp, looks: &[Timestamp]) -> Vec<u64> {
    looks.iter().map(|look| (*look - moment).unsigned_abs().as_secs()).collect()
}

#[tokio::test]
async fn it_is_looked_soon_twice_when_login_and_mailed_link_are_over_and_at_doubling_distances_for_a_day() {
    let app = after_a_change().await;
    let set_at = app.now();
    let mut looks = Vec::new();

    for _ in LOOKS {
        let due = app.next_look().await.expect("a look");
        looks.push(due);
        let calls = app.people("acme").calls(Op::Account);
        app.wait(Duration::try_from(due - app.now() - Duration::from_millis(1)).expect("a look to come"));
        app.deliver().await;
        assert_eq!(app.people("acme").calls(Op::Account), calls, "nothing is done before it is due");
        app.wait(Duration::from_millis(1));
        app.deliver().await;
        assert_eq!(app.people("acme").calls(Op::Account), calls + 1);
    }

    assert_eq!(since(set_at, &looks), LOOKS);
    assert_eq!(app.next_look().await, None);
    assert_eq!(looked(&app).await, ["ok"], "it is said once that nothing was found, at the last look");
}

#[tokio::test]
async fn the_lifespans_are_asked_at_each_look() {
    let app = after_a_change().await;
    let set_at = app.now();
    app.look().await;
    app.look().await;

    app.people("acme")
        .set_lifespans(Lifespans { login: Duration::from_mins(10), mailed_link: Duration::from_hours(48) });
    let looks = app.look_until_the_last().await;

    assert_eq!(since(set_at, &looks)[0], 1830, "what was due already comes, and the rest goes by what is told now");
    assert_eq!(since(set_at, &looks).last(), Some(&(48 * 3600 + 30)));
}

#[tokio::test]
async fn another_hand_is_noticed_at_each_look_and_told_once() {
    for before in 0..LOOKS.len() {
        let app = after_a_change().await;
        let alice = app.alice("acme");
        for _ in 0..before {
            app.look().await;
        }
        app.wait(SECOND * 7);
        let theirs_at = app.now();
        app.people("acme").overwrite(&alice, THEIRS);

        app.look().await;
        let ended = sessions(&app);
        let notice = app.one_mail();
        app.look_until_the_last().await;

        assert_eq!(ended, 0, "look {before}");
        assert_eq!(notice.mail.subject, "Your ACME password was changed again");
        let time = theirs_at.format(&time::macros::format_description!("[hour]:[minute] UTC")).expect("a time");
        assert!(notice.mail.text.contains(&time), "{time}: {}", notice.mail.text);
        assert!(!notice.mail.text.contains("token="), "{}", notice.mail.text);
        let told = looked(&app).await;
        assert_eq!(told.iter().filter(|outcome| *outcome == "changed_again").count(), 1, "look {before}: {told:?}");
        assert!(app.new_mails().is_empty(), "look {before}");
    }
}

#[tokio::test]
async fn every_further_change_by_another_hand_is_told_as_well() {
    let app = after_a_change().await;
    let alice = app.alice("acme");
    let mut subjects = Vec::new();

    for theirs in [THEIRS, "lantern mosaic gravel"] {
        app.wait(SECOND);
        app.people("acme").overwrite(&alice, theirs);
        app.look().await;
        subjects.push(app.one_mail().mail.subject);
    }

    assert_eq!(subjects, ["Your ACME password was changed again"; 2]);
    assert_eq!(looked(&app).await, ["changed_again"; 2]);
}

#[tokio::test]
async fn another_hand_is_counted() {
    let metrics = regain::metrics::install(true);
    let app = TestApp::new().await;
    let people = app.people("globex").clone();
    people.set_capabilities(|can| can.late_logins = true);
    let browser = app.browser("globex");
    let recovery = app.start(&browser, "alice@example.org").await;
    app.deliver().await;
    browser.get(&link_of(&app.one_mail())).await;
    browser.post(&format!("/recovery/{recovery}/password"), &twice(NEW)).await;
    app.wait(SECOND);
    people.overwrite(&app.alice("globex"), THEIRS);

    app.wait(Duration::from_mins(2));
    app.deliver().await;

    let told = metrics.render();
    let line = told.lines().find(|line| line.starts_with("regain_late_changes_total{tenant=\"globex\"}"));
    assert_eq!(line, Some("regain_late_changes_total{tenant=\"globex\"} 1"));
    assert_eq!(app.new_mails().len(), 2);
}

#[tokio::test]
async fn who_signs_in_after_done_stays_signed_in() {
    let app = after_a_change().await;
    app.wait(SECOND);
    assert!(app.people("acme").sign_in("alice", NEW));

    app.look_until_the_last().await;

    assert_eq!(sessions(&app), 1);
    let ended = app.audit("acme").await.into_iter().filter(|line| line.event == "recovery.sessions_ended");
    assert_eq!(ended.count(), 1, "at the change, and never again");
}

#[tokio::test]
async fn a_tenant_that_wants_it_ends_what_begins_until_no_login_from_before_is_left() {
    let app = TestApp::builder().ending_late_logins("acme").build().await;
    app.people("acme").set_capabilities(|can| can.late_logins = true);
    app.set_password(NEW).await;
    let mut left = Vec::new();

    for _ in 0..4 {
        app.wait(SECOND);
        assert!(app.people("acme").sign_in("alice", NEW));
        app.look().await;
        left.push(sessions(&app));
    }

    app.look_until_the_last().await;

    assert_eq!(left, [0, 0, 0, 1], "the fourth look comes when a login from before the change is left by nobody");
    assert_eq!(sessions(&app), 1);
    let ended = app.audit("acme").await.into_iter().filter(|line| line.event == "recovery.sessions_ended");
    assert_eq!(ended.count(), 4, "at the change, and at the three looks that ended one");
    assert_eq!(looked(&app).await, ["ok"]);
}

#[tokio::test]
async fn a_recovery_of_our_own_in_between_is_no_alarm_and_is_watched_in_its_turn() {
    let app = after_a_change().await;
    app.wait(Duration::from_mins(2));
    app.set_password("another ostrich in varnish").await;
    let second_at = app.now();

    let looks = app.look_until_the_last().await;

    assert_eq!(
        since(second_at, &looks),
        [vec![60, 120], LOOKS[1..].to_vec()].concat(),
        "at 120 the first one's looks end"
    );
    assert_eq!(looked(&app).await, ["ok"]);
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn after_a_second_recovery_another_hand_is_told_once() {
    let app = after_a_change().await;
    app.wait(Duration::from_mins(2));
    app.set_password("another ostrich in varnish").await;
    app.wait(SECOND);
    app.people("acme").overwrite(&app.alice("acme"), THEIRS);

    app.look_until_the_last().await;

    assert_eq!(app.new_mails().len(), 1);
    assert_eq!(looked(&app).await, ["changed_again", "ok"], "and nothing further until the last look");
}

#[tokio::test]
async fn a_change_of_ours_that_is_running_is_waited_for_and_what_it_was_not_is_told() {
    for refused in [false, true] {
        let app = after_a_change().await;
        let people = app.people("acme").clone();
        for _ in 0..3 {
            app.look().await;
        }
        let last = app.next_look().await.expect("the last look");
        app.wait(Duration::try_from(last - SECOND * 70 - app.now()).expect("time"));
        let (browser, page) = app.at_the_form().await;
        let reply = if refused { Reply::Refused(vec!["reused".to_owned()]) } else { Reply::Honest };
        people.answer(Op::SetPassword, [reply]);
        people.block_from(Point::BeforeApply, people.calls(Op::SetPassword) + 1);
        let (address, fields) = (format!("{page}/password"), twice("another ostrich in varnish"));

        let change = browser.post(&address, &fields);
        let look = async {
            people.until_standing(Point::BeforeApply).await;
            app.wait(SECOND);
            people.overwrite(&app.alice("acme"), THEIRS);
            app.wait(SECOND * 10);
            app.deliver().await;
            people.release();
        };
        tokio::join!(change, look);
        let meanwhile = looked(&app).await;
        app.wait(SECOND * 31);
        app.deliver().await;

        assert_eq!(meanwhile, Vec::<String>::new());
        let (subject, told) = if refused {
            ("Your ACME password was changed again", vec!["changed_again".to_owned()])
        } else {
            ("Your ACME password was changed", vec![])
        };
        assert_eq!(app.one_mail().mail.subject, subject);
        assert_eq!(looked(&app).await, told);
    }
}

#[tokio::test]
async fn a_provider_that_is_down_at_a_look_is_asked_again_until_it_answers() {
    let app = after_a_change().await;
    let people = app.people("acme").clone();
    app.wait(SECOND);
    people.overwrite(&app.alice("acme"), THEIRS);
    people.answer(Op::Account, [Reply::Unavailable, Reply::Denied]);
    people.answer(Op::EndSessions, [Reply::Unavailable]);

    app.look().await;
    let down = (sessions(&app), looked(&app).await);
    for _ in 0..10 {
        app.wait(SECOND * 4);
        app.deliver().await;
    }

    assert_eq!(down, (1, vec![]));
    assert_eq!(sessions(&app), 0);
    assert_eq!(looked(&app).await, ["changed_again"]);
    app.one_mail();
}

#[tokio::test]
async fn lifespans_that_cannot_be_asked_cost_no_look_and_tell_nothing_twice() {
    let app = after_a_change().await;
    let set_at = app.now();
    app.wait(SECOND);
    app.people("acme").overwrite(&app.alice("acme"), THEIRS);
    app.people("acme").answer(Op::Lifespans, [Reply::Unavailable, Reply::Unavailable]);

    app.look().await;
    let told = app.new_mails().len();
    app.look().await;
    app.look().await;

    assert_eq!(told, 1);
    assert_eq!(since(set_at, &[app.next_look().await.expect("a look")]), [300]);
    assert_eq!(looked(&app).await, ["changed_again"]);
}

#[tokio::test]
async fn a_process_that_starts_anew_goes_on_looking_and_what_it_missed_does_not_pile_up() {
    let app = after_a_change().await;
    let set_at = app.now();
    let calls = app.people("acme").calls(Op::Account);

    let app = app.restarted().await;
    app.wait(Duration::from_mins(20));
    app.people("acme").overwrite(&app.alice("acme"), THEIRS);
    app.wait(SECOND);
    app.deliver().await;

    assert_eq!(app.people("acme").calls(Op::Account), calls + 1, "one look stands for the two that were missed");
    assert_eq!(looked(&app).await, ["changed_again"]);
    assert_eq!(since(set_at, &[app.next_look().await.expect("a look")]), [1830]);
    app.one_mail();
}

#[tokio::test]
async fn two_workers_that_look_at_once_tell_once() {
    let app = after_a_change().await;
    let people = app.people("acme").clone();
    app.wait(SECOND);
    people.overwrite(&app.alice("acme"), THEIRS);
    app.wait(Duration::from_mins(1));
    let calls = people.calls(Op::Account);
    people.block(Point::Account);
    let other = app.another_worker();

    let slow = other.work_off();
    let taken_over = async {
        people.until_standing(Point::Account).await;
        // The slow one's claim is over.
        app.wait(Duration::from_secs(91));
        app.deliver().await
    };
    let both = async {
        while people.calls(Op::Account) < calls + 2 {
            tokio::task::yield_now().await;
        }
        people.release();
    };
    let (worked, _, ()) = tokio::join!(slow, taken_over, both);

    assert!(worked.expect("a working store") > 0);
    assert_eq!(people.calls(Op::EndSessions), 3, "the change's own, and one of each worker");
    assert_eq!(looked(&app).await, ["changed_again"]);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn a_notice_that_cannot_be_sent_is_tried_again_and_says_the_same() {
    let app = after_a_change().await;
    app.wait(SECOND);
    app.people("acme").overwrite(&app.alice("acme"), THEIRS);
    let timeout = Error::Transient(Cause::Timeout);
    app.mail_server([flaky_channel::Reply::DeliveredUnheard(timeout)]);
    app.mail_server([flaky_channel::Reply::Refused(timeout); 9]);

    app.look().await;
    let first = app.one_mail();
    app.wait(SECOND * 90);
    app.people("acme").overwrite(&app.alice("acme"), "lantern mosaic gravel");
    app.look_until_the_last().await;
    for _ in 0..9 {
        app.wait(Duration::from_mins(30));
        app.deliver().await;
    }
    let later = app.new_mails();
    let second = later.iter().find(|delivered| delivered.mail.id == first.mail.id).expect("the same once more");

    assert_eq!(later.len(), 2, "and one of the further change");
    assert_eq!(first.mail.text, second.mail.text);
}

#[tokio::test]
async fn every_address_that_is_verified_now_is_told_and_no_other() {
    let app = after_a_change().await;
    app.wait(SECOND);
    app.people("acme").overwrite(&app.alice("acme"), THEIRS);
    app.people("acme").change(&app.alice("acme"), |alice| {
        let address = |text| EmailAddress::parse(text).expect("an address");
        alice.emails.push((address("alice@work.example"), true));
        alice.emails.push((address("mallory@evil.test"), false));
    });

    app.look().await;

    let mut told: Vec<String> = app.new_mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["alice@example.org", "alice@work.example"]);
}

#[tokio::test]
async fn where_nobody_can_be_told_the_sessions_end_and_the_audit_says_so() {
    let app = after_a_change().await;
    let lost = format!("lost 1\n{}", Keyset::generate().replace("1 ", "2 "));
    let app = app.restarted_with(&lost).await;
    app.wait(SECOND);
    app.people("acme").overwrite(&app.alice("acme"), THEIRS);

    app.look().await;
    app.look().await;

    assert_eq!(sessions(&app), 0);
    let lines = app.audit("acme").await;
    let told: Vec<_> = lines.iter().filter(|line| line.event == "recovery.looked_again").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].outcome.as_str(), told[0].reason.as_deref()), ("changed_again", Some("nobody_told")));
    assert!(app.new_mails().is_empty());
}

#[tokio::test]
async fn an_account_that_is_gone_is_looked_at_no_more() {
    let app = after_a_change().await;
    app.people("acme").remove(&app.alice("acme"));

    app.look().await;

    assert_eq!(app.next_look().await, None);
    assert_eq!(looked(&app).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_provider_that_does_not_tell_when_is_never_said_to_be_untouched() {
    let app = after_a_change().await;
    app.people("acme").change(&app.alice("acme"), |alice| alice.changed_at_ms = None);

    app.look_until_the_last().await;

    assert_eq!(looked(&app).await, ["unknown"]);
}

#[tokio::test]
async fn a_provider_whose_clock_is_ahead_raises_no_alarm() {
    let app = TestApp::new().await;
    let people = app.people("acme").clone();
    people.set_capabilities(|can| can.late_logins = true);
    let (browser, page) = app.at_the_form().await;
    people.block(Point::AfterApply);
    let (address, fields) = (format!("{page}/password"), twice(NEW));
    let change = browser.post(&address, &fields);
    let ahead = async {
        people.until_standing(Point::AfterApply).await;
        people.change(&app.alice("acme"), |alice| alice.changed_at_ms = alice.changed_at_ms.map(|at| at + 600_000));
        people.release();
    };
    tokio::join!(change, ahead);
    app.deliver().await;
    app.one_mail();

    app.look_until_the_last().await;

    assert_eq!(looked(&app).await, ["ok"]);
}

#[tokio::test]
async fn a_kind_whose_logins_do_not_outlive_a_change_is_not_looked_at() {
    let app = TestApp::new().await;

    app.set_password(NEW).await;

    assert_eq!(app.next_look().await, None);
}
