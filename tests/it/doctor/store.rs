//! The database: looked at and left as it is.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use sea_orm::{ConnectionTrait, Database};

use super::{Place, deaf};

/// Every file below the folder, with its content.
fn files(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["data", "keys"] {
        let Ok(entries) = std::fs::read_dir(place.path(folder)) else { continue };
        for entry in entries.flatten() {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            found.insert(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

async fn raw(place: &Place, statement: &str) {
    let connection = Database::connect(format!("sqlite://{}", place.path("data/regain.db").display())).await;
    let connection = connection.expect("a store");
    connection.execute_unprepared(statement).await.expect("a statement");
    connection.close().await.expect("a close");
}

#[test]
fn a_database_that_is_to_come_is_told_of_and_not_made() {
    let place = Place::new();

    let said = place.doctor(&["--only", "store,keys"]);

    assert_eq!(said.code, Some(0));
    assert_snapshot!(said.out, @r##"
    store
    warning     there is a database: there is no database file at DIR/config/../data/regain.db
        help: nothing to do on a new installation: the first `regain serve` makes it; if there was one, `store.url` names another file

    keys
    warning     there is a keys file: there is none at DIR/config/../keys/regain.keys yet
        help: nothing to do on a new installation: the first `regain serve` makes it
    "##);
    assert_eq!(files(&place).len(), 0);
}

#[tokio::test]
async fn a_database_that_is_served_from_is_good_and_nobody_notices_the_look() {
    let place = Place::new();
    let serving = place.used().await;
    let before = files(&place);

    let said = place.doctor(&["--only", "store,keys"]);

    assert_eq!(said.code, Some(0));
    assert_snapshot!(said.out, @r##"
    store
    ok          the database can be opened
    ok          its schema is this version's
    ok          it answers

    keys
    ok          the keys can be read, by their owner alone: 1 in DIR/config/../keys/regain.keys
    ok          they fit the store
    "##);
    assert_eq!(files(&place).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for name in ["data/regain.db", "data/regain.db-wal", "keys/regain.keys"] {
        assert_eq!(files(&place).get(name), before.get(name), "{name}");
    }
    serving.check_keys(&[(9, [7; 32]), (1, place.fingerprint())], &[]).await.expect("a store that takes writes");
    serving.close().await;
}

#[tokio::test]
async fn a_database_that_nobody_serves_from_is_left_as_it_is() {
    let place = Place::new();
    place.used().await.close().await;
    let before = files(&place);

    let said = place.doctor(&["--only", "store"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    assert_eq!(files(&place).get("data/regain.db"), before.get("data/regain.db"));
}

#[test]
fn a_file_that_is_no_database_is_a_problem() {
    let place = Place::new().with("data/regain.db", &"no database, and long enough to be read as one. ".repeat(40));

    let said = place.doctor(&["--only", "store"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    store
    error       the database can be opened: DIR/config/../data/regain.db is not a readable SQLite database: Query Error: error returned from database: (code: 26) file is not a database
        help: restore it from a backup or move it away
    "##);
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_a_problem() {
    let place = Place::new();
    place.used().await.close().await;
    raw(&place, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_a_later_release', 0)").await;

    let said = place.doctor(&["--only", "store"]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.out, @r##"
    store
    error       the database can be opened: the database was changed by a newer regain (step m9999_of_a_later_release)
        help: run that version, or restore a backup
    "##);
}

#[tokio::test]
async fn steps_that_are_to_come_are_told_of_and_not_made() {
    let place = Place::new();
    place.used().await.close().await;
    raw(&place, "DELETE FROM seaql_migrations WHERE version = (SELECT max(version) FROM seaql_migrations)").await;

    let said = place.doctor(&["--only", "store"]);
    let again = place.doctor(&["--only", "store"]);

    assert_eq!((said.code, again.code), (Some(0), Some(0)));
    assert!(said.out.contains("one step is to come, m"), "{}", said.out);
    assert_eq!(said.out, again.out);
}

#[test]
fn a_database_server_that_is_away_exits_with_three() {
    let (_deaf, port) = deaf();
    let place = Place::new().env("REGAIN_STORE__URL", &format!("postgres://regain@127.0.0.1:{port}/regain"));

    let said = place.doctor(&["--only", "store"]);

    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.out.contains("unreachable the database can be opened"), "{}", said.out);
}
