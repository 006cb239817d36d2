//! Reading the log, and finding out where a batch would go.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::{PgBindIterExt, PgRow};

use super::{Postgres, SHARDS, unsigned};
use crate::backend::{Bases, Batch, BatchError, Head, Log, StreamHash, UsedKey};
use crate::types::{Position, Shard, StoreError, Stored, Version};

/// Answers in the order asked would need a sort; `n` says which question a row answers.
const STREAMS: &str = "
select asked.n, s.first, last.version
from unnest(cast($1 as bytea[]), cast($2 as smallint[])) with ordinality
    as asked (hash, shard, n)
join log.streams as s on s.hash = asked.hash
cross join lateral (
    select e.version
    from log.events as e
    where e.shard = asked.shard and e.stream_no = s.first
    order by e.version desc
    limit 1
) as last";

const KEYS: &str = "
select asked.n, k.first_pos, k.last_pos, k.request_hash
from unnest(cast($1 as text[]), cast($2 as text[])) with ordinality as asked (tenant, key, n)
join log.append_keys as k on k.tenant = asked.tenant and k.key = asked.key";

const SHARD: &str = "
select pos, version, tenant, stream, event_id, type, schema_version, recorded_at, effective_at,
    principal, causation, correlation, subject, payload, sealed
from log.events
where shard = cast($1 as smallint) and pos > cast($2 as bigint)
order by pos
limit cast($3 as bigint)";

const STREAM: &str = "
select pos, version, tenant, stream, event_id, type, schema_version, recorded_at, effective_at,
    principal, causation, correlation, subject, payload, sealed
from log.events
where shard = cast($1 as smallint)
  and stream_no = (select first from log.streams where hash = cast($2 as bytea))
  and version > cast($3 as bigint)
order by version";

const HEAD: &str = "
select pos
from log.heads
where shard = cast($1 as smallint)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[STREAMS, KEYS, SHARD, STREAM, HEAD];

#[async_trait]
impl Log for Postgres {
    fn shards(&self) -> u16 {
        SHARDS
    }

    fn era(&self) -> u64 {
        self.era.load(Ordering::SeqCst)
    }

    async fn look(
        &self,
        streams: &[(Shard, StreamHash)],
        keys: &[(Arc<str>, String)],
    ) -> Result<(Vec<Option<Head>>, Vec<Option<UsedKey>>), StoreError> {
        let mut heads = vec![None; streams.len()];
        if !streams.is_empty() {
            let query = |pool| async move {
                let query = sqlx::query(STREAMS)
                    .bind(streams.iter().map(|(_, hash)| &hash[..]).bind_iter())
                    .bind(streams.iter().map(|(shard, _)| shard.cast_signed()).bind_iter());
                query.fetch_all(&pool).await?.iter().map(head).collect::<sqlx::Result<Vec<_>>>()
            };
            for (asked, head) in self.read(query).await? {
                heads[asked] = Some(head);
            }
        }
        let mut used = vec![None; keys.len()];
        if !keys.is_empty() {
            let query = |pool| async move {
                let query = sqlx::query(KEYS)
                    .bind(keys.iter().map(|key| &*key.0).bind_iter())
                    .bind(keys.iter().map(|key| key.1.as_str()).bind_iter());
                query.fetch_all(&pool).await?.iter().map(used_key).collect::<sqlx::Result<Vec<_>>>()
            };
            for (asked, key) in self.read(query).await? {
                used[asked] = Some(key);
            }
        }
        Ok((heads, used))
    }

    async fn write(&self, batch: &Batch) -> Result<Bases, BatchError> {
        self.write_batch(batch).await
    }

    async fn read_shard(
        &self,
        shard: Shard,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let query = |pool| async move {
            let query = sqlx::query(SHARD)
                .bind(shard.cast_signed())
                .bind(after.cast_signed())
                .bind(i64::from(limit));
            stored(shard, &query.fetch_all(&pool).await?)
        };
        self.read(query).await
    }

    async fn read_stream(
        &self,
        shard: Shard,
        hash: StreamHash,
        after: Version,
    ) -> Result<Vec<Stored>, StoreError> {
        let query = |pool| async move {
            let query = sqlx::query(STREAM)
                .bind(shard.cast_signed())
                .bind(&hash[..])
                .bind(after.cast_signed());
            stored(shard, &query.fetch_all(&pool).await?)
        };
        self.read(query).await
    }

    async fn head(&self, shard: Shard) -> Result<Position, StoreError> {
        let query = |pool| async move {
            let row = sqlx::query(HEAD).bind(shard.cast_signed()).fetch_one(&pool).await?;
            unsigned(&row, 0)
        };
        self.read(query).await
    }
}

/// Which question a row answers, from 0.
fn asked(row: &PgRow) -> sqlx::Result<usize> {
    Ok(unsigned(row, 0)? as usize - 1)
}

fn head(row: &PgRow) -> sqlx::Result<(usize, Head)> {
    Ok((asked(row)?, Head { first: unsigned(row, 1)?, version: unsigned(row, 2)? }))
}

fn used_key(row: &PgRow) -> sqlx::Result<(usize, UsedKey)> {
    let (first, last) = (unsigned(row, 1)?, unsigned(row, 2)?);
    Ok((asked(row)?, UsedKey { request_hash: row.try_get(3)?, first, last }))
}

/// Texts that repeat from row to row, once.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let shared: Arc<str> = text.into();
        self.0.insert(shared.clone());
        shared
    }
}

fn stored(shard: Shard, rows: &[PgRow]) -> sqlx::Result<Vec<Stored>> {
    let mut texts = Texts::default();
    rows.iter()
        .map(|row| {
            Ok(Stored {
                shard,
                position: unsigned(row, 0)?,
                version: unsigned(row, 1)?,
                tenant: texts.share(row.try_get(2)?),
                stream: row.try_get::<&str, _>(3)?.into(),
                event_id: row.try_get(4)?,
                kind: texts.share(row.try_get(5)?),
                schema_version: row.try_get::<i16, _>(6)?.cast_unsigned(),
                recorded_at: row.try_get(7)?,
                effective_at: row.try_get(8)?,
                principal: texts.share(row.try_get(9)?),
                causation: row.try_get::<Option<&str>, _>(10)?.map(Into::into),
                correlation: row.try_get::<Option<&str>, _>(11)?.map(Into::into),
                subject: row.try_get::<Option<&str>, _>(12)?.map(Into::into),
                payload: row.try_get(13)?,
                sealed: row.try_get(14)?,
                personal: None,
            })
        })
        .collect()
}
