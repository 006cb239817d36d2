//! Values with a short life in `log.db`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Sqlite, micros, unavailable};
use crate::backend::{Entries, EntryKey};
use crate::types::StoreError;

const PUT: &str = "insert into entries (tenant, kind, key, sealed, expires_at) \
     values (?1, ?2, ?3, ?4, ?5) on conflict (tenant, kind, key) \
     do update set sealed = excluded.sealed, expires_at = excluded.expires_at \
     where ?6 or expires_at <= ?7";
const GET: &str = "select sealed from entries \
     where tenant = ? and kind = ? and key = ? and expires_at > ?";
const DROP: &str = "delete from entries where tenant = ? and kind = ? and key = ?";
const DROP_ALL: &str = "delete from entries where tenant = ?";
const SWEEP: &str = "delete from entries where expires_at <= ?";

#[async_trait]
impl Entries for Sqlite {
    async fn put_entry(
        &self,
        at: EntryKey<'_>,
        sealed: &[u8],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
        replace: bool,
    ) -> Result<bool, StoreError> {
        let mut log = self.log.lock().await;
        let done = sqlx::query(PUT)
            .bind(at.tenant)
            .bind(at.kind)
            .bind(at.key)
            .bind(sealed)
            .bind(micros(expires_at))
            .bind(replace)
            .bind(micros(now))
            .execute(&mut *log)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected() > 0)
    }

    async fn entry(
        &self,
        at: EntryKey<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar(GET).bind(at.tenant).bind(at.kind).bind(at.key);
        query.bind(micros(now)).fetch_optional(&self.read).await.map_err(unavailable)
    }

    async fn drop_entry(&self, at: EntryKey<'_>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(DROP).bind(at.tenant).bind(at.kind).bind(at.key);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn drop_entries(&self, tenant: &str) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        sqlx::query(DROP_ALL).bind(tenant).execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_entries(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        sqlx::query(SWEEP).bind(micros(now)).execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }
}
