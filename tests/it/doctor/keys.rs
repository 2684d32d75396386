//! The keys file: what a start would say of it.

use insta::assert_snapshot;

use super::{Place, mode};

#[tokio::test]
async fn keys_that_are_gone_from_beside_a_used_store_are_a_problem() {
    let place = Place::new();
    place.used().await.close().await;
    std::fs::remove_file(place.path("keys/regain.keys")).expect("a file");

    let said = place.doctor(&["--only", "keys"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    keys
    error       the keys can be used: there is no keys file at DIR/config/../keys/regain.keys, and the store is not a new one
        help: bring the file back; live recoveries hang on it. If it is lost, only live recoveries are: write a new file with a line `<id> <key>`, the key from `head -c 32 /dev/urandom | base64` and an id never used before, and a line `lost <id>` for each lost key
    "##);
    assert!(!place.path("keys/regain.keys").exists());
}

#[tokio::test]
async fn keys_of_another_installation_are_a_problem() {
    let place = Place::new();
    place.used().await.close().await;
    place.keys();

    let said = place.doctor(&["--only", "keys"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    keys
    error       the keys can be used: the keys file holds another key under the id 1 than the store has seen
        help: is it the file of another installation? Ids are never used again: give a new key a new id
    "##);
}

#[tokio::test]
async fn keys_that_others_can_read_are_a_problem() {
    let place = Place::new();
    place.used().await.close().await;
    mode(&place.path("keys/regain.keys"), 0o644);

    let said = place.doctor(&["--only", "keys"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    keys
    error       the keys can be used: the keys file DIR/config/../keys/regain.keys can be read by others than its owner
        help: `chmod 600` it
    "##);
}

#[test]
fn a_file_without_keys_is_a_problem() {
    let place = Place::new().with("keys/regain.keys", "1 canary-of-a-secret\n");
    mode(&place.path("keys/regain.keys"), 0o600);

    let said = place.doctor(&["--only", "keys"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    keys
    error       the keys can be used: the keys file DIR/config/../keys/regain.keys cannot be used: line 1 is neither `<id> <base64 of 32 bytes>` with an id from 1 to 255 nor `lost <id>`
        help: look at `secrets.keys_file`, and at its lines `<id> <base64>`
    "##);
}
