//! The store's suite on SQLite, each case in a file of its own, and what only a file can get wrong.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use regain::domain::id::{MessageId, RecoveryId};
use regain::domain::key::Keyset;
use regain::domain::seal::Sealed;
use regain::store::rows::{Keys, NewRecovery};
use regain::store::{Error, OpenError, Settings, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::store::{self as suite, START, Subject, begun, for_each_case, insert, line, tenant};

macro_rules! on_sqlite {
    ($($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let folder = TempDir::new().expect("a folder");
                let subject = open(&folder.path().join("regain.db")).await;
                suite::$case(&subject).await;
                subject.store.close().await;
            }
        )*
    };
}

for_each_case!(on_sqlite);

async fn open(file: &Path) -> Subject {
    let store = Store::open(&Settings::sqlite(file), &TaskTracker::new()).await.expect("a store");
    Subject { store, raw: raw(file).await }
}

async fn raw(file: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}", file.display())).await.expect("a connection")
}

async fn refusal(file: &Path) -> OpenError {
    Store::open(&Settings::sqlite(file), &TaskTracker::new()).await.expect_err("a refusal")
}

#[tokio::test]
async fn folder_and_file_are_made_for_nobody_else() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("data/deep/regain.db");

    let subject = open(&file).await;

    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder.path().join("data")), mode(&folder.path().join("data/deep"))), (0o700, 0o700));
    assert_eq!(mode(&file), 0o600);
    insert(&subject.acme(), START).await;
    assert_eq!(mode(&folder.path().join("data/deep/regain.db-wal")), 0o600);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let folder = TempDir::new().expect("a folder");
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "no folder").expect("a file");

    let refusal = refusal(&blocked.join("regain.db")).await;

    assert!(matches!(&refusal, OpenError::Folder { path, .. } if *path == blocked), "{refusal:?}");
    assert!(refusal.to_string().contains("`store.url`"), "{refusal}");
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_file_is_named() {
    let folder = TempDir::new().expect("a folder");

    let refusal = refusal(folder.path()).await;

    assert!(matches!(&refusal, OpenError::IsFolder { path } if path == folder.path()), "{refusal:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("regain.db");
    std::fs::write(&file, "Dear diary, today I have been no database at all. ".repeat(200)).expect("a file");

    let refusal = refusal(&file).await;

    assert!(matches!(&refusal, OpenError::NotADatabase { path, .. } if *path == file), "{refusal:?}");
}

#[tokio::test]
async fn an_older_binary_refuses_a_newer_schema() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("regain.db");
    open(&file).await.store.close().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_time_travel', 0)";
    raw(&file).await.execute_unprepared(newer).await.expect("a newer step");

    let refusal = refusal(&file).await;

    assert!(matches!(&refusal, OpenError::Newer { migration } if migration == "m9999_time_travel"), "{refusal:?}");
}

#[tokio::test]
async fn steps_are_listed_and_made_once() {
    let folder = TempDir::new().expect("a folder");
    let settings = Settings::sqlite(folder.path().join("regain.db"));

    let before = Store::migrations(&settings).await.expect("a list");
    let made = Store::migrate(&settings).await.expect("steps");
    let again = Store::migrate(&settings).await.expect("no steps");
    let after = Store::migrations(&settings).await.expect("a list");

    assert!(before.iter().all(|(_, made)| !made));
    assert_eq!(made, before.iter().map(|(step, _)| step.clone()).collect::<Vec<_>>());
    assert!(again.is_empty());
    assert!(after.iter().all(|(_, made)| *made));
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("regain.db");
    let subject = open(&file).await;
    let (recovery, _) = insert(&subject.acme(), START).await;
    drop(subject.raw);
    subject.store.close().await;

    let again = open(&file).await;

    assert!(again.acme().recovery(recovery.id).await.expect("an answer").is_some());
    assert!(matches!(subject.store.ping().await, Err(Error::Unavailable(_) | Error::Closed)));
    let late =
        subject.store.tenant(&tenant("acme")).record(vec![line(regain::audit::Event::LimitReached, START)]).await;
    assert!(matches!(late, Err(Error::Closed)), "{late:?}");
}

#[tokio::test]
async fn closing_ends_the_task_that_writes() {
    let folder = TempDir::new().expect("a folder");
    let tracker = TaskTracker::new();
    let store = Store::open(&Settings::sqlite(folder.path().join("regain.db")), &tracker).await.expect("a store");
    tracker.close();

    store.close().await;

    tracker.wait().await;
    store.close().await;
}

#[tokio::test]
async fn an_offline_store_answers_that_it_is_closed() {
    let store = Store::offline();

    assert!(matches!(store.ping().await, Err(Error::Closed)));
    let inserted = store.tenant(&tenant("acme")).record(vec![]).await;
    assert!(matches!(inserted, Err(Error::Closed)));
    assert_eq!(format!("{store:?}"), "Store(offline)");
}

#[tokio::test]
async fn no_secret_is_stored() {
    let folder = TempDir::new().expect("a folder");
    let subject = open(&folder.path().join("regain.db")).await;
    let keys = Keyset::parse(&Keyset::generate()).expect("a keyset").tenant(&tenant("acme"));
    let (recovery, typed) = (RecoveryId::random(), "alice.the.typist@example.org");
    let new = begun(START);
    let new = NewRecovery {
        recovery: regain::domain::recovery::Recovery { id: recovery, ..new.recovery },
        request: Sealed::new(keys.signing(), &tenant("acme"), recovery, &typed),
        message: MessageId::new(START),
        issue: new.issue,
    };

    subject.acme().insert_recovery(new, line(regain::audit::Event::RecoveryRequested, START)).await.expect("it");

    for name in ["regain.db", "regain.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).expect("a file");
        assert!(!bytes.windows(5).any(|window| window == b"alice"), "{name}");
    }
}

#[tokio::test]
async fn a_look_reads_beside_who_writes_and_writes_and_makes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("regain.db");
    let absent = Store::open_to_look(&Settings::sqlite(&file)).await;
    assert!(matches!(absent, Err(OpenError::Absent { .. })) && !file.exists());
    let serving = open(&file).await;
    insert(&serving.acme(), START).await;

    let (look, pending) = Store::open_to_look(&Settings::sqlite(&file)).await.expect("a store");
    let keys = look.check_keys(&[(1, [1; 32])], &[]).await;

    assert_eq!(pending, Vec::<String>::new());
    look.ping().await.expect("an answer");
    assert!(matches!(look.compare_keys(&[(1, [1; 32])], &[]).await, Ok(Keys::Missing { .. } | Keys::Known)));
    assert!(matches!(keys, Err(Error::Closed)));
    insert(&serving.acme(), START).await;
    look.close().await;
    serving.store.close().await;
}
