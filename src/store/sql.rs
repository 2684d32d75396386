//! Statements and rows: one text for both databases (both number their parameters `$1`, `$2` …), values in, typed
//! columns out.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement, TryGetable, Value};

use super::Error;
use super::columns;
use super::schema::Table;
use crate::domain::Timestamp;

/// A statement with its values.
#[derive(Clone)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Takes a text of ours; nothing of a caller's ever stands in it.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Gives the next parameter its value.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Gives the next parameters their values.
    pub(super) fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    fn build(self, backend: DbBackend) -> Statement {
        Statement::from_sql_and_values(backend, self.text, self.values)
    }
}

/// `$from, $from+1, …`: as many as `count`.
pub(super) fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from + count).map(|number| format!("${number}")).collect();
    places.join(", ")
}

/// `($from, …), (…), …`: `rows` groups of `width` parameters.
pub(super) fn groups(from: usize, rows: usize, width: usize) -> String {
    let groups: Vec<String> = (0..rows).map(|row| format!("({})", places(from + row * width, width))).collect();
    groups.join(", ")
}

/// Runs a statement and says how many rows it touched.
pub(super) async fn execute(connection: &impl ConnectionTrait, statement: Sql) -> Result<u64, Error> {
    let statement = statement.build(connection.get_database_backend());
    Ok(connection.execute_raw(statement).await?.rows_affected())
}

/// Runs a statement and gives its first row.
pub(super) async fn one(connection: &impl ConnectionTrait, statement: Sql) -> Result<Option<Row>, Error> {
    let statement = statement.build(connection.get_database_backend());
    Ok(connection.query_one_raw(statement).await?.map(Row))
}

/// Runs a statement and gives all its rows.
pub(super) async fn all(connection: &impl ConnectionTrait, statement: Sql) -> Result<Vec<Row>, Error> {
    let statement = statement.build(connection.get_database_backend());
    Ok(connection.query_all_raw(statement).await?.into_iter().map(Row).collect())
}

/// Rows to insert, of any of the tables. They belong to one transaction.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<(Table, Vec<Value>)>,
}

impl Rows {
    /// Adds a row; its values stand in the order of the table's columns.
    pub(super) fn add(&mut self, table: Table, values: Vec<Value>) {
        debug_assert_eq!(values.len(), table.columns().len(), "{}", table.name());
        self.rows.push((table, values));
    }

    /// Takes over another's rows.
    pub(super) fn append(&mut self, other: &Self) {
        self.rows.extend(other.rows.iter().cloned());
    }

    /// Inserts all of them by one statement: one turn to the database's thread or server, however many they are.
    /// SQLite takes several statements in one text, PostgreSQL one statement with the others in its `WITH`.
    pub(super) async fn insert(&self, connection: &impl ConnectionTrait) -> Result<(), Error> {
        let (mut inserts, values) = self.parts();
        let Some(last) = inserts.pop() else {
            return Ok(());
        };
        let mut text = String::new();
        if super::is_postgres(connection) {
            for (number, insert) in inserts.iter().enumerate() {
                let opening = if number == 0 { "WITH " } else { ", " };
                // Writing to a String does not fail.
                let _ = write!(text, "{opening}part{number} AS ({insert})");
            }
            text.push(' ');
        } else {
            for insert in inserts {
                text.push_str(&insert);
                text.push_str("; ");
            }
        }
        text.push_str(&last);
        execute(connection, Sql { text, values }).await.map(drop)
    }

    /// Inserts all of them in a transaction of their own, from BEGIN to COMMIT in one turn to SQLite's thread. Where
    /// that fails, the transaction may still be open: whoever calls rolls back.
    pub(super) async fn insert_and_commit(&self, connection: &DatabaseConnection) -> Result<(), Error> {
        let (inserts, values) = self.parts();
        let text = format!("BEGIN IMMEDIATE; {}; COMMIT", inserts.join("; "));
        execute(connection, Sql { text, values }).await.map(drop)
    }

    /// One statement for each table that has rows, and the values of all.
    fn parts(&self) -> (Vec<String>, Vec<Value>) {
        let mut inserts: Vec<String> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for table in Table::ALL {
            let rows: Vec<&Vec<Value>> = self.rows.iter().filter(|(of, _)| *of == table).map(|(_, row)| row).collect();
            if rows.is_empty() {
                continue;
            }
            inserts.push(insert_text(table, values.len() + 1, rows.len()));
            values.extend(rows.into_iter().flatten().cloned());
        }
        (inserts, values)
    }
}

fn insert_text(table: Table, from: usize, rows: usize) -> String {
    let columns = table.columns();
    let groups = groups(from, rows, columns.len());
    let twice = if table.keeps_first() { " ON CONFLICT DO NOTHING" } else { "" };
    format!("INSERT INTO {} ({}) VALUES {groups}{twice}", table.name(), columns.join(", "))
}

/// A row that a query gave.
pub(super) struct Row(QueryResult);

impl Row {
    fn get<T: TryGetable>(&self, column: &str) -> Result<T, Error> {
        self.0.try_get("", column).map_err(Error::from)
    }

    pub(super) fn text(&self, column: &str) -> Result<String, Error> {
        self.get(column)
    }

    pub(super) fn maybe_text(&self, column: &str) -> Result<Option<String>, Error> {
        self.get(column)
    }

    pub(super) fn bytes(&self, column: &str) -> Result<Vec<u8>, Error> {
        self.get(column)
    }

    pub(super) fn maybe_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, Error> {
        self.get(column)
    }

    /// Bytes of a fixed length, such as an id's 16 or a digest's 32.
    pub(super) fn array<const N: usize>(&self, column: &'static str) -> Result<[u8; N], Error> {
        self.bytes(column)?.try_into().map_err(|_| Error::Unreadable { column })
    }

    pub(super) fn maybe_array<const N: usize>(&self, column: &'static str) -> Result<Option<[u8; N]>, Error> {
        let bytes = self.maybe_bytes(column)?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| Error::Unreadable { column })).transpose()
    }

    pub(super) fn number(&self, column: &str) -> Result<i64, Error> {
        self.get(column)
    }

    /// A number in the range of a smaller type.
    pub(super) fn small<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, Error> {
        T::try_from(self.number(column)?).map_err(|_| Error::Unreadable { column })
    }

    pub(super) fn maybe_small<T: TryFrom<i64>>(&self, column: &'static str) -> Result<Option<T>, Error> {
        let number: Option<i64> = self.get(column)?;
        number.map(|number| T::try_from(number).map_err(|_| Error::Unreadable { column })).transpose()
    }

    pub(super) fn flag(&self, column: &str) -> Result<bool, Error> {
        self.get(column)
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, Error> {
        columns::timestamp(self.number(column)?, column)
    }

    pub(super) fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>, Error> {
        let number: Option<i64> = self.get(column)?;
        number.map(|number| columns::timestamp(number, column)).transpose()
    }
}
