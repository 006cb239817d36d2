//! Tenants' places, tokens, refused deliveries and counters in `log.db`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::log::unsigned;
use super::{Sqlite, instant, micros, unavailable};
use crate::backend::State;
use crate::types::StoreError;
use crate::work::{Refused, TenantRow, TokenRow};

const ADD_TENANT: &str = "insert into tenants (id, slug, shard) values (?, ?, ?) \
     on conflict (id) do nothing";
const TENANTS: &str = "select id, slug, shard from tenants order by id";
const ADD_TOKEN: &str = "insert into tokens (id, tenant, name, hash, scopes, created_at, \
     expires_at, revoked_at, created_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const TOKEN: &str = "select id, tenant, name, hash, scopes, created_at, expires_at, revoked_at, \
     used_at, created_by from tokens where hash = ?";
const TOKENS: &str = "select id, tenant, name, hash, scopes, created_at, expires_at, revoked_at, \
     used_at, created_by from tokens where (?1 is null or tenant = ?1) order by id limit 1000";
const REVOKE: &str = "update tokens set revoked_at = ? where id = ? and revoked_at is null";
const USE_TOKEN: &str = "update tokens set used_at = ? where id = ?";
const REFUSE: &str = "insert into refused_deliveries (at, tenant, provider, status, reason, \
     body_sha256, headers) values (?, ?, ?, ?, ?, ?, ?)";
const TRIM: &str = "delete from refused_deliveries \
     where id <= (select max(id) - 10000 from refused_deliveries)";
const REFUSED: &str = "select at, tenant, provider, status, reason, body_sha256, headers \
     from refused_deliveries where tenant = ? order by id desc limit ?";
const COUNT: &str = "insert into duplicate_deliveries (tenant, receipt, count, last_at) \
     values (?, ?, 1, ?) on conflict (tenant, receipt) \
     do update set count = count + 1, last_at = excluded.last_at";
const DUPLICATES: &str = "select count from duplicate_deliveries where tenant = ? and receipt = ?";

fn token(row: &SqliteRow) -> TokenRow {
    TokenRow {
        id: row.get(0),
        tenant: row.get(1),
        name: row.get(2),
        hash: row.get(3),
        scopes: row.get::<&str, _>(4).split_whitespace().map(str::to_owned).collect(),
        created_at: instant(row.get(5)),
        expires_at: row.get::<Option<i64>, _>(6).map(instant),
        revoked_at: row.get::<Option<i64>, _>(7).map(instant),
        used_at: row.get::<Option<i64>, _>(8).map(instant),
        created_by: row.get(9),
    }
}

pub(super) fn exists(error: sqlx::Error, what: &'static str) -> StoreError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => StoreError::Exists(what),
        Some(_) | None => unavailable(error),
    }
}

#[async_trait]
impl State for Sqlite {
    async fn add_tenant(&self, tenant: &TenantRow) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        sqlx::query(ADD_TENANT)
            .bind(tenant.id.to_string())
            .bind(&tenant.slug)
            .bind(tenant.shard)
            .execute(&mut *log)
            .await
            .map_err(|error| exists(error, "a tenant with this slug"))?;
        Ok(())
    }

    async fn tenants(&self) -> Result<Vec<TenantRow>, StoreError> {
        let rows = sqlx::query(TENANTS).fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(rows
            .iter()
            .map(|row| TenantRow {
                id: row.get::<&str, _>(0).into(),
                slug: row.get(1),
                shard: row.get(2),
            })
            .collect())
    }

    async fn add_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        sqlx::query(ADD_TOKEN)
            .bind(&token.id)
            .bind(&token.tenant)
            .bind(&token.name)
            .bind(&token.hash)
            .bind(token.scopes.join(" "))
            .bind(micros(token.created_at))
            .bind(token.expires_at.map(micros))
            .bind(token.revoked_at.map(micros))
            .bind(&token.created_by)
            .execute(&mut *log)
            .await
            .map_err(|error| exists(error, "this token"))?;
        Ok(())
    }

    async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
        let query = sqlx::query(TOKEN).bind(hash);
        let row = query.fetch_optional(&self.read).await.map_err(unavailable)?;
        Ok(row.as_ref().map(token))
    }

    async fn tokens(&self, tenant: Option<&str>) -> Result<Vec<TokenRow>, StoreError> {
        let query = sqlx::query(TOKENS).bind(tenant);
        let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(rows.iter().map(token).collect())
    }

    async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(REVOKE).bind(micros(at)).bind(id);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn use_token(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(USE_TOKEN).bind(micros(at)).bind(id);
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn refuse(&self, refused: &Refused) -> Result<(), StoreError> {
        let headers = serde_json::to_string(&refused.headers).unwrap_or_default();
        let mut log = self.log.lock().await;
        let mut step = log.begin().await.map_err(unavailable)?;
        sqlx::query(REFUSE)
            .bind(micros(refused.at))
            .bind(&refused.tenant)
            .bind(&refused.provider)
            .bind(refused.status)
            .bind(&refused.reason)
            .bind(&refused.body_sha256)
            .bind(headers)
            .execute(&mut *step)
            .await
            .map_err(unavailable)?;
        sqlx::query(TRIM).execute(&mut *step).await.map_err(unavailable)?;
        step.commit().await.map_err(unavailable)
    }

    async fn refused(&self, tenant: &str, limit: u32) -> Result<Vec<Refused>, StoreError> {
        let query = sqlx::query(REFUSED).bind(tenant).bind(limit);
        let rows = query.fetch_all(&self.read).await.map_err(unavailable)?;
        Ok(rows
            .iter()
            .map(|row| Refused {
                at: instant(row.get(0)),
                tenant: row.get(1),
                provider: row.get(2),
                status: row.get(3),
                reason: row.get(4),
                body_sha256: row.get(5),
                headers: serde_json::from_str(row.get(6)).unwrap_or_default(),
            })
            .collect())
    }

    async fn count_duplicate(
        &self,
        tenant: &str,
        receipt: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut log = self.log.lock().await;
        let query = sqlx::query(COUNT).bind(tenant).bind(receipt).bind(micros(at));
        query.execute(&mut *log).await.map_err(unavailable)?;
        Ok(())
    }

    async fn duplicates(
        &self,
        tenant: &str,
        receipts: &[String],
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let mut found = Vec::new();
        for receipt in receipts {
            let query = sqlx::query(DUPLICATES).bind(tenant).bind(receipt);
            if let Some(row) = query.fetch_optional(&self.read).await.map_err(unavailable)? {
                found.push((receipt.clone(), unsigned(&row, 0)));
            }
        }
        Ok(found)
    }
}
