//! The database of one test, on PostgreSQL: made for it, and removed after it. `tests/it/database.rs` is the same on
//! SQLite.

use std::path::Path;

use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::store::{Config, Settings};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use url::Url;

/// A database that nobody else uses.
pub(crate) struct Database {
    server: Url,
    name: String,
}

impl Database {
    /// One for the program whose configuration lies in `folder`; nothing of it lies there.
    pub(crate) async fn create(_folder: &Path) -> Self {
        let server = Url::parse(&server_address()).expect("REGAIN_TEST_POSTGRES_URL is an address");
        let name = format!("regain_{}", uuid::Uuid::from_bytes(rand::random()).simple());
        run(&server, &format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// What a store in it is opened with.
    pub(crate) fn settings(&self, migrate_on_start: bool) -> Settings {
        let url = Secret::new(self.url());
        let config = Config { url, migrate_on_start, insecure: true, max_connections: 8 };
        config.build(&mut Problems::new()).expect("settings")
    }

    /// A connection beside the program's own.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        sea_orm::Database::connect(self.url()).await.expect("a connection")
    }

    /// The lines of `[store]`.
    pub(crate) fn section(&self) -> String {
        format!("[store]\nurl = \"{}\"\nmigrate_on_start = true\ninsecure = true\nmax_connections = 8\n", self.url())
    }

    /// Every value of every column of every table, as a thief of the database has them.
    pub(crate) async fn every_column(&self) -> Vec<Vec<u8>> {
        let database = self.connect().await;
        let ask = |text: String| Statement::from_string(DbBackend::Postgres, text);
        let names = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
                     WHERE table_schema = 'public'";
        let mut values = Vec::new();
        for column in database.query_all_raw(ask(names.to_owned())).await.expect("columns") {
            let [table, name, kind] = ["table_name", "column_name", "data_type"]
                .map(|field| column.try_get::<String>("", field).expect("a name"));
            let value = match kind.as_str() {
                "bytea" => format!("\"{name}\""),
                _ => format!("convert_to(\"{name}\"::text, 'UTF8')"),
            };
            let question = format!("SELECT {value} AS value FROM \"{table}\"");
            for row in database.query_all_raw(ask(question)).await.expect("rows") {
                values.extend(row.try_get::<Option<Vec<u8>>>("", "value").expect("a value"));
            }
        }
        database.close().await.expect("a connection that closes");
        values
    }

    /// All that is kept. Rows that are gone are not among it: a server shows its files to nobody.
    pub(crate) async fn every_byte(&self) -> Vec<u8> {
        self.every_column().await.join(&b"\n"[..])
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, remove) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A runtime of its own, because the test's may be the one that is going.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(&server, &remove));
        })
        .join();
        assert!(removed.is_ok() || std::thread::panicking(), "the database was not removed");
    }
}

async fn run(server: &Url, statement: &str) {
    let server = sea_orm::Database::connect(server.as_str()).await.expect("a server that runs");
    server.execute_unprepared(statement).await.expect("a statement that works");
    server.close().await.expect("a connection that closes");
}

#[expect(clippy::disallowed_methods, reason = "where the server runs is told to the tests from outside")]
fn server_address() -> String {
    std::env::var("REGAIN_TEST_POSTGRES_URL").expect(
        "PostgreSQL is missing: export REGAIN_TEST_POSTGRES_URL=$(tests/live/servers/postgres start), \
         after `apt-get install postgresql` where it is not installed",
    )
}
