//! The store's suite on PostgreSQL, each case in a database of its own, and what only a server can get wrong.

use std::path::Path;

use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::store::rows::Keys;
use regain::store::{Config, Error, Kind, OpenError, Store};
use sea_orm::ConnectionTrait;
use tokio_util::task::TaskTracker;

use super::database::Database;
use super::suite::{self, START, Subject, for_each_case, insert};

macro_rules! on_postgres {
    ($($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let database = fresh().await;
                let subject = open(&database).await;
                suite::$case(&subject).await;
                subject.store.close().await;
            }
        )*
    };
}

for_each_case!(on_postgres);

async fn open(database: &Database) -> Subject {
    let store = Store::open(&database.settings(true), &TaskTracker::new()).await.expect("a store");
    assert_eq!(store.kind(), Kind::Postgres);
    Subject { store, raw: database.connect().await }
}

async fn fresh() -> Database {
    Database::create(Path::new("")).await
}

#[tokio::test]
async fn a_schema_that_lacks_steps_is_refused_until_it_is_migrated() {
    let database = fresh().await;

    let refusal = Store::open(&database.settings(false), &TaskTracker::new()).await.expect_err("a refusal");
    let made = Store::migrate(&database.settings(false)).await.expect("steps");
    let store = Store::open(&database.settings(false), &TaskTracker::new()).await.expect("a store");

    assert!(matches!(&refusal, OpenError::Pending(steps) if *steps == made), "{refusal:?}");
    assert!(refusal.to_string().contains("regain migrate"), "{refusal}");
    store.close().await;
}

#[tokio::test]
async fn a_look_tells_what_is_to_come_and_makes_none_of_it() {
    let database = fresh().await;
    let settings = database.settings(true);

    let (before, to_come) = Store::open_to_look(&settings).await.expect("a store");
    let (again, still) = Store::open_to_look(&settings).await.expect("a store");
    let made = Store::migrate(&settings).await.expect("steps");
    let (after, none) = Store::open_to_look(&settings).await.expect("a store");

    assert_eq!((&to_come, none), (&made, Vec::new()));
    assert_eq!(to_come, still);
    assert_eq!(after.kind(), Kind::Postgres);
    assert!(matches!(after.compare_keys(&[(1, [1; 32])], &[]).await, Ok(Keys::First)));
    assert!(matches!(after.check_keys(&[(1, [1; 32])], &[]).await, Err(Error::Closed)));
    for look in [before, again, after] {
        look.close().await;
    }
}

#[tokio::test]
async fn an_older_binary_refuses_a_newer_schema() {
    let database = fresh().await;
    let subject = open(&database).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_time_travel', 0)";
    subject.raw.execute_unprepared(newer).await.expect("a newer step");

    for migrate_on_start in [false, true] {
        let refusal =
            Store::open(&database.settings(migrate_on_start), &TaskTracker::new()).await.expect_err("a refusal");

        assert!(matches!(&refusal, OpenError::Newer { migration } if migration == "m9999_time_travel"), "{refusal:?}");
    }
    subject.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_migrate_once() {
    let database = fresh().await;
    let settings = database.settings(true);

    let runs = futures_util::future::join_all((0..4).map(|_| Store::migrate(&settings))).await;

    let made: Vec<usize> = runs.into_iter().map(|run| run.expect("a schema").len()).collect();
    assert_eq!(made.iter().filter(|made| **made > 0).count(), 1);
    assert!(Store::migrations(&settings).await.expect("a list").iter().all(|(_, made)| *made));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let url = Secret::new("postgres://regain:hunter2@127.0.0.1:1/regain");
    let config = Config { url, ..Config::default() };
    let settings = config.build(&mut Problems::new()).expect("settings");

    let refusal = Store::open(&settings, &TaskTracker::new()).await.expect_err("a refusal");

    assert!(matches!(refusal, OpenError::Connect(_)), "{refusal:?}");
    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
}

#[tokio::test]
async fn two_replicas_see_each_others_writes() {
    let database = fresh().await;
    let (one, two) = (open(&database).await, open(&database).await);

    let (recovery, _) = insert(&one.acme(), START).await;

    assert!(two.acme().recovery(recovery.id).await.expect("an answer").is_some());
    one.store.close().await;
    two.store.close().await;
}
