//! Tenants' places, tokens, refused deliveries and counters.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::errors::{exists, unavailable};
use super::{Postgres, unsigned};
use crate::backend::State;
use crate::types::StoreError;
use crate::work::{Refused, TenantRow, TokenRow};

const ADD_TENANT: &str = "
insert into log.tenants (id, slug, shard)
values (cast($1 as text), cast($2 as text), cast($3 as smallint))
on conflict (id) do nothing";

const TENANTS: &str = "
select id, slug, shard
from log.tenants
order by id";

const ADD_TOKEN: &str = "
insert into log.tokens (id, tenant, name, hash, scopes, created_at, expires_at, revoked_at,
    created_by)
values (cast($1 as text), cast($2 as text), cast($3 as text), cast($4 as bytea), cast($5 as text),
    cast($6 as timestamptz), cast($7 as timestamptz), cast($8 as timestamptz),
    cast($9 as text))";

const TOKEN: &str = "
select id, tenant, name, hash, scopes, created_at, expires_at, revoked_at, used_at, created_by
from log.tokens
where hash = cast($1 as bytea)";

const TOKENS: &str = "
select id, tenant, name, hash, scopes, created_at, expires_at, revoked_at, used_at, created_by
from log.tokens
where cast($1 as text) is null or tenant = cast($1 as text)
order by id
limit 1000";

const REVOKE: &str = "
update log.tokens
set revoked_at = cast($2 as timestamptz)
where id = cast($1 as text) and revoked_at is null";

const USE_TOKEN: &str = "
update log.tokens
set used_at = cast($2 as timestamptz)
where id = cast($1 as text)";

const REFUSE: &str = "
with added as (
    insert into log.refused_deliveries (at, tenant, provider, status, reason, body_sha256, headers)
    values (cast($1 as timestamptz), cast($2 as text), cast($3 as text), cast($4 as smallint),
        cast($5 as text), cast($6 as text), cast($7 as text))
    returning id
)
delete from log.refused_deliveries
where id <= (select id - 10000 from added)";

const REFUSED: &str = "
select at, tenant, provider, status, reason, body_sha256, headers
from log.refused_deliveries
where tenant = cast($1 as text)
order by id desc
limit cast($2 as bigint)";

const COUNT_DUPLICATE: &str = "
insert into log.duplicate_deliveries as d (tenant, receipt, count, last_at)
values (cast($1 as text), cast($2 as text), 1, cast($3 as timestamptz))
on conflict (tenant, receipt) do update
set count = d.count + 1,
    last_at = excluded.last_at";

const DUPLICATES: &str = "
select receipt, count
from log.duplicate_deliveries
where tenant = cast($1 as text) and receipt = any(cast($2 as text[]))";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    ADD_TENANT,
    TENANTS,
    ADD_TOKEN,
    TOKEN,
    TOKENS,
    REVOKE,
    USE_TOKEN,
    REFUSE,
    REFUSED,
    COUNT_DUPLICATE,
    DUPLICATES,
];

fn tenant(row: &PgRow) -> sqlx::Result<TenantRow> {
    Ok(TenantRow {
        id: row.try_get::<&str, _>(0)?.into(),
        slug: row.try_get(1)?,
        shard: row.try_get::<i16, _>(2)?.cast_unsigned(),
    })
}

fn token(row: &PgRow) -> sqlx::Result<TokenRow> {
    Ok(TokenRow {
        id: row.try_get(0)?,
        tenant: row.try_get(1)?,
        name: row.try_get(2)?,
        hash: row.try_get(3)?,
        scopes: row.try_get::<&str, _>(4)?.split_whitespace().map(str::to_owned).collect(),
        created_at: row.try_get(5)?,
        expires_at: row.try_get(6)?,
        revoked_at: row.try_get(7)?,
        used_at: row.try_get(8)?,
        created_by: row.try_get(9)?,
    })
}

fn refused(row: &PgRow) -> sqlx::Result<Refused> {
    let headers = serde_json::from_str(row.try_get(6)?);
    Ok(Refused {
        at: row.try_get(0)?,
        tenant: row.try_get(1)?,
        provider: row.try_get(2)?,
        status: row.try_get::<i16, _>(3)?.cast_unsigned(),
        reason: row.try_get(4)?,
        body_sha256: row.try_get(5)?,
        headers: headers.map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}

#[async_trait]
impl State for Postgres {
    async fn add_tenant(&self, tenant: &TenantRow) -> Result<(), StoreError> {
        sqlx::query(ADD_TENANT)
            .bind(&*tenant.id)
            .bind(&tenant.slug)
            .bind(tenant.shard.cast_signed())
            .execute(&self.calm)
            .await
            .map_err(|error| exists(error, "a tenant with this slug"))?;
        Ok(())
    }

    async fn tenants(&self) -> Result<Vec<TenantRow>, StoreError> {
        let rows = sqlx::query(TENANTS).fetch_all(&self.calm).await.map_err(unavailable)?;
        rows.iter().map(tenant).collect::<sqlx::Result<_>>().map_err(unavailable)
    }

    async fn add_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        sqlx::query(ADD_TOKEN)
            .bind(&token.id)
            .bind(&token.tenant)
            .bind(&token.name)
            .bind(&token.hash)
            .bind(token.scopes.join(" "))
            .bind(token.created_at)
            .bind(token.expires_at)
            .bind(token.revoked_at)
            .bind(&token.created_by)
            .execute(&self.calm)
            .await
            .map_err(|error| exists(error, "this token"))?;
        Ok(())
    }

    async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
        let query = |pool| async move { sqlx::query(TOKEN).bind(hash).fetch_optional(&pool).await };
        self.read(query).await?.as_ref().map(token).transpose().map_err(unavailable)
    }

    async fn tokens(&self, tenant: Option<&str>) -> Result<Vec<TokenRow>, StoreError> {
        let query = sqlx::query(TOKENS).bind(tenant);
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        rows.iter().map(token).collect::<sqlx::Result<_>>().map_err(unavailable)
    }

    async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let query = sqlx::query(REVOKE).bind(id).bind(at);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn use_token(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let query = sqlx::query(USE_TOKEN).bind(id).bind(at);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn refuse(&self, refused: &Refused) -> Result<(), StoreError> {
        let headers = serde_json::to_string(&refused.headers).map_err(StoreError::unavailable)?;
        sqlx::query(REFUSE)
            .bind(refused.at)
            .bind(&refused.tenant)
            .bind(&refused.provider)
            .bind(refused.status.cast_signed())
            .bind(&refused.reason)
            .bind(&refused.body_sha256)
            .bind(headers)
            .execute(&self.calm)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn refused(&self, tenant: &str, limit: u32) -> Result<Vec<Refused>, StoreError> {
        let query = sqlx::query(REFUSED).bind(tenant).bind(i64::from(limit));
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        rows.iter().map(refused).collect::<sqlx::Result<_>>().map_err(unavailable)
    }

    async fn count_duplicate(
        &self,
        tenant: &str,
        receipt: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(COUNT_DUPLICATE).bind(tenant).bind(receipt).bind(at);
        query.execute(&self.calm).await.map_err(unavailable)?;
        Ok(())
    }

    async fn duplicates(
        &self,
        tenant: &str,
        receipts: &[String],
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let query = sqlx::query(DUPLICATES).bind(tenant).bind(receipts);
        let rows = query.fetch_all(&self.calm).await.map_err(unavailable)?;
        let counted = |row: &PgRow| Ok((row.try_get(0)?, unsigned(row, 1)?));
        rows.iter().map(counted).collect::<sqlx::Result<_>>().map_err(unavailable)
    }
}
