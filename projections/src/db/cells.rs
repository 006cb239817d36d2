//! Parameters in, rows out, for both databases.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Postgres, Row as _, Sqlite};

use crate::table::{Cell, Kind, Mismatch, Value};

/// A row as a database returned it.
pub enum DbRow {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl DbRow {
    fn value(&self, at: usize, kind: Kind) -> sqlx::Result<Value> {
        match self {
            DbRow::Postgres(row) => Ok(match kind {
                Kind::Text => Value::Text(row.try_get(at)?),
                Kind::Integer => Value::Integer(row.try_get(at)?),
                Kind::Boolean => Value::Boolean(row.try_get(at)?),
                Kind::Timestamp => Value::Timestamp(row.try_get(at)?),
                Kind::Bytes => Value::Bytes(row.try_get(at)?),
            }),
            DbRow::Sqlite(row) => Ok(match kind {
                Kind::Text => Value::Text(row.try_get_unchecked(at)?),
                Kind::Integer => Value::Integer(row.try_get_unchecked(at)?),
                Kind::Boolean => {
                    Value::Boolean(row.try_get_unchecked::<Option<i64>, _>(at)?.map(|n| n != 0))
                }
                Kind::Timestamp => {
                    let micros: Option<i64> = row.try_get_unchecked(at)?;
                    Value::Timestamp(micros.and_then(DateTime::<Utc>::from_timestamp_micros))
                }
                Kind::Bytes => Value::Bytes(row.try_get_unchecked(at)?),
            }),
        }
    }
}

/// The cells of a row, one after the other.
pub struct Cells<'a> {
    row: &'a DbRow,
    at: usize,
}

impl<'a> Cells<'a> {
    pub fn of(row: &'a DbRow) -> Self {
        Cells { row, at: 0 }
    }
    /// The next cell.
    pub fn get<C: Cell>(&mut self) -> Result<C, Mismatch> {
        C::from_value(self.next_value(C::KIND)?)
    }
    pub(crate) fn next_value(&mut self, kind: Kind) -> Result<Value, Mismatch> {
        let value = self.row.value(self.at, kind).map_err(|_| Mismatch)?;
        self.at += 1;
        Ok(value)
    }
}

pub(super) fn bind_postgres(
    query: Query<'_, Postgres, PgArguments>,
    value: Value,
) -> Query<'_, Postgres, PgArguments> {
    match value {
        Value::Text(value) => query.bind(value),
        Value::Integer(value) => query.bind(value),
        Value::Boolean(value) => query.bind(value),
        Value::Timestamp(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    }
}

/// Instants are whole microseconds since 1970 there.
pub(crate) fn bind_sqlite(
    query: Query<'_, Sqlite, SqliteArguments>,
    value: Value,
) -> Query<'_, Sqlite, SqliteArguments> {
    match value {
        Value::Text(value) => query.bind(value),
        Value::Integer(value) => query.bind(value),
        Value::Boolean(value) => query.bind(value),
        Value::Timestamp(value) => query.bind(value.map(|at| at.timestamp_micros())),
        Value::Bytes(value) => query.bind(value),
    }
}
