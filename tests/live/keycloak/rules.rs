//! Keycloak's own rules: for passwords, and after too many wrong ones.

use std::time::Instant;

use serde_json::json;

use super::front::{Front, set};
use super::person::{NEW, OLD};
use super::portal::Portal;
use super::realm::Realm;
use crate::process::PATIENCE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keycloaks_rules_are_shown_with_their_numbers_and_the_same_link_takes_a_better_password() {
    let realm = Realm::acme_with(json!({ "passwordPolicy": "length(20) and passwordHistory(3)" })).await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let (portal, mails) = (Portal::at(&front.url(), &realm).await, front.mails(&person));
    front.start(&person.email).await;
    let (browser, page) = front.open(&mails.link(1).await).await;

    let short = set(&browser, &page, "varnish 7 plinths").await;
    let used = set(&browser, &page, OLD).await;
    let right = set(&browser, &page, NEW).await;

    for (refused, words) in [
        (short, "Password must be at least 20 characters"),
        (used, "Password must differ from your last 3 passwords. Choose a different one."),
    ] {
        assert_eq!((refused.status.as_u16(), refused.body.contains(words)), (422, true), "{}", refused.body);
    }
    assert_eq!(right.status, 303, "{}", right.body);
    portal.sign_in(&person.username, NEW).await.expect("the new password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_is_locked_out_for_a_while_gets_in_again_after_recovery() {
    let realm = Realm::acme_with(json!({ "bruteForceProtected": true })).await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let portal = Portal::at(&front.url(), &realm).await;
    let lock_out = format!("/attack-detection/brute-force/users/{}", person.id);
    let deadline = Instant::now() + PATIENCE;
    while realm.read(&lock_out).await["disabled"] != json!(true) {
        assert!(Instant::now() < deadline, "nobody was locked out");
        portal.sign_in(&person.username, "not the password").await.expect_err("a wrong password");
    }
    portal.sign_in(&person.username, OLD).await.expect_err("a lock-out");

    front.recover(&person, NEW).await;

    portal.sign_in(&person.username, NEW).await.expect("no lock-out");
}
