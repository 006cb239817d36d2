//! Wrapped keys and the vault in `keys.db`.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Connection;

use super::bulk::Bulk;
use super::{Sqlite, micros, unavailable};
use crate::backend::{Keys, WrappedKey};
use crate::types::StoreError;

static ADD: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("insert into data_keys (id, tenant, wrapped)", "(?, ?, ?)", ""));
static LOAD: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::over_list("select id, wrapped from data_keys where id in ({})"));
static DESTROY: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::over_list("delete from data_keys where id in ({})"));
static SUBJECTS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list(
        "select subject, min(key_id) from subject_keys where subject in ({}) and tenant = ? \
         group by subject",
    )
});
static ERASED: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list("select subject from erased_subjects where subject in ({}) and tenant = ?")
});
const TENANT_KEY: &str = "select wrapped from tenant_keys where tenant = ?";
const ADD_TENANT_KEY: &str = "insert or ignore into tenant_keys (tenant, wrapped) values (?, ?)";
const ERASE: &str = "insert or ignore into erased_subjects (tenant, subject, at) values (?, ?, ?)";
const KEYS_OF_SUBJECT: &str = "select key_id from subject_keys where tenant = ?1 and subject = ?2";
const TAGGED_BLOBS: &str = "select distinct key_id, subject_tags from blobs \
     where tenant = ?1 and instr(subject_tags, ?2) > 0";
const VAULT_PUT: &str = "insert into vault (tenant, name, sealed) values (?, ?, ?) \
     on conflict (tenant, name) do update set sealed = excluded.sealed";
const VAULT_GET: &str = "select sealed from vault where tenant = ? and name = ?";
const VAULT_DESTROY: &str = "delete from vault where tenant = ? and name = ?";

impl Sqlite {
    pub(super) async fn destroy_keys(&self, ids: &[Vec<u8>]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut keys = self.keys.lock().await;
        let mut step = keys.begin_with("begin immediate").await.map_err(unavailable)?;
        for (sql, run) in DESTROY.runs(ids) {
            let mut query = sqlx::query(sql);
            for id in run {
                query = query.bind(id.clone());
            }
            query.execute(&mut *step).await.map_err(unavailable)?;
        }
        step.commit().await.map_err(unavailable)
    }
}

#[async_trait]
impl Keys for Sqlite {
    async fn tenant_key(&self, tenant: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut keys = self.keys.lock().await;
        sqlx::query(ADD_TENANT_KEY)
            .bind(tenant)
            .bind(fresh)
            .execute(&mut *keys)
            .await
            .map_err(unavailable)?;
        sqlx::query_scalar(TENANT_KEY).bind(tenant).fetch_one(&mut *keys).await.map_err(unavailable)
    }

    async fn add_keys(&self, tenant: &str, fresh: &[WrappedKey]) -> Result<(), StoreError> {
        let mut keys = self.keys.lock().await;
        let mut step = keys.begin_with("begin immediate").await.map_err(unavailable)?;
        for (sql, run) in ADD.runs(fresh) {
            let mut query = sqlx::query(sql);
            for key in run {
                query = query.bind(key.id.to_vec()).bind(tenant).bind(key.wrapped.clone());
            }
            query.execute(&mut *step).await.map_err(unavailable)?;
        }
        step.commit().await.map_err(unavailable)
    }

    async fn load_keys(&self, ids: &[[u8; 16]]) -> Result<Vec<WrappedKey>, StoreError> {
        let mut keys = self.keys.lock().await;
        let mut found = Vec::with_capacity(ids.len());
        for (sql, run) in LOAD.runs(ids) {
            let mut query = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(sql);
            for id in run {
                query = query.bind(id.to_vec());
            }
            for (id, wrapped) in query.fetch_all(&mut *keys).await.map_err(unavailable)? {
                let id = id.try_into().map_err(|_| StoreError::Damaged("key id"))?;
                found.push(WrappedKey { id, wrapped });
            }
        }
        Ok(found)
    }

    async fn subject_keys(
        &self,
        tenant: &str,
        subjects: &[String],
    ) -> Result<Vec<(String, [u8; 16])>, StoreError> {
        let mut found = Vec::with_capacity(subjects.len());
        for (sql, run) in SUBJECTS.runs(subjects) {
            let mut query = sqlx::query_as::<_, (String, Vec<u8>)>(sql);
            for subject in run {
                query = query.bind(subject.clone());
            }
            let rows = query.bind(tenant).fetch_all(&self.read).await.map_err(unavailable)?;
            for (subject, id) in rows {
                let id = id.try_into().map_err(|_| StoreError::Damaged("key id"))?;
                found.push((subject, id));
            }
        }
        Ok(found)
    }

    /// None: one process serves the directory, and forgets by itself.
    async fn erasures(&self, _tenant: &str) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn erased(&self, tenant: &str, subjects: &[String]) -> Result<Vec<String>, StoreError> {
        let mut keys = self.keys.lock().await;
        let mut found = Vec::new();
        for (sql, run) in ERASED.runs(subjects) {
            let mut query = sqlx::query_scalar::<_, String>(sql);
            for subject in run {
                query = query.bind(subject.clone());
            }
            let rows = query.bind(tenant).fetch_all(&mut *keys).await.map_err(unavailable)?;
            found.extend(rows);
        }
        Ok(found)
    }

    async fn erase(
        &self,
        tenant: &str,
        subject: &str,
        tag: [u8; 16],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // The list first: from here on nobody gets a new key for the subject.
        {
            let mut keys = self.keys.lock().await;
            sqlx::query(ERASE)
                .bind(tenant)
                .bind(subject)
                .bind(micros(at))
                .execute(&mut *keys)
                .await
                .map_err(unavailable)?;
        }
        let mut doomed: Vec<Vec<u8>> = sqlx::query_scalar(KEYS_OF_SUBJECT)
            .bind(tenant)
            .bind(subject)
            .fetch_all(&self.read)
            .await
            .map_err(unavailable)?;
        let blobs: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(TAGGED_BLOBS)
            .bind(tenant)
            .bind(tag.to_vec())
            .fetch_all(&self.read)
            .await
            .map_err(unavailable)?;
        let names_them = |tags: &[u8]| tags.chunks_exact(16).any(|one| one == tag);
        doomed.extend(blobs.into_iter().filter(|(_, tags)| names_them(tags)).map(|(key, _)| key));
        self.destroy_keys(&doomed).await
    }

    async fn vault_put(&self, tenant: &str, name: &str, sealed: &[u8]) -> Result<(), StoreError> {
        let mut keys = self.keys.lock().await;
        let query = sqlx::query(VAULT_PUT).bind(tenant).bind(name).bind(sealed);
        query.execute(&mut *keys).await.map_err(unavailable)?;
        Ok(())
    }

    async fn vault_get(&self, tenant: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut keys = self.keys.lock().await;
        let query = sqlx::query_scalar(VAULT_GET).bind(tenant).bind(name);
        query.fetch_optional(&mut *keys).await.map_err(unavailable)
    }

    async fn vault_destroy(&self, tenant: &str, name: &str) -> Result<(), StoreError> {
        let mut keys = self.keys.lock().await;
        let query = sqlx::query(VAULT_DESTROY).bind(tenant).bind(name);
        query.execute(&mut *keys).await.map_err(unavailable)?;
        Ok(())
    }
}
