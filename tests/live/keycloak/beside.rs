//! What `regain doctor` tells of the real one.

use serde_json::{Value, json};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_names_a_realm_that_builds_its_addresses_for_another_place() {
    let realm = Realm::acme_with(json!({ "attributes": { "frontendUrl": "http://127.0.0.1:9" } })).await;
    let front = Front::before(&realm).start();

    let told = front.run(&["doctor", "--only", "proxy"]);

    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{words}");
    assert!(words.contains("http://127.0.0.1:9"), "{words}");
}
