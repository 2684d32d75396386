//! The database of one test: here a SQLite file; `tests/live/database.rs` is the same on PostgreSQL.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// A file that nobody else uses.
pub(crate) struct Database {
    folder: PathBuf,
}

impl Database {
    /// One for the program whose configuration lies in `folder`.
    pub(crate) async fn create(folder: &Path) -> Self {
        std::future::ready(Self { folder: folder.join("data") }).await
    }

    /// The lines of `[store]`.
    pub(crate) fn section(&self) -> String {
        format!("[store]\nurl = \"sqlite://{}/regain.db\"\n", self.folder.display())
    }

    /// A connection past the program, to see and to change what it keeps.
    pub(crate) async fn connect(&self) -> sea_orm::DatabaseConnection {
        let url = format!("sqlite://{}/regain.db", self.folder.display());
        sea_orm::Database::connect(url).await.expect("a database")
    }

    /// Every value of every column of every table, as a thief of the database has them.
    pub(crate) async fn every_column(&self) -> Vec<Vec<u8>> {
        let url = format!("sqlite://{}/regain.db?mode=ro", self.folder.display());
        let database = sea_orm::Database::connect(url).await.expect("a database");
        let ask = |text: String| Statement::from_string(DbBackend::Sqlite, text);
        let names = "SELECT name FROM sqlite_master WHERE type = 'table'".to_owned();
        let mut values = Vec::new();
        for table in database.query_all_raw(ask(names)).await.expect("tables") {
            let table: String = table.try_get("", "name").expect("a name");
            let columns =
                database.query_all_raw(ask(format!("PRAGMA table_info(\"{table}\")"))).await.expect("columns");
            for column in columns {
                let column: String = column.try_get("", "name").expect("a name");
                let question = format!("SELECT CAST(\"{column}\" AS BLOB) AS value FROM \"{table}\"");
                for row in database.query_all_raw(ask(question)).await.expect("rows") {
                    values.extend(row.try_get::<Option<Vec<u8>>>("", "value").expect("a value"));
                }
            }
        }
        values
    }

    /// All bytes that are kept, those of rows that are gone among them: the file, and what lies beside it.
    pub(crate) async fn every_byte(&self) -> Vec<u8> {
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(&self.folder).expect("a folder") {
            kept.extend(std::fs::read(entry.expect("an entry").path()).expect("a file"));
        }
        std::future::ready(kept).await
    }
}
