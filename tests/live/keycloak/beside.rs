//! What `regain doctor` tells of the real one.

use serde_json::{Value, json};

use super::forwarder::Forwarder;
use super::front::Front;
use super::realm::Realm;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px_12_doctor_reports_a_keycloak_that_answers_beside_regain_and_finds_its_doors_closed_in_front() {
    let realm = Realm::acme().await;
    let front = Front::before(&realm).start();
    let place = realm.admin.url().trim_start_matches("http://");

    let told = front.run(&["doctor", "--only", "proxy", "--format", "json"]);

    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let checks = told["categories"][0]["checks"].as_array().expect("checks").clone();
    let result = |what: &str| {
        let check = checks.iter().find(|check| check["description"].as_str().is_some_and(|it| it.contains(what)));
        check.map_or(Value::Null, |check| check["result"].clone())
    };
    assert_eq!(result(&format!("goes past regain to the realm {} at {place}", realm.name)), "warning", "{told:#}");
    assert_eq!(result(&format!("the realm {} builds its addresses for {}", realm.name, front.url())), "success");
    assert_eq!(result(&format!("the realm {}'s own ways to reset a password are closed here", realm.name)), "success");
}

/// What doctor says of the addresses that a realm builds, where people reach it by this address and Keycloak hears the
/// forwarding headers or not.
async fn of_addresses(realm: &Realm, public: &str, is_deaf: bool) -> String {
    let between = Forwarder::to(realm.admin.url()).await;
    if is_deaf {
        between.withhold_forwarding();
    }
    let front = Front::before(realm).through(&between.url()).public(public).start();
    let told = front.run(&["doctor", "--only", "proxy", "--format", "json"]);
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let checks = told["categories"][0]["checks"].as_array().expect("checks").clone();
    let is_meant = |check: &&Value| check["description"].as_str().is_some_and(|it| it.contains("builds its addresses"));
    let check = checks.iter().find(is_meant).expect("a check");
    let words = format!("{}: {}", check["result"].as_str().expect("a result"), check["error"].as_str().unwrap_or("-"));
    words.replace(between.url().trim_start_matches("http://"), "UPSTREAM")
}

/// The settings of a Keycloak that is started wrongly, as far as they show in what it says: a realm's `frontendUrl` is
/// to it what KC_HOSTNAME is to all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_names_the_proxy_settings_that_make_a_keycloaks_addresses_wrong() {
    let public = "https://login.acme.example";
    let plain = Realm::acme().await;
    let strict = Realm::acme_with(json!({ "sslRequired": "all" })).await;
    let named = async |frontend: &str| {
        let realm = Realm::acme_with(json!({ "attributes": { "frontendUrl": frontend } })).await;
        of_addresses(&realm, public, false).await
    };

    let told = [
        ("headers heard", of_addresses(&plain, public, false).await),
        ("headers not heard", of_addresses(&plain, public, true).await),
        ("https demanded, headers heard", of_addresses(&strict, public, false).await),
        ("https demanded, headers not heard", of_addresses(&strict, public, true).await),
        ("the right name", named(public).await),
        ("another name", named("https://sso.acme.example").await),
        ("http in the name", named("http://login.acme.example").await),
        ("another port", named("https://login.acme.example:8443").await),
        ("another path", named("https://login.acme.example/auth").await),
    ];

    insta::assert_snapshot!(told.map(|(which, said)| format!("{which}: {said}")).join("\n"), @r#"
    headers heard: success: -
    headers not heard: error: it builds them for http://login.acme.example: it reads no forwarding headers, or its KC_HOSTNAME has that scheme
    https demanded, headers heard: success: -
    https demanded, headers not heard: error: "HTTPS required" (status 403): it takes what comes over https here for http
    the right name: success: -
    another name: error: it builds them for https://sso.acme.example: its KC_HOSTNAME names another host
    http in the name: error: it builds them for http://login.acme.example: it reads no forwarding headers, or its KC_HOSTNAME has that scheme
    another port: error: it builds them for https://login.acme.example:8443, with another port
    another path: error: it builds them for https://login.acme.example, with another path
    "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_names_a_realm_that_builds_its_addresses_for_another_place() {
    let realm = Realm::acme_with(json!({ "attributes": { "frontendUrl": "http://127.0.0.1:9" } })).await;
    let front = Front::before(&realm).start();

    let told = front.run(&["doctor", "--only", "proxy"]);

    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{words}");
    assert!(words.contains("http://127.0.0.1:9"), "{words}");
}
