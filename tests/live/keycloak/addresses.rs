//! What Keycloak makes of the forwarding headers: its pages lead to where people see it, never past regain.

use http::HeaderValue;
use http::header::ACCEPT;

use super::front::Front;
use super::login::{action, post_sign_in};
use super::person::OLD;
use super::portal::Portal;
use super::realm::Realm;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keycloak_builds_the_addresses_of_its_pages_from_the_public_one() {
    let realm = Realm::acme().await;
    let (front, person) = (Front::before(&realm).start(), realm.person().await);
    let portal = Portal::at(&front.url(), &realm).await;
    let (browser, request) = (front.browser(), portal.request(&[]));

    let page = browser.get(&request.address).await;
    let back = post_sign_in(&browser, &request, &person.username, OLD).await;
    let tokens = portal.exchange(&request, back.location()).await.expect("tokens");
    let mut discovery = browser.request("GET", &format!("/realms/{}/.well-known/openid-configuration", realm.name));
    discovery.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let discovery = browser.send(discovery).await;

    assert!(action(&page).starts_with(&format!("{}/realms/", front.url())), "{}", action(&page));
    assert_eq!(portal.user_info(&tokens.access).await, 200);
    assert!(discovery.body.contains(&format!("\"issuer\":\"{}/realms/{}\"", front.url(), realm.name)), "{discovery:?}");
    assert!(!discovery.body.contains(realm.admin.url()), "{discovery:?}");
}
