//! What ends with a change, on the real one: FT-09, and who stays signed in.

use std::time::{Duration, Instant};

use super::front::Front;
use super::login::{post_sign_in, silent};
use super::person::{NEW, OLD, Person};
use super::portal::{Portal, Tokens};
use super::realm::Realm;
use crate::process::PATIENCE;
use crate::support::browser::Browser;

/// Everything that began before a change is refused so soon after it.
const AT_ONCE: Duration = Duration::from_secs(5);
/// The first look comes a minute after the change.
const FIRST_LOOK: Duration = Duration::from_secs(100);

/// A client that refreshes without pause: what it held last, and when that was refused.
async fn refresh_until_refused(portal: &Portal, mut tokens: Tokens) -> (Tokens, Instant) {
    let began = Instant::now();
    while let Ok(newer) = portal.refresh(&tokens.refresh).await {
        assert!(began.elapsed() < PATIENCE, "a token goes on being refreshed");
        tokens = newer;
    }
    (tokens, Instant::now())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_09_what_began_before_the_change_is_refused_after_it() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let portal = Portal::at(&front.url(), &realm).await;
    let online = portal.sign_in(&person.username, OLD).await.expect("tokens");
    let offline = portal.sign_in_offline(&person.username, OLD).await.expect("tokens");
    let (browser, request) = (front.browser(), portal.request(&[]));
    let back = post_sign_in(&browser, &request, &person.username, OLD).await;
    portal.exchange(&request, back.location()).await.expect("tokens");
    let before = silent(&browser, &portal.request(&[("prompt", "none")])).await;
    assert!(before.contains("code="), "the cookie signs in: {before}");

    front.recover(&person, NEW).await;
    let done = Instant::now();
    let refreshed = [portal.refresh(&online.refresh).await, portal.refresh(&offline.refresh).await];
    let took = done.elapsed();
    let signed_in = portal.sign_in(&person.username, OLD).await;
    let cookie = silent(&browser, &portal.request(&[("prompt", "none")])).await;
    let bearers = [portal.user_info(&online.access).await, portal.user_info(&offline.access).await];

    assert!(took < AT_ONCE, "{took:?}");
    assert!(refreshed.iter().chain([&signed_in]).all(Result::is_err), "{refreshed:?} {signed_in:?}");
    assert!(cookie.contains("error=login_required"), "{cookie}");
    assert_eq!(bearers, [401, 401]);
    portal.sign_in(&person.username, NEW).await.expect("the new password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_09_tokens_that_clients_refresh_without_pause_during_the_change_die_too() {
    let realm = Realm::acme().await;
    let front = Front::before(&realm).start();
    let portal = Portal::at(&front.url(), &realm).await;
    // The clients win the race against a plain logout about every fifth time.
    for round in 0..6 {
        let person = realm.person().await;
        let online = portal.sign_in(&person.username, OLD).await.expect("tokens");
        let offline = portal.sign_in_offline(&person.username, OLD).await.expect("tokens");

        let recover = async {
            front.recover(&person, NEW).await;
            Instant::now()
        };
        let (done, online, offline) =
            tokio::join!(recover, refresh_until_refused(&portal, online), refresh_until_refused(&portal, offline));

        for (kind, (tokens, refused)) in [("online", online), ("offline", offline)] {
            let after = refused.saturating_duration_since(done);
            assert!(after < AT_ONCE, "round {round}: an {kind} token was refused {after:?} after the change");
            let again = portal.refresh(&tokens.refresh).await;
            assert!(again.is_err(), "round {round}: an {kind} token came back to life");
        }
    }
}

/// Signs in everywhere with the new password.
async fn sign_in_again(front: &Front, portal: &Portal, person: &Person) -> (Vec<Tokens>, Browser) {
    let online = portal.sign_in(&person.username, NEW).await.expect("tokens");
    let offline = portal.sign_in_offline(&person.username, NEW).await.expect("tokens");
    let (browser, request) = (front.browser(), portal.request(&[]));
    let back = post_sign_in(&browser, &request, &person.username, NEW).await;
    let tokens = portal.exchange(&request, back.location()).await.expect("tokens");
    (vec![online, offline, tokens], browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_09_whoever_signs_in_after_done_stays_signed_in_also_after_the_first_look() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let (portal, mails) = (Portal::at(&front.url(), &realm).await, front.mails(&person));
    front.recover(&person, NEW).await;
    let (held, browser) = sign_in_again(&front, &portal, &person).await;
    let lifespans = ["operation=\"lifespans\"", "result=\"ok\""];
    let looks = front.counted("regain_provider_requests_total", &lifespans);

    // A look asks for the lifespans last: whatever follows from it has been done by then.
    front.counts("regain_provider_requests_total", &lifespans, looks + 1, FIRST_LOOK).await;

    assert_eq!(front.counted("regain_late_changes_total", &[]), 0);
    for tokens in held {
        assert_eq!(portal.user_info(&tokens.access).await, 200);
        portal.refresh(&tokens.refresh).await.expect("a session that lives");
    }
    let cookie = silent(&browser, &portal.request(&[("prompt", "none")])).await;
    assert!(cookie.contains("code="), "{cookie}");
    assert_eq!(mails.arrived().len(), 2, "one link, one notice");
}
