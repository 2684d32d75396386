//! Ends that are no crash: the process is told to stop, or the client hangs up, while the provider is at work.

use http::StatusCode;
use tokio::net::TcpStream;

use super::world::{World, open};
use crate::support::app::{NEW, twice};
use crate::support::fake_identity::Point;

#[tokio::test]
async fn on_sigterm_a_change_under_way_is_finished_and_the_process_exits_with_0() {
    let world = World::new();
    let mut server = world.start().await;
    let browser = server.browser();
    let link = server.alices_link(&world, &browser).await;
    let page = open(&browser, &link).await;
    world.people.block(Point::BeforeApply);

    let posted = browser.send(browser.form(&format!("{page}/password"), &twice(NEW)));
    let stopped = async {
        world.people.until_standing(Point::BeforeApply).await;
        server.process.signal("TERM");
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        world.people.release();
    };
    let (set, ()) = futures_util::future::join(posted, stopped).await;
    let status = server.process.ended().await;

    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert_eq!(status.code(), Some(0), "{}", server.process.words());
    assert_eq!(world.alice().password, NEW);
    world.signed_out().await;
    let _next = world.start().await;
    world.mail("was changed").await;
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_of_a_change_is_no_crash() {
    let world = World::new();
    let server = world.start().await;
    let browser = server.browser();
    let link = server.alices_link(&world, &browser).await;
    let page = open(&browser, &link).await;
    world.people.block(Point::BeforeApply);

    let posted = browser.form(&format!("{page}/password"), &twice(NEW));
    tokio::select! {
        _ = browser.send(posted) => panic!("the provider stands still"),
        () = world.people.until_standing(Point::BeforeApply) => {}
    }
    world.people.release();
    world.mail("was changed").await;
    let done = browser.get(&page).await;

    assert_eq!(world.alice().password, NEW);
    world.signed_out().await;
    assert!(done.body.contains("Your password has been changed"), "{}", done.body);
}
