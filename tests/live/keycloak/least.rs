//! The rights that the manual recommends, given by the script that it recommends, on the real one.

use regain::domain::finding::Verdict;
use regain::domain::id::AccountId;
use regain::domain::password::NewPassword;
use regain::identity::{Cause, Change, Error};
use reqwest::Method;
use serde_json::json;

use super::fixture::provider_as;
use super::front::Front;
use super::kcadm::Kcadm;
use super::person::{NEW, OLD};
use super::realm::{CLIENT, Realm, text};
use crate::process::PATIENCE;
use crate::promises::typed;

/// A realm on which the script has run twice: a subgroup came in between, which only the second run can name.
async fn scripted() -> Realm {
    let mut realm = Realm::bare(false).await;
    let kcadm = Kcadm::at(&realm);
    realm.secret = kcadm.script("least-privilege.sh", &realm);
    let groups = realm.read("/groups?exact=true&search=administrators").await;
    let group = text(&groups[0]["id"]);
    realm.make(&format!("/groups/{group}/children"), &json!({ "name": "night" })).await;
    assert_eq!(kcadm.script("least-privilege.sh", &realm), realm.secret, "the second run leaves the client as it is");
    realm
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_rights_of_the_script_administrators_are_out_of_reach_and_everybody_else_recovers() {
    let realm = scripted().await;
    let person = realm.person().await;
    let brokered = realm.person_with(json!({ "credentials": [] })).await;
    realm.link(&brokered).await;
    let administrator = realm.person_with(json!({ "groups": ["/administrators"] })).await;
    let at_night = realm.person_with(json!({ "groups": ["/administrators/night"] })).await;
    let sentinel = format!("sentinel = \"{}\"", person.username);
    let provider = provider_as(CLIENT, &realm.secret, &realm.name, &sentinel);

    // What Keycloak itself lets the service account do.
    provider.check().await.expect("no right is missing");
    let findings = provider.diagnose().await;
    let told: Vec<&str> = findings.iter().filter(|it| it.verdict != Verdict::Good).map(|it| it.what.as_str()).collect();
    // All rights are there; more than these the script does not give.
    assert_eq!(told, ["the realm's lifespans can be read"], "{findings:?}");
    let federated = provider.find(&typed(&brokered.email)).await.expect("an answer");
    assert!(federated[0].federated, "{federated:?}");
    for member in [&administrator, &at_night] {
        let id = AccountId::new(&member.id);
        for identifier in [&member.username, &member.email] {
            assert_eq!(provider.find(&typed(identifier)).await.expect("an answer"), []);
        }
        let read = provider.account(&id).await;
        assert!(matches!(read, Err(Error::Denied(Cause::Status(403)))), "{read:?}");
        let set = provider.set_password(&id, &NewPassword::new(NEW), Change::default()).await;
        assert!(matches!(set, Err(Error::Denied(Cause::Status(403)))), "{set:?}");
    }

    // What comes of it.
    let front = Front::before(&realm).provider(&sentinel).start();
    let boxes = [&administrator, &at_night, &brokered].map(|member| front.mails(member));
    for member in [&administrator, &at_night, &brokered] {
        front.start(&member.email).await;
    }
    front.recover(&person, NEW).await;
    front.counts("regain_messages_total", &["result=\"dropped\""], 3, PATIENCE).await;
    assert!(boxes.iter().all(|mails| mails.arrived().is_empty()));
    assert!(realm.sign_in(&person.username, NEW, "openid").await.is_some());
    for member in [&administrator, &at_night] {
        assert!(realm.sign_in(&member.username, OLD, "openid").await.is_some());
    }

    // The promise is the permission's: without it the same account reaches them.
    let client = realm.client("admin-permissions").await;
    let base = format!("/clients/{client}/authz/resource-server");
    let found = realm.read(&format!("{base}/policy/search?name=regain:%20not%20administrators")).await;
    let (status, body) =
        realm.ask(Method::DELETE, &format!("{base}/permission/scope/{}", text(&found["id"])), None).await;
    assert_eq!(status, 204, "{body}");
    assert_eq!(provider.find(&typed(&administrator.username)).await.expect("an answer").len(), 1);
}
