//! What the fake promises the tests that script it.

use std::sync::Arc;
use std::time::Duration;

use regain::clock::Clock;
use regain::domain::password::{NewPassword, Violation};
use regain::identity::{Cause, Change, Ended, Error, IdentityProvider as _, MustChange};

use crate::contract::identity::{NEW, OLD, typed};
use crate::support::fake_identity::{FakeIdentity, Op, Person, Point, Reply};
use crate::support::hand_clock::HandClock;

fn alice() -> Person {
    Person::new("alice", "alice@example.org", OLD)
}

fn fake() -> (FakeIdentity, Arc<HandClock>) {
    let clock = Arc::new(HandClock::new());
    (FakeIdentity::new(Arc::clone(&clock) as Arc<dyn Clock>), clock)
}

#[tokio::test]
async fn it_answers_as_told_and_then_honestly() {
    let (fake, clock) = fake();
    let id = fake.add(alice());
    fake.answer(
        Op::SetPassword,
        [
            Reply::Refused(vec!["reused".into(), "must not rhyme".into()]),
            Reply::LostUnheard,
            Reply::Unavailable,
            Reply::Denied,
            Reply::Misconfigured,
            Reply::AppliedUnheard,
        ],
    );
    let set = async || fake.set_password(&id, &NewPassword::new(NEW), Change::default()).await;

    let Err(Error::PasswordRefused(violations)) = set().await else { panic!("not refused") };
    assert_eq!(violations, [Violation::Reused { history: None }, Violation::Other("must not rhyme".into())]);
    assert!(matches!(set().await, Err(Error::UnknownOutcome(Cause::Timeout))));
    assert!(matches!(set().await, Err(Error::Unavailable(Cause::Connect))));
    assert!(matches!(set().await, Err(Error::Denied(Cause::Status(403)))));
    assert!(matches!(set().await, Err(Error::Misconfigured(Cause::Status(404)))));
    assert!(fake.sign_in("alice", OLD));
    assert!(matches!(set().await, Err(Error::UnknownOutcome(Cause::Timeout))));
    assert!(fake.sign_in("alice", NEW));
    assert_eq!(fake.person(&id).and_then(|it| it.password_changed_at()), Some(clock.now()));
    set().await.expect("honest again");
    assert_eq!(fake.calls(Op::SetPassword), 7);
}

#[tokio::test]
async fn half_an_answer_is_half_a_deed() {
    let (fake, clock) = fake();
    let id = fake.add(alice());
    for _ in 0..4 {
        fake.begin_session(&id, clock.now());
    }
    clock.advance(Duration::from_secs(1));
    fake.answer(Op::EndSessions, [Reply::Half]);
    fake.answer(Op::Find, [Reply::Half]);

    let half = fake.end_sessions(&id, clock.now()).await;

    assert!(matches!(half, Err(Error::UnknownOutcome(Cause::Answer))));
    assert_eq!(fake.sessions(&id).len(), 2);
    assert_eq!(fake.end_sessions(&id, clock.now()).await.expect("honest"), Ended { sessions: Some(2) });
    assert!(matches!(fake.find(&typed("alice")).await, Err(Error::Unavailable(Cause::Answer))));
}

#[tokio::test]
async fn it_stands_still_where_it_is_told_until_it_is_released() {
    let (fake, _) = fake();
    let id = fake.add(alice());
    fake.block_from(Point::AfterApply, 2);
    let new = NewPassword::new(NEW);
    fake.set_password(&id, &new, Change::default()).await.expect("the first goes through");

    let look = async {
        fake.until_standing(Point::AfterApply).await;
        assert!(fake.sign_in("alice", NEW));
        fake.release();
    };
    let (set, ()) = tokio::join!(fake.set_password(&id, &new, Change::default()), look);

    set.expect("released");
    assert_eq!(fake.standing(), None);
}

#[tokio::test]
async fn in_a_folder_all_is_kept_and_another_process_may_tell_it_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(HandClock::new());
    let child = FakeIdentity::in_folder(folder.path(), Arc::clone(&clock));
    let parent = FakeIdentity::in_folder(folder.path(), clock);
    let id = parent.add(alice());
    parent.block(Point::BeforeApply);
    let new = NewPassword::new(NEW);

    let watch = async {
        parent.until_standing(Point::BeforeApply).await;
        assert!(parent.sign_in("alice", OLD));
        parent.release();
    };
    let (set, ()) = tokio::join!(child.set_password(&id, &new, Change::default()), watch);

    set.expect("released");
    assert_eq!(parent.calls(Op::SetPassword), 1);
    assert!(parent.sign_in("alice", NEW));
    assert!(folder.path().join("state.json").exists());
}

#[tokio::test]
async fn it_can_be_made_able_to_do_less() {
    let (fake, _) = fake();
    let id = fake.add(alice());
    fake.set_capabilities(|can| can.must_change = MustChange::Unsupported);

    let refused = fake.set_password(&id, &NewPassword::new(NEW), Change { must_change: true }).await;

    assert!(matches!(refused, Err(Error::Misconfigured(Cause::Unsupported))));
    assert_eq!(fake.calls(Op::SetPassword), 0);
}
