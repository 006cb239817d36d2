//! Loads and stores rows in bulk.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, sqlite::SqliteArguments};

use super::fold::{Changes, Wanted};
use super::statements::{SIZES, Statements};
use crate::db::{DbRow, Tx, bind_sqlite};
use crate::table::{Kind, Place, Value};

/// Keys per lookup, so that no parameter becomes huge.
const LOOKUP: usize = 5_000;

impl Statements {
    /// The rows that are wanted, as far as they exist.
    pub(crate) async fn load(&self, tx: &mut Tx, wanted: &Wanted) -> sqlx::Result<Vec<DbRow>> {
        let mut rows = vec![];
        for places in wanted.places.chunks(LOOKUP) {
            let keys = places.iter().map(|place| key_values(place, None)).collect();
            rows.extend(fetch(tx, &self.load, &self.key_kinds, keys).await?);
        }
        for ((tenant, subject), sql) in wanted.subjects.iter().zip(self.load_subject.iter().cycle())
        {
            let args = vec![Value::from(&**tenant), Value::from(&**subject)];
            rows.extend(tx.rows(sql, args).await?);
        }
        Ok(rows)
    }

    /// Stores changes; the number of rows written or removed.
    pub(crate) async fn store(&self, tx: &mut Tx, changes: Changes) -> sqlx::Result<usize> {
        let count = changes.upserts.len() + changes.deletes.len();
        insert(tx, &self.upsert, &self.kinds, changes.upserts).await?;
        for places in changes.deletes.chunks(LOOKUP) {
            let keys = places.iter().map(|place| key_values(place, None)).collect();
            execute(tx, &self.delete, &self.key_kinds, keys).await?;
        }
        let Some(history) = &self.history else { return Ok(count) };
        if !changes.history.ends.is_empty() {
            let mut kinds = self.key_kinds.clone();
            kinds.push(Kind::Integer);
            let ends = &changes.history.ends;
            let keys = ends.iter().map(|(place, from)| key_values(place, Some(*from))).collect();
            execute(tx, &history.end, &kinds, keys).await?;
        }
        insert(tx, &history.upsert, &history.kinds, changes.history.rows).await?;
        for ((tenant, subject), sql) in
            changes.history.erased.iter().zip(history.erase.iter().cycle())
        {
            tx.execute(sql, vec![Value::from(&**tenant), Value::from(&**subject)]).await?;
        }
        Ok(count)
    }
}

fn key_values(place: &Place, from: Option<u64>) -> Vec<Value> {
    let mut values = vec![Value::from(&*place.0)];
    values.extend(place.1.values().iter().cloned());
    values.extend(from.map(Value::from));
    values
}

type PgQuery<'q> = Query<'q, Postgres, PgArguments>;
type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Rows as one array per column.
fn arrays<'q>(mut query: PgQuery<'q>, kinds: &[Kind], rows: Vec<Vec<Value>>) -> PgQuery<'q> {
    let mut columns: Vec<Vec<Value>> =
        kinds.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    for (column, kind) in columns.into_iter().zip(kinds) {
        query = match kind {
            Kind::Text => query.bind(column.into_iter().map(text).collect::<Vec<_>>()),
            Kind::Integer => query.bind(column.into_iter().map(integer).collect::<Vec<_>>()),
            Kind::Boolean => query.bind(column.into_iter().map(boolean).collect::<Vec<_>>()),
            Kind::Timestamp => query.bind(column.into_iter().map(timestamp).collect::<Vec<_>>()),
            Kind::Bytes => query.bind(column.into_iter().map(bytes).collect::<Vec<_>>()),
        };
    }
    query
}

// A column's values are of its kind; anything else would be a declaration that contradicts itself.
macro_rules! only {
    ($name:ident, $kind:ident, $type:ty) => {
        fn $name(value: Value) -> Option<$type> {
            if let Value::$kind(value) = value { value } else { None }
        }
    };
}
only!(text, Text, String);
only!(integer, Integer, i64);
only!(boolean, Boolean, bool);
only!(timestamp, Timestamp, DateTime<Utc>);
only!(bytes, Bytes, Vec<u8>);

/// Keys as one JSON text.
fn json(rows: &[Vec<Value>]) -> Value {
    let row = |row: &Vec<Value>| row.iter().map(Value::to_json).collect::<serde_json::Value>();
    Value::from(rows.iter().map(row).collect::<serde_json::Value>().to_string())
}

async fn fetch(
    tx: &mut Tx,
    sql: &str,
    kinds: &[Kind],
    keys: Vec<Vec<Value>>,
) -> sqlx::Result<Vec<DbRow>> {
    if let Tx::Postgres(tx) = tx {
        let query = arrays(sqlx::query(AssertSqlSafe(sql)), kinds, keys);
        let rows = query.fetch_all(&mut **tx).await?;
        return Ok(rows.into_iter().map(DbRow::Postgres).collect());
    }
    tx.rows(sql, vec![json(&keys)]).await
}

async fn execute(
    tx: &mut Tx,
    sql: &str,
    kinds: &[Kind],
    keys: Vec<Vec<Value>>,
) -> sqlx::Result<()> {
    if let Tx::Postgres(tx) = tx {
        arrays(sqlx::query(AssertSqlSafe(sql)), kinds, keys).execute(&mut **tx).await?;
        return Ok(());
    }
    tx.execute(sql, vec![json(&keys)]).await.map(|_| ())
}

async fn insert(
    tx: &mut Tx,
    upsert: &[String],
    kinds: &[Kind],
    mut rows: Vec<Vec<Value>>,
) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // In the order of the key, neighbours are written to the same pages.
    rows.sort_unstable();
    let connection = match tx {
        Tx::Postgres(tx) => {
            let query = arrays(sqlx::query(AssertSqlSafe(upsert[0].as_str())), kinds, rows);
            return query.execute(&mut **tx).await.map(|_| ());
        }
        Tx::Sqlite(connection) => &mut **connection,
        Tx::SqliteSnapshot(connection) => &mut **connection,
    };
    let mut rows = rows.into_iter();
    while let Some(size) = SIZES.iter().position(|size| *size <= rows.len()) {
        let mut query: SqliteQuery<'_> = sqlx::query(AssertSqlSafe(upsert[size].as_str()));
        for value in rows.by_ref().take(SIZES[size]).flatten() {
            query = bind_sqlite(query, value);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
