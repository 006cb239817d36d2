//! Bodies and pages, in `log.blobs`. A blob and its key go in one statement.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::Postgres;
use super::errors::unavailable;
use crate::backend::{BlobRow, Blobs};
use crate::types::StoreError;

const PUT: &str = "
insert into log.blobs (id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned,
    attached)
values (cast($1 as text), cast($2 as integer), cast($3 as text), cast($4 as bytea),
    cast($5 as bytea), cast($6 as bytea), cast($7 as timestamptz), cast($8 as boolean),
    cast($9 as boolean))";

const BLOB: &str = "
select id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned, attached
from log.blobs
where tenant = cast($1 as text) and id = cast($2 as text)
order by chunk";

const CHUNK: &str = "
select id, chunk, tenant, key_id, sealed, subject_tags, expires_at, pinned, attached
from log.blobs
where tenant = cast($1 as text) and id = cast($2 as text) and chunk = cast($3 as integer)";

const TAG: &str = "
update log.blobs
set subject_tags = cast($3 as bytea)
where tenant = cast($1 as text) and id = cast($2 as text) and chunk = 0";

const UNPIN: &str = "
update log.blobs
set pinned = false
where tenant = cast($1 as text) and id = any(cast($2 as text[])) and pinned";

const DROP: &str = "
with gone as (
    delete from log.blobs
    where tenant = cast($1 as text) and id = any(cast($2 as text[]))
    returning key_id
)
select keys.destroy(array(select key_id from gone))";

/// A blob's id tells when it was made.
const SWEEP: &str = "
with old as (
    select id
    from log.blobs
    where not pinned and expires_at < cast($1 as timestamptz)
    union
    select id
    from log.blobs
    where not attached and id < cast($2 as text)
    limit 500
), gone as (
    delete from log.blobs
    where id in (select id from old)
    returning key_id
)
select (select count(*) from old), keys.destroy(array(select key_id from gone))";

/// A key that a slow append recorded for a subject while another node erased it. Pages that have
/// lost theirs are not touched.
const SWEEP_ERASED: &str = "
select keys.destroy(array(
    select s.key_id
    from keys.erased_subjects as e
    join log.subject_keys as s on s.tenant = e.tenant and s.subject = e.subject
    join keys.pages as p on p.id = set_byte(s.key_id, 15, get_byte(s.key_id, 15) & 240)
    where substring(p.salts from (get_byte(s.key_id, 15) & 15) * 32 + 1 for 32)
        <> decode(repeat('00', 32), 'hex')
))";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, BLOB, CHUNK, TAG, UNPIN, DROP, SWEEP, SWEEP_ERASED];

fn blob(row: &PgRow) -> sqlx::Result<BlobRow> {
    Ok(BlobRow {
        id: row.try_get(0)?,
        chunk: row.try_get::<i32, _>(1)?.cast_unsigned(),
        tenant: row.try_get::<&str, _>(2)?.into(),
        key_id: row.try_get(3)?,
        sealed: row.try_get(4)?,
        subject_tags: row.try_get(5)?,
        expires_at: row.try_get(6)?,
        pinned: row.try_get(7)?,
        attached: row.try_get(8)?,
    })
}

#[async_trait]
impl Blobs for Postgres {
    async fn put_chunk(&self, chunk: &BlobRow) -> Result<(), StoreError> {
        sqlx::query(PUT)
            .bind(&chunk.id)
            .bind(chunk.chunk.cast_signed())
            .bind(&*chunk.tenant)
            .bind(&chunk.key_id[..])
            .bind(&chunk.sealed)
            .bind(&chunk.subject_tags)
            .bind(chunk.expires_at)
            .bind(chunk.pinned)
            .bind(chunk.attached)
            .execute(&self.calm)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn blob(&self, tenant: &str, id: &str) -> Result<Vec<BlobRow>, StoreError> {
        let query = sqlx::query(BLOB).bind(tenant).bind(id);
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        rows.iter().map(blob).collect::<sqlx::Result<_>>().map_err(unavailable)
    }

    async fn blob_chunk(
        &self,
        tenant: &str,
        id: &str,
        chunk: u32,
    ) -> Result<Option<BlobRow>, StoreError> {
        let query = sqlx::query(CHUNK).bind(tenant).bind(id).bind(chunk.cast_signed());
        let row = query.fetch_optional(&self.calm).await.map_err(unavailable)?;
        row.as_ref().map(blob).transpose().map_err(unavailable)
    }

    async fn tag(&self, tenant: &str, id: &str, subject_tags: &[u8]) -> Result<(), StoreError> {
        let query = sqlx::query(TAG).bind(tenant).bind(id).bind(subject_tags);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn unpin(&self, tenant: &str, ids: &[String]) -> Result<(), StoreError> {
        let query = sqlx::query(UNPIN).bind(tenant).bind(ids);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn drop_blobs(&self, tenant: &str, ids: &[String]) -> Result<(), StoreError> {
        let query = sqlx::query(DROP).bind(tenant).bind(ids);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        sqlx::query(SWEEP_ERASED).execute(&self.calm).await.map_err(unavailable)?;
        let an_hour_ago = (now - TimeDelta::hours(1)).timestamp_millis().cast_unsigned();
        let oldest = ulid::Ulid::from_parts(an_hour_ago, 0).to_string();
        let mut swept = 0;
        loop {
            let query = sqlx::query_scalar::<_, i64>(SWEEP).bind(now).bind(&oldest);
            let blobs = query.fetch_one(&self.calm).await.map_err(unavailable)?.cast_unsigned();
            swept += blobs;
            if blobs < 500 {
                return Ok(swept);
            }
        }
    }
}
