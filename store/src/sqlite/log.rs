//! Events, streams and idempotency keys in `log.db`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use chrono::Utc;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use super::bulk::Bulk;
use super::{Sqlite, instant, micros, unavailable};
use crate::backend::{
    Batch, BatchError, BatchWritten, Head, Log, StreamHash, StreamNumber, UsedKey,
};
use crate::types::{Position, Shard, StoreError, Stored, Version};

static EVENTS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "insert into events (pos, stream_no, version, tenant, stream, event_id, type, \
         schema_version, recorded_at, effective_at, principal, causation, correlation, subject, \
         payload, sealed)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
    )
});
static BEGUN: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("insert into streams (hash, first, version)", "(?, ?, ?)", ""));
static MOVED: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "insert into streams (hash, first, version)",
        "(?, 0, ?)",
        "on conflict (hash) do update set version = excluded.version",
    )
});
static LOOK: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list("select hash, first, version from streams where hash in ({})")
});
static SUBJECT_KEYS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("insert or ignore into subject_keys (tenant, subject, key_id)", "(?, ?, ?)", "")
});
const HEAD: &str = "select pos, recorded_at from heads where shard = 0";
const MOVE_HEAD: &str = "update heads set pos = ?, recorded_at = ? where shard = 0";
const ADD_KEY: &str = "insert into append_keys (tenant, key, request_hash, first_pos, last_pos) \
                       values (?, ?, ?, ?, ?)";
const FIND_KEY: &str = "select request_hash, first_pos, last_pos from append_keys \
                        where tenant = ? and key = ?";
const READ_SHARD: &str = "select pos, version, tenant, stream, event_id, type, schema_version, \
     recorded_at, effective_at, principal, causation, correlation, subject, payload, sealed \
     from events where pos > ? order by pos limit ?";
const READ_STREAM: &str = "select pos, version, tenant, stream, event_id, type, schema_version, \
     recorded_at, effective_at, principal, causation, correlation, subject, payload, sealed \
     from events where stream_no = (select first from streams where hash = ?) and version > ? \
     order by version";

#[async_trait]
impl Log for Sqlite {
    fn shards(&self) -> u16 {
        1
    }

    async fn look(
        &self,
        _shard: Shard,
        streams: &[StreamHash],
        keys: &[(Arc<str>, String)],
    ) -> Result<(Vec<Option<Head>>, Vec<Option<UsedKey>>), StoreError> {
        let mut log = self.log.lock().await;
        let mut heads: HashMap<Vec<u8>, Head> = HashMap::with_capacity(streams.len());
        for (sql, run) in LOOK.runs(streams) {
            let mut query = sqlx::query(sql);
            for hash in run {
                query = query.bind(hash.to_vec());
            }
            for row in query.fetch_all(&mut *log).await.map_err(unavailable)? {
                let head = Head { first: unsigned(&row, 1), version: unsigned(&row, 2) };
                heads.insert(row.get(0), head);
            }
        }
        let mut used = Vec::with_capacity(keys.len());
        for (tenant, key) in keys {
            let row = sqlx::query(FIND_KEY)
                .bind(&**tenant)
                .bind(key)
                .fetch_optional(&mut *log)
                .await
                .map_err(unavailable)?;
            used.push(row.map(|row| UsedKey {
                request_hash: row.get(0),
                first: unsigned(&row, 1),
                last: unsigned(&row, 2),
            }));
        }
        Ok((streams.iter().map(|hash| heads.get(&hash[..]).copied()).collect(), used))
    }

    async fn write(&self, _shard: Shard, batch: &Batch) -> Result<BatchWritten, BatchError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin_with("begin immediate").await.map_err(refused)?;
        let head = sqlx::query(HEAD).fetch_one(&mut *step).await.map_err(refused)?;
        let base = unsigned(&head, 0) + 1;
        let at = micros(Utc::now()).max(head.get(1));
        let last = base + batch.rows.len() as u64 - 1;
        write_events(&mut step, batch, base, at).await.map_err(refused)?;
        write_streams(&mut step, batch, base).await.map_err(refused)?;
        self.write_blobs(&mut step, batch).await.map_err(refused)?;
        sqlx::query(MOVE_HEAD)
            .bind(last.cast_signed())
            .bind(at)
            .execute(&mut *step)
            .await
            .map_err(refused)?;
        step.commit().await.map_err(refused)?;
        Ok(BatchWritten { base, recorded_at: instant(at) })
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
        let rows = sqlx::query(READ_STREAM)
            .bind(hash.to_vec())
            .bind(after.cast_signed())
            .fetch_all(&self.read)
            .await
            .map_err(unavailable)?;
        Ok(stored(rows))
    }

    async fn head(&self, _shard: Shard) -> Result<Position, StoreError> {
        let row = sqlx::query(HEAD).fetch_one(&self.read).await.map_err(unavailable)?;
        Ok(unsigned(&row, 0))
    }
}

async fn write_events(
    step: &mut SqliteConnection,
    batch: &Batch,
    base: Position,
    at: i64,
) -> sqlx::Result<()> {
    let mut position = base.cast_signed();
    for (sql, run) in EVENTS.runs(&batch.rows) {
        let mut query = sqlx::query(sql);
        for row in run {
            let number = match row.number {
                StreamNumber::Known(first) => first,
                StreamNumber::BeginsAt(offset) => base + u64::from(offset),
            };
            query = query
                .bind(position)
                .bind(number.cast_signed())
                .bind(row.version.cast_signed())
                .bind(row.tenant.to_string())
                .bind(row.stream.to_string())
                .bind(row.event_id.clone())
                .bind(row.kind.clone())
                .bind(row.schema_version)
                .bind(at)
                .bind(row.effective_at.map(micros))
                .bind(row.principal.to_string())
                .bind(row.causation.as_deref().map(str::to_owned))
                .bind(row.correlation.as_deref().map(str::to_owned))
                .bind(row.subject.clone())
                .bind(row.payload.clone())
                .bind(row.sealed.clone());
            position += 1;
        }
        query.execute(&mut *step).await?;
    }
    Ok(())
}

async fn write_streams(
    step: &mut SqliteConnection,
    batch: &Batch,
    base: Position,
) -> sqlx::Result<()> {
    for (sql, run) in BEGUN.runs(&batch.begun) {
        let mut query = sqlx::query(sql);
        for (hash, offset, version) in run {
            let first = base + u64::from(*offset);
            query = query.bind(hash.to_vec()).bind(first.cast_signed()).bind(version.cast_signed());
        }
        query.execute(&mut *step).await?;
    }
    for (sql, run) in MOVED.runs(&batch.moved) {
        let mut query = sqlx::query(sql);
        for (hash, version) in run {
            query = query.bind(hash.to_vec()).bind(version.cast_signed());
        }
        query.execute(&mut *step).await?;
    }
    for (tenant, key, request_hash, first, last) in &batch.keys {
        sqlx::query(ADD_KEY)
            .bind(tenant.to_string())
            .bind(key.clone())
            .bind(request_hash.clone())
            .bind((base + u64::from(*first)).cast_signed())
            .bind((base + u64::from(*last)).cast_signed())
            .execute(&mut *step)
            .await?;
    }
    for (sql, run) in SUBJECT_KEYS.runs(&batch.subject_keys) {
        let mut query = sqlx::query(sql);
        for (tenant, subject, key) in run {
            query = query.bind(tenant.to_string()).bind(subject.clone()).bind(key.to_vec());
        }
        query.execute(&mut *step).await?;
    }
    Ok(())
}

/// Unique violations can't come from another process here; they would be a broken invariant and
/// are decided anew like everywhere else.
fn refused(error: sqlx::Error) -> BatchError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => BatchError::Raced,
        Some(_) | None => BatchError::Store(unavailable(error)),
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
