//! The other side of the ratio: one client of the database that inserts the rows of a start by bare SQL, each start in
//! a transaction of its own, and nothing else. Same tables, same indexes, same columns, same promise of durability.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use sea_orm::sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Arguments as _, ConnectOptions as _, SqliteConnection};
use uuid::Uuid;

use super::rows::{Row, Value};

/// Inserts starts one after the other, for as long as `within`, and says how many a second.
pub(crate) fn starts(database: &Path, rows: &[Row], within: Duration) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(database).foreign_keys(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let mut connection = options.connect().await?;
        let inserts: Vec<(&'static str, &Row)> = rows.iter().map(|row| (text(row), row)).collect();
        let (began, mut done) = (Instant::now(), 0_u32);
        while began.elapsed() < within {
            insert(&mut connection, &inserts).await?;
            done += 1;
        }
        Ok(f64::from(done) / began.elapsed().as_secs_f64())
    })
}

async fn insert(connection: &mut SqliteConnection, inserts: &[(&'static str, &Row)]) -> Result<()> {
    let recovery: [u8; 16] = rand::random();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for (text, row) in inserts {
        sqlx::query_with(*text, values(row, &recovery)?).execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

/// A statement for rows like this one; it lives as long as the program, which is what prepared statements ask for.
fn text(row: &Row) -> &'static str {
    let names: Vec<&str> = row.columns.iter().map(|(name, _)| name.as_str()).collect();
    let places = vec!["?"; names.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", row.table, names.join(", ")).leak()
}

/// The row's values for another start: ids are new, and the message is due.
fn values(row: &Row, recovery: &[u8; 16]) -> Result<SqliteArguments> {
    let mut values = SqliteArguments::default();
    for (name, value) in &row.columns {
        let added = match (row.table, name.as_str(), value) {
            ("recovery", "id", _) | (_, "recovery", _) => values.add(recovery.to_vec()),
            (_, "id", _) => values.add(Uuid::now_v7().as_bytes().to_vec()),
            ("outbox", "status", _) => values.add("due"),
            ("outbox", "tries", _) => values.add(0_i64),
            ("outbox", "lease_until" | "settled_at" | "last_error", _) | (_, _, Value::Null) => values.add(None::<i64>),
            (_, _, Value::Number(number)) => values.add(*number),
            (_, _, Value::Text(text)) => values.add(text.clone()),
            (_, _, Value::Bytes(bytes)) => values.add(bytes.clone()),
        };
        added.map_err(anyhow::Error::from_boxed)?;
    }
    Ok(values)
}
