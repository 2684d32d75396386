//! `regain serve`: it refuses a store that is not its own, and says what to do.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use regain::domain::key::Keyset;
use regain::store::{Settings, Store};
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::{regain, shown};
use crate::support::process::until;

const REGAIN: &str = r#"
[server]
listen = "127.0.0.1:0"
[management]
listen = "127.0.0.1:0"
[store]
url = "sqlite://../data/regain.db"
[secrets]
keys_file = "../keys/regain.keys"
"#;

/// A configuration, and a store that has been used with a keyset of its own.
async fn used() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("config/tenants")).expect("a folder");
    std::fs::write(folder.path().join("config/regain.toml"), REGAIN).expect("a file");
    let keyset = keys(folder.path());
    let store = Store::open(&Settings::sqlite(database(folder.path())), &TaskTracker::new()).await.expect("a store");
    let fingerprints: Vec<(u8, [u8; 32])> = keyset.fingerprints().collect();
    store.check_keys(&fingerprints, &[]).await.expect("a store that answers");
    store.close().await;
    folder
}

/// Puts a fresh keyset into its place.
fn keys(folder: &Path) -> Keyset {
    let (file, text) = (keys_file(folder), Keyset::generate());
    std::fs::create_dir_all(folder.join("keys")).expect("a folder");
    std::fs::write(&file, text.as_bytes()).expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("a file of ours");
    Keyset::parse(&text).expect("a keyset")
}

fn keys_file(folder: &Path) -> PathBuf {
    folder.join("keys/regain.keys")
}

fn database(folder: &Path) -> PathBuf {
    folder.join("data/regain.db")
}

/// What it says when it does not start, and its exit code.
async fn refusal(folder: &Path) -> String {
    let mut serve = regain(["serve", "--config", &shown(&folder.join("config"))]);
    let status = serve.ended().await;
    let words = serve.words();
    // The warning that there is no tenant is another test's.
    let refusal = words.find("error:").map_or(words.as_str(), |at| &words[at..]);
    format!("exit {:?}\n{}", status.code(), refusal.replace(&shown(folder), "FOLDER"))
}

#[tokio::test]
async fn a_missing_keys_file_is_not_made_anew_beside_a_store_that_was_used() {
    let folder = used().await;
    std::fs::remove_file(keys_file(folder.path())).expect("a file");

    let refusal = refusal(folder.path()).await;

    insta::assert_snapshot!(refusal, @r"
    exit Some(1)
    error: cannot use the keyset: there is no keys file at FOLDER/config/../keys/regain.keys, and the store is not a new one
      help: bring the file back; live recoveries hang on it. If it is lost, only live recoveries are: write a new file with a line `<id> <key>`, the key from `head -c 32 /dev/urandom | base64` and an id never used before, and a line `lost <id>` for each lost key
    ");
    assert!(!keys_file(folder.path()).exists());
}

#[tokio::test]
async fn a_foreign_keyset_is_refused() {
    let folder = used().await;
    keys(folder.path());

    let refusal = refusal(folder.path()).await;

    insta::assert_snapshot!(refusal, @r"
    exit Some(1)
    error: cannot use the keyset: the keys file holds another key under the id 1 than the store has seen
      help: is it the file of another installation? Ids are never used again: give a new key a new id
    ");
}

#[tokio::test]
async fn a_store_that_a_newer_version_has_changed_is_refused() {
    let folder = used().await;
    let raw = Database::connect(format!("sqlite://{}", database(folder.path()).display())).await.expect("a store");
    let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_a_later_release', 0)";
    raw.execute_unprepared(insert).await.expect("a row");
    raw.close().await.expect("a close");

    let refusal = refusal(folder.path()).await;

    insta::assert_snapshot!(refusal, @r"
    exit Some(1)
    error: cannot open the store: the database was changed by a newer regain (step m9999_of_a_later_release); run that version, or restore a backup
    ");
}

#[tokio::test]
async fn it_says_where_it_listens_and_sigterm_ends_it() {
    let folder = used().await;
    let mut serve = regain(["serve", "--config", &shown(&folder.path().join("config"))]);
    let listening = until("its address", || {
        assert!(serve.is_running(), "it ended: {}", serve.words());
        serve.words().lines().find(|line| line.contains("listening")).map(str::to_owned)
    });
    let line: serde_json::Value = serde_json::from_str(&listening.await).expect("a line of JSON");

    serve.signal("TERM");
    let status = serve.ended().await;

    assert!(line["address"].as_str().is_some_and(|address| address.starts_with("127.0.0.1:")), "{line}");
    assert_eq!(status.code(), Some(0), "{}", serve.words());
}
