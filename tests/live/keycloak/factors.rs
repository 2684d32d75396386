//! TL-19 on the real one: recovery changes the password and nothing else that a sign-in asks for.

use hmac::{Hmac, KeyInit, Mac};
use regain::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use sha2::Sha256;

use super::front::Front;
use super::login::{action, post_sign_in};
use super::person::{NEW, OLD};
use super::portal::Portal;
use super::realm::Realm;

/// What the person's device and Keycloak share.
const SEED: &str = "twenty bytes of seed";

/// The code that the person's device shows now.
fn code() -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SEED.as_bytes()).expect("a key of any length");
    mac.update(&(SystemClock::default().now().unix_timestamp() / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[31] & 0xf);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tl_19_recovery_leaves_the_second_factor_signs_nobody_in_and_the_next_login_asks_for_it() {
    let realm = Realm::acme().await;
    let data = json!({ "subType": "totp", "digits": 6, "period": 30, "algorithm": "HmacSHA256", "counter": 0 });
    let otp = json!({
        "type": "otp", "userLabel": "telephone", "secretData": json!({ "value": SEED }).to_string(),
        "credentialData": data.to_string(),
    });
    let password = json!({ "type": "password", "value": OLD, "temporary": false });
    let person = realm.person_with(json!({ "credentials": [password, otp] })).await;
    let front = Front::before(&realm).start();
    let portal = Portal::at(&front.url(), &realm).await;
    let second_factors = async || {
        let all = realm.read(&format!("/users/{}/credentials", person.id)).await;
        let all = all.as_array().expect("credentials").clone();
        all.into_iter().filter(|credential| credential["type"] == "otp").collect::<Vec<Value>>()
    };
    let before = second_factors().await;
    assert_eq!(before.len(), 1);

    front.recover(&person, NEW).await;
    let after = second_factors().await;
    let sessions = realm.read(&format!("/users/{}/sessions", person.id)).await;
    let (browser, request) = (front.browser(), portal.request(&[]));
    let asked = post_sign_in(&browser, &request, &person.username, NEW).await;
    let without = portal.sign_in(&person.username, NEW).await;
    let back = browser.post(&action(&asked), &[("otp", &code())]).await;

    assert_eq!(after, before);
    assert_eq!(sessions, json!([]));
    assert!(asked.body.contains("kc-otp-login-form"), "{}", asked.body);
    assert!(without.is_err(), "the password alone signs nobody in");
    portal.exchange(&request, back.location()).await.expect("both together do");
}
