//! One thread that reads, parses and upserts each event, in one transaction: what a projection is
//! without a runtime. Its events are in the clear.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, QueryBuilder, Row, SqliteConnection};

use super::sqlite_file;
use crate::failure::Failure;

const PAGE: usize = 1_000;
/// Upserts handed to SQLite's thread in one go; each stays a statement of its own. One by one, the
/// way to the thread and back would cost more than the upsert.
const RUN: usize = 50;
const TABLES: &str = "
create table clear_events (
    pos      integer primary key,
    stream   text    not null,
    version  integer not null,
    type     text    not null,
    payload  blob    not null,
    personal blob
) strict";
const READ: &str = "select pos, version, payload, personal from clear_events \
                    where pos > ? order by pos limit ?";

/// Columns an upsert sets, beside the key and the version.
pub(crate) const COLUMNS: usize = 16;

/// An event without its seal.
pub(crate) struct Clear<'a> {
    pub(crate) pos: u64,
    pub(crate) stream: &'a str,
    pub(crate) version: u64,
    pub(crate) kind: &'a str,
    pub(crate) payload: &'a [u8],
    pub(crate) personal: Option<&'a [u8]>,
}

/// What an event says of the row under `key`; a column that is `None` keeps its value.
pub(crate) struct Parsed {
    pub(crate) key: String,
    pub(crate) columns: [Option<String>; COLUMNS],
}

/// A file with a log in the clear and the rows folded from it.
pub(crate) struct Folded {
    log: SqliteConnectOptions,
    rows: SqliteConnectOptions,
}

impl Folded {
    pub(crate) async fn create(directory: &Path) -> Result<Folded, Failure> {
        let (log, rows) = (directory.join("clear.db"), directory.join("folded.db"));
        let folded = Folded { log: sqlite_file(&log), rows: sqlite_file(&rows) };
        let mut connection = folded.log.connect().await?;
        sqlx::raw_sql(TABLES).execute(&mut connection).await?;
        Ok(folded)
    }

    /// Adds events to the log in the clear.
    pub(crate) async fn add(&self, events: &[Clear<'_>]) -> Result<(), Failure> {
        let mut connection = self.log.connect().await?;
        let mut step = connection.begin_with("begin immediate").await?;
        for run in super::runs(events) {
            let mut query = QueryBuilder::new(
                "insert into clear_events (pos, stream, version, type, payload, personal) ",
            );
            query.push_values(run, |mut row, event| {
                row.push_bind(event.pos.cast_signed())
                    .push_bind(event.stream.to_owned())
                    .push_bind(event.version.cast_signed())
                    .push_bind(event.kind.to_owned())
                    .push_bind(event.payload.to_vec())
                    .push_bind(event.personal.map(<[u8]>::to_vec));
            });
            query.build().execute(&mut *step).await?;
        }
        step.commit().await?;
        Ok(connection.close().await?)
    }

    /// Folds all events from the first, and says how many there were.
    pub(crate) async fn fold(
        &self,
        parse: impl Fn(&[u8], Option<&[u8]>) -> Option<Parsed>,
    ) -> Result<u64, Failure> {
        let mut log = self.log.connect().await?;
        let mut rows = self.rows.connect().await?;
        let upsert = prepare(&mut rows).await?;
        let mut step = rows.begin_with("begin immediate").await?;
        let together = vec![upsert.as_str(); RUN].join("; ");
        let (mut count, mut after) = (0, 0_i64);
        loop {
            let page = sqlx::query(READ).bind(after).bind(PAGE as i64).fetch_all(&mut log).await?;
            let Some(last) = page.last() else { break };
            after = last.get(0);
            let parsed = page
                .iter()
                .filter_map(|row| Some((parse(row.get(2), row.get(3))?, row.get::<i64, _>(1))));
            let parsed: Vec<(Parsed, i64)> = parsed.collect();
            count += parsed.len() as u64;
            let (runs, rest) = parsed.as_chunks::<RUN>();
            for run in runs {
                write(&mut step, &together, run).await?;
            }
            for one in rest {
                write(&mut step, &upsert, std::slice::from_ref(one)).await?;
            }
        }
        step.commit().await?;
        Ok(count)
    }
}

/// Runs as many upserts as the text has.
async fn write(
    rows: &mut SqliteConnection,
    sql: &str,
    parsed: &[(Parsed, i64)],
) -> sqlx::Result<()> {
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for (parsed, version) in parsed {
        query = query.bind(parsed.key.clone()).bind(*version);
        for column in &parsed.columns {
            query = query.bind(column.clone());
        }
    }
    query.execute(rows).await?;
    Ok(())
}

/// An empty table of rows, and the statement that sets one.
async fn prepare(rows: &mut SqliteConnection) -> sqlx::Result<String> {
    let names: Vec<String> = (0..COLUMNS).map(|n| format!("c{n}")).collect();
    let columns: Vec<String> = names.iter().map(|name| format!("{name} text")).collect();
    let table = format!(
        "drop table if exists folded; create table folded \
         (key text primary key, version integer not null, {}) strict, without rowid",
        columns.join(", ")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(table)).execute(rows).await?;
    let kept: Vec<String> =
        names.iter().map(|name| format!("{name} = coalesce(excluded.{name}, {name})")).collect();
    Ok(format!(
        "insert into folded (key, version, {}) values ({}) \
         on conflict (key) do update set version = excluded.version, {}",
        names.join(", "),
        vec!["?"; COLUMNS + 2].join(", "),
        kept.join(", ")
    ))
}
