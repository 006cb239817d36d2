//! The writer's transaction: one statement, one round trip, one flush.

use sqlx::postgres::PgBindIterExt;
use sqlx::{PgPool, Row};

use super::errors::{batch as batch_error, connection_broke, unavailable};
use super::{Postgres, unsigned};
use crate::backend::{Batch, BatchError, BatchWritten, StreamNumber};
use crate::types::Shard;

/// The head comes first: its row is the lock that orders all writers of a shard, and everything
/// else waits for what it returns. A key that exists is an error everywhere but for subjects,
/// because then another node decided on the same history.
const WRITE: &str = "
with head as (
    update log.heads
    set pos = pos + cast($2 as bigint),
        recorded_at = greatest(recorded_at, clock_timestamp())
    where shard = cast($1 as smallint)
    returning pos - cast($2 as bigint) + 1 as base, recorded_at
), begun as (
    insert into log.streams (hash, first, version)
    select b.hash, head.base + b.start, b.version
    from head
    cross join unnest(cast($3 as bytea[]), cast($4 as bigint[]), cast($5 as bigint[]))
        as b (hash, start, version)
), moved as (
    update log.streams as s
    set version = m.version
    from head
    cross join unnest(cast($6 as bytea[]), cast($7 as bigint[])) as m (hash, version)
    where s.hash = m.hash
), added as (
    insert into log.events (shard, pos, stream_no, version, tenant, stream, event_id, type,
        schema_version, recorded_at, effective_at, principal, causation, correlation, subject,
        payload, sealed)
    select cast($1 as smallint), head.base + e.n - 1,
        case when e.stream_no > 0 then e.stream_no else head.base - e.stream_no end,
        e.version, e.tenant, e.stream, e.event_id, e.type, e.schema_version, head.recorded_at,
        e.effective_at, e.principal, e.causation, e.correlation, e.subject, e.payload, e.sealed
    from head
    cross join unnest(cast($8 as bigint[]), cast($9 as bigint[]), cast($10 as text[]),
        cast($11 as text[]), cast($12 as text[]), cast($13 as text[]), cast($14 as smallint[]),
        cast($15 as timestamptz[]), cast($16 as text[]), cast($17 as text[]), cast($18 as text[]),
        cast($19 as text[]), cast($20 as bytea[]), cast($21 as bytea[]))
        with ordinality
        as e (stream_no, version, tenant, stream, event_id, type, schema_version, effective_at,
            principal, causation, correlation, subject, payload, sealed, n)
), keyed as (
    insert into log.append_keys (tenant, key, request_hash, first_pos, last_pos)
    select k.tenant, k.key, k.request_hash, head.base + k.first, head.base + k.last
    from head
    cross join unnest(cast($22 as text[]), cast($23 as text[]), cast($24 as bytea[]),
        cast($25 as bigint[]), cast($26 as bigint[])) as k (tenant, key, request_hash, first, last)
), blobs as (
    insert into log.blobs (id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned,
        attached)
    select b.id, b.chunk, b.tenant, b.key_id, b.sealed, b.subject_tags, b.expires_at, b.pinned,
        b.attached
    from head
    cross join unnest(cast($27 as text[]), cast($28 as integer[]), cast($29 as text[]),
        cast($30 as bytea[]), cast($31 as bytea[]), cast($32 as bytea[]),
        cast($33 as timestamptz[]), cast($34 as boolean[]), cast($35 as boolean[]))
        as b (id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned, attached)
), attached as (
    update log.blobs as b
    set attached = true
    from head
    cross join unnest(cast($36 as text[])) as a (id)
    where b.id = a.id
), subjects as (
    insert into log.subject_keys (tenant, subject, key_id)
    select s.tenant, s.subject, s.key_id
    from head
    cross join unnest(cast($37 as text[]), cast($38 as text[]), cast($39 as bytea[]))
        as s (tenant, subject, key_id)
    on conflict do nothing
)
select base, recorded_at
from head";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[WRITE];

impl Postgres {
    /// Writes a batch, and once more where the connection broke. Writing twice is harmless: every
    /// row has its place in a stream, so if the first attempt got through the second one can't.
    pub(super) async fn write_batch(
        &self,
        shard: Shard,
        batch: &Batch,
    ) -> Result<BatchWritten, BatchError> {
        match run(&self.hot, shard, batch).await {
            Ok(written) => Ok(written),
            Err(first) if connection_broke(&first) => {
                // Even a race leaves it open: the faster writer may have been ourselves.
                run(&self.calm, shard, batch).await.map_err(|_| unavailable(first).into())
            }
            Err(error) => Err(batch_error(error)),
        }
    }
}

/// Positive: the stream's number. Zero or less: it begins that many rows into the batch.
fn number(number: StreamNumber) -> i64 {
    match number {
        StreamNumber::Known(first) => first.cast_signed(),
        StreamNumber::BeginsAt(offset) => -i64::from(offset),
    }
}

async fn run(pool: &PgPool, shard: Shard, batch: &Batch) -> sqlx::Result<BatchWritten> {
    debug_assert!(!batch.rows.is_empty(), "a batch has rows");
    let rows = || batch.rows.iter().map(|row| &*row.data);
    let blobs = || batch.blobs.iter();
    let row = sqlx::query(WRITE)
        .bind(shard.cast_signed())
        .bind(batch.rows.len() as i64)
        .bind(batch.begun.iter().map(|begun| &begun.0[..]).bind_iter())
        .bind(batch.begun.iter().map(|begun| i64::from(begun.1)).bind_iter())
        .bind(batch.begun.iter().map(|begun| begun.2.cast_signed()).bind_iter())
        .bind(batch.moved.iter().map(|moved| &moved.0[..]).bind_iter())
        .bind(batch.moved.iter().map(|moved| moved.1.cast_signed()).bind_iter())
        .bind(batch.rows.iter().map(|row| number(row.number)).bind_iter())
        .bind(batch.rows.iter().map(|row| row.version.cast_signed()).bind_iter())
        .bind(rows().map(|row| &*row.tenant).bind_iter())
        .bind(rows().map(|row| &*row.stream).bind_iter())
        .bind(rows().map(|row| row.event_id.as_str()).bind_iter())
        .bind(rows().map(|row| row.kind.as_str()).bind_iter())
        .bind(rows().map(|row| row.schema_version.cast_signed()).bind_iter())
        .bind(rows().map(|row| row.effective_at).bind_iter())
        .bind(rows().map(|row| &*row.principal).bind_iter())
        .bind(rows().map(|row| row.causation.as_deref()).bind_iter())
        .bind(rows().map(|row| row.correlation.as_deref()).bind_iter())
        .bind(rows().map(|row| row.subject.as_deref()).bind_iter())
        .bind(rows().map(|row| row.payload.as_slice()).bind_iter())
        .bind(rows().map(|row| row.sealed.as_deref()).bind_iter())
        .bind(batch.keys.iter().map(|key| &*key.0).bind_iter())
        .bind(batch.keys.iter().map(|key| key.1.as_str()).bind_iter())
        .bind(batch.keys.iter().map(|key| key.2.as_slice()).bind_iter())
        .bind(batch.keys.iter().map(|key| i64::from(key.3)).bind_iter())
        .bind(batch.keys.iter().map(|key| i64::from(key.4)).bind_iter())
        .bind(blobs().map(|blob| blob.id.as_str()).bind_iter())
        .bind(blobs().map(|blob| blob.chunk.cast_signed()).bind_iter())
        .bind(blobs().map(|blob| &*blob.tenant).bind_iter())
        .bind(blobs().map(|blob| &blob.key_id[..]).bind_iter())
        .bind(blobs().map(|blob| blob.sealed.as_slice()).bind_iter())
        .bind(blobs().map(|blob| blob.subject_tags.as_slice()).bind_iter())
        .bind(blobs().map(|blob| blob.expires_at).bind_iter())
        .bind(blobs().map(|blob| blob.pinned).bind_iter())
        .bind(blobs().map(|blob| blob.attached).bind_iter())
        .bind(&batch.attach)
        .bind(batch.subject_keys.iter().map(|key| &*key.0).bind_iter())
        .bind(batch.subject_keys.iter().map(|key| key.1.as_str()).bind_iter())
        .bind(batch.subject_keys.iter().map(|key| &key.2[..]).bind_iter())
        .fetch_one(pool)
        .await?;
    Ok(BatchWritten { base: unsigned(&row, 0)?, recorded_at: row.try_get(1)? })
}
