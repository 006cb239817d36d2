//! Keys and the vault, in the schema `keys`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgBindIterExt;

use super::Postgres;
use super::errors::unavailable;
use crate::backend::Keys;
use crate::sealing::{KeyId, KeyPage};
use crate::types::StoreError;

/// The no-op update makes it return the row that was there.
const TENANT_KEY: &str = "
insert into keys.tenant_keys as k (tenant, wrapped)
values (cast($1 as text), cast($2 as bytea))
on conflict (tenant) do update set tenant = k.tenant
returning wrapped";

const ADD: &str = "
insert into keys.pages (id, tenant, salts)
select fresh.id, cast($1 as text), fresh.salts
from unnest(cast($2 as bytea[]), cast($3 as bytea[])) as fresh (id, salts)";

const LOAD: &str = "
select p.id, p.salts
from unnest(cast($1 as bytea[])) as asked (id)
join keys.pages as p on p.id = asked.id";

/// Two nodes may have given a subject a key each; everybody takes the older one.
const SUBJECTS: &str = "
select asked.subject, first.key_id
from unnest(cast($2 as text[])) as asked (subject)
cross join lateral (
    select k.key_id
    from log.subject_keys as k
    where k.tenant = cast($1 as text) and k.subject = asked.subject
    order by k.key_id
    limit 1
) as first";

const ERASED: &str = "
select e.subject
from unnest(cast($2 as text[])) as asked (subject)
join keys.erased_subjects as e on e.tenant = cast($1 as text) and e.subject = asked.subject";

const REMEMBER: &str = "
insert into keys.erased_subjects (tenant, subject, at)
values (cast($1 as text), cast($2 as text), cast($3 as timestamptz))
on conflict do nothing";

/// Tags have 16 bytes each; a match across two of them would be a hash collision.
const DESTROY: &str = "
with done as (
    update keys.erased_subjects
    set times = times + 1
    where tenant = cast($1 as text) and subject = cast($2 as text)
)
select keys.destroy(array(
    select key_id
    from log.subject_keys
    where tenant = cast($1 as text) and subject = cast($2 as text)
    union all
    select key_id
    from log.blobs
    where tenant = cast($1 as text) and position(cast($3 as bytea) in subject_tags) > 0
))";

const VAULT_PUT: &str = "
insert into keys.vault (tenant, name, sealed)
values (cast($1 as text), cast($2 as text), cast($3 as bytea))
on conflict (tenant, name) do update set sealed = excluded.sealed";

const VAULT_GET: &str = "
select sealed
from keys.vault
where tenant = cast($1 as text) and name = cast($2 as text)";

const VAULT_DESTROY: &str = "
delete from keys.vault
where tenant = cast($1 as text) and name = cast($2 as text)";

/// Goes up when a subject is listed, and again when its keys are gone: what was opened in between is
/// forgotten too.
const ERASURES: &str = "
select cast(coalesce(sum(1 + times), 0) as bigint)
from keys.erased_subjects
where tenant = cast($1 as text)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    ERASURES,
    TENANT_KEY,
    ADD,
    LOAD,
    SUBJECTS,
    ERASED,
    REMEMBER,
    DESTROY,
    VAULT_PUT,
    VAULT_GET,
    VAULT_DESTROY,
];

#[async_trait]
impl Keys for Postgres {
    async fn tenant_key(&self, tenant: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        let query = sqlx::query_scalar(TENANT_KEY).bind(tenant).bind(fresh);
        query.fetch_one(&self.calm).await.map_err(unavailable)
    }

    async fn add_keys(&self, tenant: &str, pages: &[KeyPage]) -> Result<(), StoreError> {
        sqlx::query(ADD)
            .bind(tenant)
            .bind(pages.iter().map(|page| &page.id[..]).bind_iter())
            .bind(pages.iter().map(|page| &page.salts[..]).bind_iter())
            .execute(&self.calm)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn load_keys(&self, pages: &[KeyId]) -> Result<Vec<KeyPage>, StoreError> {
        let query = |pool| async move {
            sqlx::query_as(LOAD)
                .bind(pages.iter().map(|id| &id[..]).bind_iter())
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<(KeyId, _)> = self.read(query).await?;
        Ok(rows.into_iter().map(|(id, salts)| KeyPage { id, salts }).collect())
    }

    async fn subject_keys(
        &self,
        tenant: &str,
        subjects: &[String],
    ) -> Result<Vec<(String, [u8; 16])>, StoreError> {
        let query = |pool| async move {
            sqlx::query_as(SUBJECTS).bind(tenant).bind(subjects).fetch_all(&pool).await
        };
        self.read(query).await
    }

    async fn erasures(&self, tenant: &str) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(ERASURES)
            .bind(tenant)
            .fetch_one(&self.hot)
            .await
            .map_err(unavailable)?;
        Ok(count.cast_unsigned())
    }

    async fn erased(&self, tenant: &str, subjects: &[String]) -> Result<Vec<String>, StoreError> {
        let query = |pool| async move {
            sqlx::query_scalar(ERASED).bind(tenant).bind(subjects).fetch_all(&pool).await
        };
        self.read(query).await
    }

    async fn erase(
        &self,
        tenant: &str,
        subject: &str,
        tag: [u8; 16],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // The list first, on its own: from here on nobody gets a new key for the subject, and what
        // was given out before is seen by the second statement.
        sqlx::query(REMEMBER)
            .bind(tenant)
            .bind(subject)
            .bind(at)
            .execute(&self.calm)
            .await
            .map_err(unavailable)?;
        let query = sqlx::query(DESTROY).bind(tenant).bind(subject).bind(&tag[..]);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn vault_put(&self, tenant: &str, name: &str, sealed: &[u8]) -> Result<(), StoreError> {
        let query = sqlx::query(VAULT_PUT).bind(tenant).bind(name).bind(sealed);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn vault_get(&self, tenant: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar(VAULT_GET).bind(tenant).bind(name);
        query.fetch_optional(&self.calm).await.map_err(unavailable)
    }

    async fn vault_destroy(&self, tenant: &str, name: &str) -> Result<(), StoreError> {
        let query = sqlx::query(VAULT_DESTROY).bind(tenant).bind(name);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }
}
