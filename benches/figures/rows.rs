//! What the program has kept: how much of it, and the rows of one start, to be written again by bare SQL. They are
//! read from the file, so that the comparison cannot fall behind the schema.

use std::path::Path;

use anyhow::{Context as _, Result};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sea_orm::sqlx::{self, Column as _, ConnectOptions as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

/// A value of a column.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row with its table and the names of its columns.
pub(crate) struct Row {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<(String, Value)>,
}

/// What lies in the file.
pub(crate) struct Kept {
    /// How many recoveries were begun.
    pub(crate) recoveries: u64,
    /// How many of their messages the worker was done with.
    settled: u64,
    /// The rows that one start has written.
    pub(crate) of_one_start: Vec<Row>,
}

impl Kept {
    /// Reads the file of a program that has ended.
    pub(crate) fn read(database: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = SqliteConnectOptions::new().filename(database).connect().await?;
            let recoveries = count(&mut connection, "SELECT COUNT(*) FROM recovery").await?;
            let settled = count(&mut connection, "SELECT COUNT(*) FROM outbox WHERE status <> 'due'").await?;
            let one = "(SELECT recovery FROM outbox ORDER BY id DESC LIMIT 1)";
            let mut of_one_start = Vec::new();
            for (table, key) in
                [("recovery", "id"), ("issue", "recovery"), ("outbox", "recovery"), ("audit", "recovery")]
            {
                let question = format!("SELECT * FROM {table} WHERE {key} = {one}");
                let row = sqlx::query(sqlx::AssertSqlSafe(question)).fetch_one(&mut connection).await;
                of_one_start.push(row_of(table, &row.with_context(|| format!("no row in {table}"))?)?);
            }
            Ok(Self { recoveries, settled, of_one_start })
        })
    }

    /// The share of the messages that the worker was done with, in hundredths.
    pub(crate) fn looked_up(&self) -> f64 {
        let part = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        part(self.settled) / part(self.recoveries) * 100.0
    }
}

async fn count(connection: &mut SqliteConnection, question: &'static str) -> Result<u64> {
    let row = sqlx::query(question).fetch_one(connection).await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?)?)
}

fn row_of(table: &'static str, row: &SqliteRow) -> Result<Row> {
    let mut columns = Vec::with_capacity(row.columns().len());
    for column in row.columns() {
        let (at, raw) = (column.ordinal(), row.try_get_raw(column.ordinal())?);
        let value = match raw.type_info().name() {
            _ if raw.is_null() => Value::Null,
            "INTEGER" => Value::Number(row.try_get_unchecked(at)?),
            "TEXT" => Value::Text(row.try_get_unchecked(at)?),
            _ => Value::Bytes(row.try_get_unchecked(at)?),
        };
        columns.push((column.name().to_owned(), value));
    }
    Ok(Row { table, columns })
}
