//! Bodies and pages in `log.db`.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row};

use super::bulk::Bulk;
use super::keys::key_id;
use super::{Sqlite, instant, micros, unavailable};
use crate::backend::{BlobRow, Blobs};
use crate::types::StoreError;

pub(super) static ADD: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "insert or rollback into blobs (id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned, \
         attached)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
    )
});
pub(super) static ATTACH: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::over_list("update blobs set attached = 1 where id in ({})"));
const COLUMNS_BY_ID: &str = "select id, chunk, tenant, key_id, sealed, subject_tags, expires_at, \
     pinned, attached from blobs where tenant = ? and id = ? order by chunk";
const ONE_CHUNK: &str = "select id, chunk, tenant, key_id, sealed, subject_tags, expires_at, \
     pinned, attached from blobs where tenant = ? and id = ? and chunk = ?";
const TAG: &str = "update blobs set subject_tags = ?3 where tenant = ?1 and id = ?2 and chunk = 0";
const UNPIN: &str = "update blobs set pinned = 0 where tenant = ? and id = ?";
const DROP: &str = "delete from blobs where tenant = ? and id = ? returning key_id";
const SWEEP: &str = "delete from blobs where rowid in (select rowid from blobs \
     where (pinned = 0 and expires_at < ?1) or (attached = 0 and id < ?2) limit 500) \
     returning key_id";

/// Binds a chunk; the order is that of `ADD`.
pub(super) fn add(values: &mut SqliteArguments, blob: &BlobRow) -> Result<(), BoxDynError> {
    values.add(blob.id.as_str())?;
    values.add(blob.chunk)?;
    values.add(blob.tenant.clone())?;
    values.add(&blob.key_id[..])?;
    values.add(blob.sealed.as_slice())?;
    values.add(blob.subject_tags.as_slice())?;
    values.add(micros(blob.expires_at))?;
    values.add(blob.pinned)?;
    values.add(blob.attached)
}

fn blob(row: &SqliteRow) -> BlobRow {
    let key: Vec<u8> = row.get(3);
    BlobRow {
        id: row.get(0),
        chunk: row.get(1),
        tenant: row.get::<&str, _>(2).into(),
        key_id: key.try_into().unwrap_or_default(),
        sealed: row.get(4),
        subject_tags: row.get(5),
        expires_at: instant(row.get(6)),
        pinned: row.get(7),
        attached: row.get(8),
    }
}

#[async_trait]
impl Blobs for Sqlite {
    async fn put_chunk(&self, chunk: &BlobRow) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        for (sql, _) in ADD.runs(&[()]) {
            let mut values = SqliteArguments::default();
            add(&mut values, chunk).map_err(StoreError::unavailable)?;
            let query = sqlx::query_with(sql, values);
            query.execute(&mut *log).await.map_err(unavailable)?;
        }
        Ok(())
    }

    async fn blob(&self, tenant: &str, id: &str) -> Result<Vec<BlobRow>, StoreError> {
        let rows = sqlx::query(COLUMNS_BY_ID)
            .bind(tenant)
            .bind(id)
            .fetch_all(&self.read)
            .await
            .map_err(unavailable)?;
        Ok(rows.iter().map(blob).collect())
    }

    async fn blob_chunk(
        &self,
        tenant: &str,
        id: &str,
        chunk: u32,
    ) -> Result<Option<BlobRow>, StoreError> {
        let row = sqlx::query(ONE_CHUNK)
            .bind(tenant)
            .bind(id)
            .bind(chunk)
            .fetch_optional(&self.read)
            .await
            .map_err(unavailable)?;
        Ok(row.as_ref().map(blob))
    }

    async fn tag(&self, tenant: &str, id: &str, subject_tags: &[u8]) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(TAG).bind(tenant).bind(id).bind(subject_tags);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn unpin(&self, tenant: &str, ids: &[String]) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        for id in ids {
            sqlx::query(UNPIN)
                .bind(tenant)
                .bind(id)
                .execute(&mut *step)
                .await
                .map_err(unavailable)?;
        }
        step.commit().await.map_err(unavailable)
    }

    async fn drop_blobs(&self, tenant: &str, ids: &[String]) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        {
            let mut log = self.log.lock().await;
            let mut step = log.begin().await.map_err(unavailable)?;
            for id in ids {
                let rows = sqlx::query_scalar::<_, Vec<u8>>(DROP)
                    .bind(tenant)
                    .bind(id)
                    .fetch_all(&mut *step)
                    .await
                    .map_err(unavailable)?;
                keys.extend(rows.into_iter().map(key_id).collect::<Result<Vec<_>, _>>()?);
            }
            step.commit().await.map_err(unavailable)?;
        }
        self.destroy_keys(&keys).await
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let an_hour_ago = now - chrono::TimeDelta::hours(1);
        let oldest = ulid::Ulid::from_parts(an_hour_ago.timestamp_millis().cast_unsigned(), 0);
        let mut swept = 0;
        loop {
            let rows = {
                let mut log = self.log.lock().await;
                sqlx::query_scalar::<_, Vec<u8>>(SWEEP)
                    .bind(micros(now))
                    .bind(oldest.to_string())
                    .fetch_all(&mut *log)
                    .await
                    .map_err(unavailable)?
            };
            let keys: Result<Vec<_>, _> = rows.into_iter().map(key_id).collect();
            let keys = keys?;
            self.destroy_keys(&keys).await?;
            swept += keys.len() as u64;
            if keys.len() < 500 {
                return Ok(swept);
            }
        }
    }
}
