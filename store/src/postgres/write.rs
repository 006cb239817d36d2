//! The writer's transaction: one statement, one round trip, one flush.

use std::sync::LazyLock;

use sqlx::postgres::PgBindIterExt;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::errors::{batch as batch_error, connection_broke, unavailable};
use super::{Postgres, unsigned};
use crate::backend::{Bases, Batch, BatchError, Log, Part, StreamNumber};

/// The heads come first: their rows are the locks that order all writers of a shard, and everything
/// else needs what they return, by the number of its part (a join would look through all parts for
/// each row).
const HEAD: &str = "
with head as (
    update log.heads as h
    set pos = h.pos + w.rows,
        recorded_at = greatest(h.recorded_at, cast($41 as timestamptz))
    from unnest(cast($1 as smallint[]), cast($2 as bigint[])) as w (shard, rows)
    where h.shard = w.shard
    returning h.shard, h.pos - w.rows + 1 as base, h.recorded_at
), parts as materialized (
    select array_agg(shard order by shard) as shard, array_agg(base order by shard) as base,
        array_agg(recorded_at order by shard) as recorded_at
    from head
)";
const ADDED: &str = ", added as (
    insert into log.events (shard, pos, stream_no, version, tenant, stream, event_id, type,
        schema_version, recorded_at, effective_at, principal, causation, correlation, subject,
        payload, sealed)
    select parts.shard[e.part], parts.base[e.part] + e.start,
        case when e.stream_no > 0 then e.stream_no else parts.base[e.part] - e.stream_no end,
        e.version, e.tenant, e.stream, e.event_id, e.type, e.schema_version,
        parts.recorded_at[e.part], e.effective_at, e.principal, e.causation, e.correlation,
        e.subject, e.payload, e.sealed
    from parts
    cross join (
        select unnest(cast($6 as smallint[])) as part, unnest(cast($7 as bigint[])) as start,
            unnest(cast($8 as bigint[])) as stream_no, unnest(cast($9 as bigint[])) as version,
            unnest(cast($10 as text[])) as tenant, unnest(cast($11 as text[])) as stream,
            unnest(cast($12 as text[])) as event_id, unnest(cast($13 as text[])) as type,
            unnest(cast($14 as smallint[])) as schema_version,
            unnest(cast($15 as timestamptz[])) as effective_at,
            unnest(cast($16 as text[])) as principal, unnest(cast($17 as text[])) as causation,
            unnest(cast($18 as text[])) as correlation, unnest(cast($19 as text[])) as subject,
            unnest(cast($20 as bytea[])) as payload, unnest(cast($21 as bytea[])) as sealed
    ) as e
)";
const TAIL: &str = "
select shard, base
from head";

/// What a batch may have beside events. A key that exists is an error everywhere but for subjects,
/// because then another node decided on the same history.
const BESIDE: [&str; 5] = [
    ", begun as (
    insert into log.streams (hash, first)
    select b.hash, parts.base[b.part] + b.start
    from parts
    cross join (
        select unnest(cast($3 as bytea[])) as hash, unnest(cast($4 as smallint[])) as part,
            unnest(cast($5 as bigint[])) as start
    ) as b
)",
    ", keyed as (
    insert into log.append_keys (tenant, key, request_hash, first_pos, last_pos)
    select k.tenant, k.key, k.request_hash, parts.base[k.part] + k.first,
        parts.base[k.part] + k.last
    from unnest(cast($22 as smallint[]), cast($23 as text[]), cast($24 as text[]),
        cast($25 as bytea[]), cast($26 as bigint[]), cast($27 as bigint[]))
        as k (part, tenant, key, request_hash, first, last)
    cross join parts
)",
    ", blobs as (
    insert into log.blobs (id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned,
        attached)
    select unnest(cast($28 as text[])), unnest(cast($29 as integer[])),
        unnest(cast($30 as text[])), unnest(cast($31 as bytea[])), unnest(cast($32 as bytea[])),
        unnest(cast($33 as bytea[])), unnest(cast($34 as timestamptz[])),
        unnest(cast($35 as boolean[])), unnest(cast($36 as boolean[]))
)",
    ", attached as (
    update log.blobs as b
    set attached = true
    from unnest(cast($37 as text[])) as a (id)
    where b.id = a.id
)",
    ", subjects as (
    insert into log.subject_keys (tenant, subject, key_id)
    select s.tenant, s.subject, s.key_id
    from unnest(cast($38 as text[]), cast($39 as text[]), cast($40 as bytea[]))
        as s (tenant, subject, key_id)
    where (select count(*) from head) > 0
    on conflict do nothing
)",
];

/// The statement for each selection from `BESIDE` (bit n: the n-th of them). The parameters are the
/// same in all; what a batch does not have need not be set up.
static WRITE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let beside = |selection: usize| {
        BESIDE
            .iter()
            .enumerate()
            .filter(move |(n, _)| selection & (1 << n) != 0)
            .map(|(_, sql)| *sql)
    };
    let statement = |selection| {
        let parts = [HEAD, ADDED].into_iter().chain(beside(selection)).chain([TAIL]);
        parts.collect::<String>()
    };
    (0..1 << BESIDE.len()).map(statement).collect()
});

/// The one for this batch.
fn statement(batch: &Batch) -> &'static str {
    let has = [
        batch.parts.iter().any(|part| !part.begun.is_empty()),
        batch.parts.iter().any(|part| !part.keys.is_empty()),
        !batch.blobs.is_empty(),
        !batch.attach.is_empty(),
        !batch.subject_keys.is_empty(),
    ];
    let selection = has.iter().enumerate().fold(0, |all, (n, has)| all | usize::from(*has) << n);
    &WRITE[selection]
}

/// The last one has everything.
#[cfg(test)]
pub(super) fn statements() -> impl Iterator<Item = &'static str> {
    WRITE.last().map(String::as_str).into_iter()
}

impl Postgres {
    pub(super) async fn write_batch(&self, batch: &Batch) -> Result<Bases, BatchError> {
        let pool = if batch.careful { &self.calm } else { &self.write };
        let mut connection = pool.acquire().await.map_err(batch_error)?;
        if batch.era != self.era() {
            return Err(BatchError::Raced);
        }
        match run(&mut connection, batch).await {
            Ok(bases) => Ok(bases),
            Err(error) if connection_broke(&error) => Err(BatchError::Broke(unavailable(error))),
            Err(error) => Err(batch_error(error)),
        }
    }
}

/// Positive: the stream's number. Zero or less: it begins that many rows into the part.
fn number(number: StreamNumber) -> i64 {
    match number {
        StreamNumber::Known(first) => first.cast_signed(),
        StreamNumber::BeginsAt(offset) => -i64::from(offset),
    }
}

/// One item of a part, with the number of that part, from 1.
fn of_parts<'a, T: 'a>(
    batch: &'a Batch,
    items: impl Fn(&'a Part) -> &'a [T] + Clone,
) -> impl Iterator<Item = (i16, &'a T)> + Clone {
    let numbered = (1..).zip(&batch.parts);
    numbered.flat_map(move |(number, part)| items(part).iter().map(move |item| (number, item)))
}

async fn run(connection: &mut PgConnection, batch: &Batch) -> sqlx::Result<Bases> {
    let parts = || batch.parts.iter();
    let begun = || of_parts(batch, |part| &part.begun);
    let rows = || of_parts(batch, |part| &part.rows);
    let datas = || rows().map(|(_, row)| &*row.data);
    let offsets = parts().flat_map(|part| 0..part.rows.len() as i64);
    let keys = || of_parts(batch, |part| &part.keys);
    let blobs = || batch.blobs.iter();
    let written = sqlx::query(AssertSqlSafe(statement(batch)))
        .bind(parts().map(|part| part.shard.cast_signed()).bind_iter())
        .bind(parts().map(|part| part.rows.len() as i64).bind_iter())
        .bind(begun().map(|(_, begun)| &begun.0[..]).bind_iter())
        .bind(begun().map(|(part, _)| part).bind_iter())
        .bind(begun().map(|(_, begun)| i64::from(begun.1)).bind_iter())
        .bind(rows().map(|(part, _)| part).bind_iter())
        .bind(offsets.bind_iter())
        .bind(rows().map(|(_, row)| number(row.number)).bind_iter())
        .bind(rows().map(|(_, row)| row.version.cast_signed()).bind_iter())
        .bind(datas().map(|data| &*data.tenant).bind_iter())
        .bind(datas().map(|data| &*data.stream).bind_iter())
        .bind(datas().map(|data| &*data.event_id).bind_iter())
        .bind(datas().map(|data| &*data.kind).bind_iter())
        .bind(datas().map(|data| data.schema_version.cast_signed()).bind_iter())
        .bind(datas().map(|data| data.effective_at).bind_iter())
        .bind(datas().map(|data| &*data.principal).bind_iter())
        .bind(datas().map(|data| data.causation.as_deref()).bind_iter())
        .bind(datas().map(|data| data.correlation.as_deref()).bind_iter())
        .bind(datas().map(|data| data.subject.as_deref()).bind_iter())
        .bind(datas().map(|data| data.payload.as_slice()).bind_iter())
        .bind(datas().map(|data| data.sealed.as_deref()).bind_iter())
        .bind(keys().map(|(part, _)| part).bind_iter())
        .bind(keys().map(|(_, key)| &*key.0).bind_iter())
        .bind(keys().map(|(_, key)| key.1.as_str()).bind_iter())
        .bind(keys().map(|(_, key)| key.2.as_slice()).bind_iter())
        .bind(keys().map(|(_, key)| i64::from(key.3)).bind_iter())
        .bind(keys().map(|(_, key)| i64::from(key.4)).bind_iter())
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
        .bind(batch.recorded_at)
        .fetch_all(connection)
        .await?;
    let mut bases = Vec::with_capacity(written.len());
    for row in &written {
        bases.push((row.try_get::<i16, _>(0)?, unsigned(row, 1)?));
    }
    bases.sort_unstable();
    Ok(bases.into_iter().map(|(_, base)| base).collect())
}
