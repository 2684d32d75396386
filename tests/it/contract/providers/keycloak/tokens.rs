//! The token: one for all, one more where it is refused, and none for whoever is not let in.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use regain::identity::{Cause, Error};

use super::stand::{SECRET, Stand, granted, noon};
use crate::contract::identity::typed;
use crate::support::scripted::{json, whole};

#[tokio::test]
async fn many_who_need_a_token_ask_for_one() {
    let stand = Stand::new(|_, _| None);
    let alice = typed("alice");

    let found = join_all((0..20).map(|_| stand.provider.find(&alice))).await;

    assert!(found.into_iter().all(|found| found.is_ok_and(|found| found.len() == 1)));
    assert_eq!(stand.tokens(), 1);
    let asked = &stand.server.asked()[0];
    let form = format!("grant_type=client_credentials&client_id=regain&client_secret={SECRET}");
    assert_eq!(
        (asked.line().as_str(), asked.body.as_str()),
        ("POST /realms/acme/protocol/openid-connect/token", &*form)
    );
}

#[tokio::test]
async fn a_token_that_is_over_is_not_used() {
    let stand = Stand::new(|line, _| (line == "POST token").then(|| granted(noon(), 0)));

    stand.provider.find(&typed("bob")).await.expect("an answer");
    stand.provider.find(&typed("bob")).await.expect("an answer");

    assert_eq!(stand.tokens(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let refusals = AtomicUsize::new(0);
    let once = Stand::new(move |line, _| {
        let is_first = line.starts_with("GET /users") && refusals.fetch_add(1, Ordering::Relaxed) == 0;
        is_first.then(|| json(401, r#"{"error":"HTTP 401 Unauthorized"}"#))
    });
    let always =
        Stand::new(|line, _| line.starts_with("GET ").then(|| json(401, r#"{"error":"HTTP 401 Unauthorized"}"#)));

    let found = once.provider.find(&typed("alice")).await.expect("an answer");
    let refused = always.provider.account(&super::stand::alice()).await;

    assert_eq!((found.len(), once.tokens()), (1, 2));
    assert!(matches!(refused, Err(Error::Misconfigured(Cause::Status(401)))), "{refused:?}");
    assert_eq!((always.tokens(), always.calls().len()), (2, 2));
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why_in_our_words() {
    let answers = [
        json(
            401,
            r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#,
        ),
        json(404, r#"{"error":"Realm does not exist"}"#),
        json(403, r#"{"error":"access_denied","error_description":"Realm not enabled"}"#),
        json(400, r#"{"error":"invalid_client","error_description":"Bearer-only not allowed"}"#),
        json(503, ""),
        whole(200, "text/html", "<html>"),
        json(200, r#"{"access_token":"#),
        json(200, r#"{"token_type":"Bearer"}"#),
        json(302, ""),
        String::new(),
    ];
    let mut told = Vec::new();
    for answer in answers {
        let stand = Stand::new(move |line, _| (line == "POST token").then(|| answer.clone()));

        let refused = stand.provider.find(&typed("alice")).await.expect_err("no token");

        assert_eq!(stand.calls(), Vec::<String>::new());
        told.push(format!("{}: {refused}", refused.class()));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    misconfigured: the provider is misconfigured: status 401
    misconfigured: the provider is misconfigured: status 404
    misconfigured: the provider is misconfigured: status 403
    misconfigured: the provider is misconfigured: status 400
    unavailable: the provider is unavailable: status 503
    unavailable: the provider is unavailable: an answer of another form than documented
    unavailable: the provider is unavailable: an answer of another form than documented
    unavailable: the provider is unavailable: an answer of another form than documented
    misconfigured: the provider is misconfigured: status 302
    unavailable: the provider is unavailable: an answer of another form than documented
    ");
}
