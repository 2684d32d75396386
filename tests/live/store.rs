//! The store's suite on PostgreSQL, each case in a database of its own, and what only a server can get wrong.

use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::store::{Config, Kind, OpenError, Settings, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio_util::task::TaskTracker;

use super::suite::{self, START, Subject, for_each_case, insert};

macro_rules! on_postgres {
    ($($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let fresh = Fresh::create().await;
                let subject = fresh.open().await;
                suite::$case(&subject).await;
                subject.store.close().await;
                fresh.remove().await;
            }
        )*
    };
}

for_each_case!(on_postgres);

/// A database that nobody else uses.
struct Fresh {
    server: DatabaseConnection,
    name: String,
    url: String,
}

impl Fresh {
    async fn create() -> Self {
        let address = server_address();
        let server = Database::connect(&address).await.expect("REGAIN_TEST_POSTGRES_URL leads to a running server");
        let name = format!("regain_{}", uuid::Uuid::from_bytes(rand::random()).simple());
        server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        let mut url = url::Url::parse(&address).expect("an address");
        url.set_path(&name);
        Self { server, name, url: url.into() }
    }

    fn settings(&self, migrate_on_start: bool) -> Settings {
        let url = Secret::new(self.url.clone());
        let config = Config { url, migrate_on_start, insecure: true, max_connections: 8 };
        config.build(&mut Problems::new()).expect("settings")
    }

    async fn open(&self) -> Subject {
        let store = Store::open(&self.settings(true), &TaskTracker::new()).await.expect("a store");
        assert_eq!(store.kind(), Kind::Postgres);
        Subject { store, raw: Database::connect(&self.url).await.expect("a connection") }
    }

    async fn remove(self) {
        self.server.execute_unprepared(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.expect("a removal");
    }
}

#[expect(clippy::disallowed_methods, reason = "where the server runs is told to the tests from outside")]
fn server_address() -> String {
    std::env::var("REGAIN_TEST_POSTGRES_URL").expect(
        "PostgreSQL is missing: export REGAIN_TEST_POSTGRES_URL=$(tests/live/servers/postgres start), \
         after `apt-get install postgresql` where it is not installed",
    )
}

#[tokio::test]
async fn a_schema_that_lacks_steps_is_refused_until_it_is_migrated() {
    let fresh = Fresh::create().await;

    let refusal = Store::open(&fresh.settings(false), &TaskTracker::new()).await.expect_err("a refusal");
    let made = Store::migrate(&fresh.settings(false)).await.expect("steps");
    let store = Store::open(&fresh.settings(false), &TaskTracker::new()).await.expect("a store");

    assert!(matches!(&refusal, OpenError::Pending(steps) if *steps == made), "{refusal:?}");
    assert!(refusal.to_string().contains("regain migrate"), "{refusal}");
    store.close().await;
    fresh.remove().await;
}

#[tokio::test]
async fn an_older_binary_refuses_a_newer_schema() {
    let fresh = Fresh::create().await;
    let subject = fresh.open().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_time_travel', 0)";
    subject.raw.execute_unprepared(newer).await.expect("a newer step");

    for migrate_on_start in [false, true] {
        let refusal = Store::open(&fresh.settings(migrate_on_start), &TaskTracker::new()).await.expect_err("a refusal");

        assert!(matches!(&refusal, OpenError::Newer { migration } if migration == "m9999_time_travel"), "{refusal:?}");
    }
    subject.store.close().await;
    fresh.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_migrate_once() {
    let fresh = Fresh::create().await;
    let settings = fresh.settings(true);

    let runs = futures_util::future::join_all((0..4).map(|_| Store::migrate(&settings))).await;

    let made: Vec<usize> = runs.into_iter().map(|run| run.expect("a schema").len()).collect();
    assert_eq!(made.iter().filter(|made| **made > 0).count(), 1);
    assert!(Store::migrations(&settings).await.expect("a list").iter().all(|(_, made)| *made));
    fresh.remove().await;
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
    let fresh = Fresh::create().await;
    let (one, two) = (fresh.open().await, fresh.open().await);

    let (recovery, _) = insert(&one.acme(), START).await;

    assert!(two.acme().recovery(recovery.id).await.expect("an answer").is_some());
    one.store.close().await;
    two.store.close().await;
    fresh.remove().await;
}
