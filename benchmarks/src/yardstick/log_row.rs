//! A row with the columns of the log, positions given by the caller.

use async_trait::async_trait;
use sqlx::postgres::PgBindIterExt;
use sqlx::{ConnectOptions, PgConnection, QueryBuilder, SqliteConnection};

use super::{Bare, Row, runs};
use crate::failure::Failure;

#[derive(Debug, Clone)]
pub(crate) struct LogRow {
    pub(crate) shard: i16,
    pub(crate) pos: i64,
    pub(crate) stream_no: i64,
    pub(crate) version: i64,
    pub(crate) tenant: String,
    pub(crate) stream: String,
    pub(crate) event_id: String,
    pub(crate) kind: String,
    pub(crate) schema_version: i16,
    /// Microseconds since 1970.
    pub(crate) recorded_at: i64,
    pub(crate) principal: String,
    pub(crate) payload: Vec<u8>,
}

const INSERT: &str = "
insert into bare_events (shard, pos, stream_no, version, tenant, stream, event_id, type,
    schema_version, recorded_at, effective_at, principal, causation, correlation, subject, payload,
    sealed)
select e.shard, e.pos, e.stream_no, e.version, e.tenant, e.stream, e.event_id, e.type,
    e.schema_version, clock_timestamp(), null, e.principal, null, null, null, e.payload, null
from unnest(cast($1 as smallint[]), cast($2 as bigint[]), cast($3 as bigint[]),
    cast($4 as bigint[]), cast($5 as text[]), cast($6 as text[]), cast($7 as text[]),
    cast($8 as text[]), cast($9 as smallint[]), cast($10 as text[]), cast($11 as bytea[]))
    as e (shard, pos, stream_no, version, tenant, stream, event_id, type, schema_version,
        principal, payload)";

/// Adds the log's second index, for the comparison with batches.
pub(crate) async fn index_streams(bare: &Bare) -> Result<(), Failure> {
    const INDEX: &str = "create unique index if not exists bare_events_stream \
                         on bare_events (shard, stream_no, version)";
    match bare {
        Bare::Sqlite(options) => {
            let mut connection = options.connect().await?;
            sqlx::raw_sql(INDEX).execute(&mut connection).await?;
        }
        Bare::Postgres(options) => {
            let mut connection = options.connect().await?;
            sqlx::raw_sql(INDEX).execute(&mut connection).await?;
        }
    }
    Ok(())
}

#[async_trait]
impl Row for LogRow {
    const SQLITE_TABLE: &'static str = "
create table if not exists bare_events (
    pos integer primary key, shard integer not null, stream_no integer not null,
    version integer not null, tenant text not null, stream text not null, event_id text not null,
    type text not null, schema_version integer not null, recorded_at integer not null,
    effective_at integer, principal text not null, causation text, correlation text, subject text,
    payload blob not null, sealed blob
) strict";
    const POSTGRES_TABLE: &'static str = "
create table if not exists bare_events (
    shard smallint not null, pos bigint not null, stream_no bigint not null,
    version bigint not null, tenant text not null, stream text not null, event_id text not null,
    type text not null, schema_version smallint not null, recorded_at timestamptz not null,
    effective_at timestamptz, principal text not null, causation text, correlation text,
    subject text, payload bytea not null, sealed bytea,
    primary key (shard, pos)
)";

    async fn into_sqlite(connection: &mut SqliteConnection, rows: &[Self]) -> sqlx::Result<()> {
        for run in runs(rows) {
            let mut query = QueryBuilder::new(
                "insert into bare_events (pos, shard, stream_no, version, tenant, stream, \
                 event_id, type, schema_version, recorded_at, principal, payload) ",
            );
            query.push_values(run, |mut values, row| {
                values
                    .push_bind(row.pos)
                    .push_bind(row.shard)
                    .push_bind(row.stream_no)
                    .push_bind(row.version)
                    .push_bind(row.tenant.clone())
                    .push_bind(row.stream.clone())
                    .push_bind(row.event_id.clone())
                    .push_bind(row.kind.clone())
                    .push_bind(row.schema_version)
                    .push_bind(row.recorded_at)
                    .push_bind(row.principal.clone())
                    .push_bind(row.payload.clone());
            });
            query.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn into_postgres(connection: &mut PgConnection, rows: &[Self]) -> sqlx::Result<()> {
        sqlx::query(INSERT)
            .bind(rows.iter().map(|row| row.shard).bind_iter())
            .bind(rows.iter().map(|row| row.pos).bind_iter())
            .bind(rows.iter().map(|row| row.stream_no).bind_iter())
            .bind(rows.iter().map(|row| row.version).bind_iter())
            .bind(rows.iter().map(|row| row.tenant.as_str()).bind_iter())
            .bind(rows.iter().map(|row| row.stream.as_str()).bind_iter())
            .bind(rows.iter().map(|row| row.event_id.as_str()).bind_iter())
            .bind(rows.iter().map(|row| row.kind.as_str()).bind_iter())
            .bind(rows.iter().map(|row| row.schema_version).bind_iter())
            .bind(rows.iter().map(|row| row.principal.as_str()).bind_iter())
            .bind(rows.iter().map(|row| row.payload.as_slice()).bind_iter())
            .execute(connection)
            .await?;
        Ok(())
    }
}
