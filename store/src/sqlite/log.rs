//! Events, streams and idempotency keys in `log.db`.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Sqlite, instant, unavailable};
use crate::backend::{Bases, Batch, BatchError, Head, Log, StreamHash, UsedKey};
use crate::types::{Position, Shard, StoreError, Stored, Version};

pub(super) const HEAD: &str = "select pos, recorded_at from heads where shard = 0";
const FIND_KEY: &str = "select request_hash, first_pos, last_pos from append_keys \
                        where tenant = ? and key = ?";
const READ_SHARD: &str = "select pos, version, tenant, stream, event_id, type, schema_version, \
     recorded_at, effective_at, principal, causation, correlation, subject, payload, sealed \
     from events where pos > ? order by pos limit ?";
const READ_AT: &str = "select e.pos, e.version, e.tenant, e.stream, e.event_id, e.type, \
     e.schema_version, e.recorded_at, e.effective_at, e.principal, e.causation, e.correlation, \
     e.subject, e.payload, e.sealed \
     from json_each(?) as asked cross join events as e on e.pos = asked.value order by e.pos";

#[async_trait]
impl Log for Sqlite {
    fn shards(&self) -> u16 {
        1
    }

    async fn look(
        &self,
        streams: &[(Shard, StreamHash)],
        keys: &[(Arc<str>, String)],
    ) -> Result<(Vec<Option<Head>>, Vec<Option<UsedKey>>), StoreError> {
        let heads = self.index.heads(streams.iter().map(|(_, hash)| hash)).await?;
        let mut used = Vec::with_capacity(keys.len());
        for (tenant, key) in keys {
            let row = sqlx::query(FIND_KEY)
                .bind(&**tenant)
                .bind(key)
                .fetch_optional(&self.read)
                .await
                .map_err(unavailable)?;
            used.push(row.map(|row| UsedKey {
                request_hash: row.get(0),
                first: unsigned(&row, 1),
                last: unsigned(&row, 2),
            }));
        }
        Ok((heads, used))
    }

    /// One process has the directory: nobody else ever writes.
    fn era(&self) -> u64 {
        0
    }

    async fn write(&self, batch: &Batch) -> Result<Bases, BatchError> {
        let Some(part) = batch.parts.first() else { return Ok(vec![]) };
        let mut log = self.log.lock().await;
        self.write_part(&mut log, batch, part).await.map(|base| vec![base])
    }

    async fn read_shard(
        &self,
        _shard: Shard,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let rows = sqlx::query(READ_SHARD)
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.read)
            .await
            .map_err(unavailable)?;
        Ok(stored(rows))
    }

    async fn read_stream(
        &self,
        _shard: Shard,
        hash: StreamHash,
        after: Version,
    ) -> Result<Vec<Stored>, StoreError> {
        let positions = self.index.positions(&hash, after).await?;
        if positions.is_empty() {
            return Ok(vec![]);
        }
        let asked = serde_json::Value::from(positions).to_string();
        let rows =
            sqlx::query(READ_AT).bind(asked).fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(stored(rows))
    }

    async fn head(&self, _shard: Shard) -> Result<Position, StoreError> {
        let row = sqlx::query(HEAD).fetch_one(&self.read).await.map_err(unavailable)?;
        Ok(unsigned(&row, 0))
    }
}

pub(super) fn unsigned(row: &SqliteRow, column: usize) -> u64 {
    row.get::<i64, _>(column).cast_unsigned()
}

/// Rows as events. Texts that repeat from row to row are shared.
fn stored(rows: Vec<SqliteRow>) -> Vec<Stored> {
    let mut texts: HashMap<String, Arc<str>> = HashMap::new();
    let mut share = move |text: &str| match texts.get(text) {
        Some(known) => known.clone(),
        None => {
            let shared: Arc<str> = text.into();
            texts.insert(text.to_owned(), shared.clone());
            shared
        }
    };
    rows.iter()
        .map(|row| Stored {
            shard: 0,
            position: unsigned(row, 0),
            version: unsigned(row, 1),
            tenant: share(row.get(2)),
            stream: row.get::<&str, _>(3).into(),
            event_id: row.get(4),
            kind: share(row.get(5)),
            schema_version: row.get(6),
            recorded_at: instant(row.get(7)),
            effective_at: row.get::<Option<i64>, _>(8).map(instant),
            principal: share(row.get(9)),
            causation: row.get::<Option<&str>, _>(10).map(&mut share),
            correlation: row.get::<Option<&str>, _>(11).map(&mut share),
            subject: row.get::<Option<&str>, _>(12).map(Into::into),
            payload: row.get(13),
            sealed: row.get(14),
            personal: None,
        })
        .collect()
}
