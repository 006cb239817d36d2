//! Values with a short life.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Postgres;
use super::errors::unavailable;
use crate::backend::{Entries, EntryKey};
use crate::types::StoreError;

const PUT: &str = "
insert into log.entries as e (tenant, kind, key, sealed, expires_at)
values (cast($1 as text), cast($2 as text), cast($3 as text), cast($4 as bytea),
    cast($5 as timestamptz))
on conflict (tenant, kind, key) do update
set sealed = excluded.sealed,
    expires_at = excluded.expires_at
where cast($6 as boolean) or e.expires_at <= cast($7 as timestamptz)";

const GET: &str = "
select sealed
from log.entries
where tenant = cast($1 as text) and kind = cast($2 as text) and key = cast($3 as text)
    and expires_at > cast($4 as timestamptz)";

const DROP: &str = "
delete from log.entries
where tenant = cast($1 as text) and kind = cast($2 as text) and key = cast($3 as text)";

const DROP_ALL: &str = "
delete from log.entries
where tenant = cast($1 as text)";

const SWEEP: &str = "
delete from log.entries
where expires_at <= cast($1 as timestamptz)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, GET, DROP, DROP_ALL, SWEEP];

#[async_trait]
impl Entries for Postgres {
    async fn put_entry(
        &self,
        at: EntryKey<'_>,
        sealed: &[u8],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
        replace: bool,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(PUT)
            .bind(at.tenant)
            .bind(at.kind)
            .bind(at.key)
            .bind(sealed)
            .bind(expires_at)
            .bind(replace)
            .bind(now)
            .execute(&self.calm)
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
        query.bind(now).fetch_optional(&self.calm).await.map_err(unavailable)
    }

    async fn drop_entry(&self, at: EntryKey<'_>) -> Result<(), StoreError> {
        let query = sqlx::query(DROP).bind(at.tenant).bind(at.kind).bind(at.key);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn drop_entries(&self, tenant: &str) -> Result<(), StoreError> {
        sqlx::query(DROP_ALL).bind(tenant).execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_entries(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query(SWEEP).bind(now).execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }
}
