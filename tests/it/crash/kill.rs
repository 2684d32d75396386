//! SIGKILL at each point of a change at which the provider can stand still, and what the next process makes of it.

use std::time::Duration;

use http::StatusCode;

use super::world::{World, ask, open};
use crate::support::app::{NEW, OLD, twice};
use crate::support::browser::Browser;
use crate::support::fake_identity::{Op, Point};
use crate::support::process::until;

/// Longer than the lease of an attempt, which is 30 s, and than a worker's of a row, which is 90 s.
const PAST_EVERY_LEASE: Duration = Duration::from_mins(2);

/// What is left when the process has been killed.
struct Killed {
    world: World,
    /// The browser that was waiting for an answer.
    browser: Browser,
    link: String,
    page: String,
}

/// Alice asks, opens her link and posts a new password; the process is killed where the provider stands still.
async fn killed_at(point: Point) -> Killed {
    let world = World::new();
    let mut server = world.start().await;
    let browser = server.browser();
    let link = server.alices_link(&world, &browser).await;
    let page = open(&browser, &link).await;
    world.people.block(point);

    let posted = browser.try_send(browser.form(&format!("{page}/password"), &twice(NEW)));
    let killed = async {
        world.people.until_standing(point).await;
        server.process.kill();
    };
    let (answer, ()) = futures_util::future::join(posted, killed).await;

    assert!(answer.is_none(), "nobody was told that it is done");
    world.people.release();
    Killed { world, browser, link, page }
}

#[tokio::test]
async fn killed_in_the_look_up_the_link_is_sent_by_the_next_process() {
    let world = World::new();
    let mut first = world.start().await;
    world.people.block(Point::Find);
    ask(&first.browser()).await;
    world.people.until_standing(Point::Find).await;
    first.process.kill();
    world.people.release();

    let second = world.start_later(PAST_EVERY_LEASE).await;
    let link = world.link().await;
    let browser = second.browser();
    let page = open(&browser, &link).await;
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert_eq!(world.alice().password, NEW);
}

#[tokio::test]
async fn ft_07_killed_in_the_re_read_nothing_is_spent_and_the_same_link_sets_the_password() {
    let Killed { world, link, .. } = killed_at(Point::Account).await;
    let sessions_left = world.people.sessions(&world.alice).len();

    let server = world.start().await;
    let browser = server.browser();
    let page = open(&browser, &link).await;
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(sessions_left, 1);
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert_eq!(world.alice().password, NEW);
    world.signed_out().await;
    world.mail("was changed").await;
    assert_eq!(world.notices().len(), 1);
}

#[tokio::test]
async fn ft_07_killed_before_the_password_is_applied_the_sessions_end_and_the_same_link_sets_it() {
    let Killed { world, link, .. } = killed_at(Point::BeforeApply).await;
    let (password, sessions_left) = (world.alice().password, world.people.sessions(&world.alice).len());

    let server = world.start_later(PAST_EVERY_LEASE).await;
    world.signed_out().await;
    world.mail("may have been changed").await;
    let browser = server.browser();
    let page = open(&browser, &link).await;
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!((password.as_str(), sessions_left), (OLD, 1));
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert_eq!(world.alice().password, NEW);
    world.mail("was changed").await;
    assert_eq!(world.notices().len(), 2);
}

#[tokio::test]
async fn ft_07_killed_before_the_password_is_applied_the_account_is_held_until_the_lease_is_over() {
    let Killed { world, link, .. } = killed_at(Point::BeforeApply).await;

    let server = world.start().await;
    let browser = server.browser();
    let page = open(&browser, &link).await;
    let busy = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(busy.status, StatusCode::CONFLICT, "{}", busy.body);
    assert_eq!(world.people.calls(Op::EndSessions), 0, "the killed call might still be under way");
    assert_eq!(world.notices(), Vec::<String>::new());
}

#[tokio::test]
async fn ft_07_killed_after_the_password_is_applied_the_recovery_completes_late() {
    let Killed { world, browser, page, .. } = killed_at(Point::AfterApply).await;
    let (password, sessions_left) = (world.alice().password, world.people.sessions(&world.alice).len());

    let server = world.start_later(PAST_EVERY_LEASE).await;
    world.signed_out().await;
    world.mail("was changed").await;
    let done = browser.moved_to(server.address).get(&page).await;

    assert_eq!((password.as_str(), sessions_left), (NEW, 1));
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("Your password has been changed"), "{}", done.body);
    assert_eq!(world.notices().len(), 1, "the provider's time of the change proves it");
    assert!(!world.alice().is_locked_out());
}

#[tokio::test]
async fn ft_07_killed_while_the_sessions_are_ended_the_row_ends_them() {
    let Killed { world, browser, page, .. } = killed_at(Point::EndSessions).await;
    let sessions_left = world.people.sessions(&world.alice).len();

    let server = world.start_later(PAST_EVERY_LEASE).await;
    world.signed_out().await;
    world.mail("was changed").await;
    let done = browser.moved_to(server.address).get(&page).await;

    assert_eq!(sessions_left, 1);
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("Your password has been changed"), "{}", done.body);
    assert_eq!(world.notices().len(), 1);
}

#[tokio::test]
async fn ft_07_killed_in_the_unlock_the_account_is_unlocked_by_the_row() {
    let Killed { world, browser, page, .. } = killed_at(Point::Unlock).await;
    let was_locked_out = world.alice().is_locked_out();

    let server = world.start_later(PAST_EVERY_LEASE).await;
    until("the unlock", || (!world.alice().is_locked_out()).then_some(())).await;
    world.signed_out().await;
    world.mail("was changed").await;
    let done = browser.moved_to(server.address).get(&page).await;

    assert!(was_locked_out);
    assert!(done.body.contains("Your password has been changed"), "{}", done.body);
    assert_eq!(world.notices().len(), 1);
}

#[tokio::test]
async fn ft_07_killed_a_second_time_while_the_row_is_done_the_third_process_does_it() {
    let Killed { world, .. } = killed_at(Point::AfterApply).await;
    world.people.block(Point::EndSessions);
    let mut second = world.start_later(PAST_EVERY_LEASE).await;
    world.people.until_standing(Point::EndSessions).await;
    second.process.kill();
    world.people.release();
    let sessions_left = world.people.sessions(&world.alice).len();

    let _third = world.start_later(2 * PAST_EVERY_LEASE).await;
    world.signed_out().await;
    world.mail("was changed").await;

    assert_eq!(sessions_left, 1);
    assert_eq!(world.notices().len(), 1);
    assert!(!world.alice().is_locked_out());
}
