//! Keys and the vault in `keys.db`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::bulk::Bulk;
use super::{Sqlite, micros, unavailable};
use crate::backend::Keys;
use crate::sealing::{KeyId, KeyPage, page_of};
use crate::types::StoreError;

static ADD: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("insert into pages (id, tenant, salts)", "(?, ?, ?)", ""));
static LOAD: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::over_list("select id, salts from pages where id in ({})"));
static SUBJECTS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list(
        "select subject, min(key_id) from subject_keys where subject in ({}) and tenant = ? \
         group by subject",
    )
});
static ERASED: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::over_list("select subject from erased_subjects where subject in ({}) and tenant = ?")
});
const STRIKE: &str = "update pages set salts = ?2 where id = ?1";
const DROP: &str = "delete from pages where id = ?";
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
    /// Takes keys out of their pages, and empty pages away.
    pub(super) async fn destroy_keys(&self, ids: &[KeyId]) -> Result<(), StoreError> {
        let mut doomed = BTreeMap::<KeyId, Vec<KeyId>>::new();
        for id in ids {
            doomed.entry(page_of(*id)).or_default().push(*id);
        }
        if doomed.is_empty() {
            return Ok(());
        }
        let pages: Vec<KeyId> = doomed.keys().copied().collect();
        let mut keys = self.keys.lock().await;
        let mut step = keys.begin().await.map_err(unavailable)?;
        for mut page in load(&mut step, &pages).await? {
            let mut any_left = true;
            for id in &doomed[&page.id] {
                any_left = page.destroy(*id);
            }
            let id = page.id.to_vec();
            let query = match any_left {
                true => sqlx::query(STRIKE).bind(id).bind(page.salts.to_vec()),
                false => sqlx::query(DROP).bind(id),
            };
            query.execute(&mut *step).await.map_err(unavailable)?;
        }
        step.commit().await.map_err(unavailable)
    }
}

async fn load(keys: &mut SqliteConnection, pages: &[KeyId]) -> Result<Vec<KeyPage>, StoreError> {
    let mut found = Vec::with_capacity(pages.len());
    for (sql, run) in LOAD.runs(pages) {
        let mut query = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(sql);
        for id in run {
            query = query.bind(id.to_vec());
        }
        for (id, salts) in query.fetch_all(&mut *keys).await.map_err(unavailable)? {
            let salts = salts.try_into().map_err(|_| StoreError::Damaged("page of keys"))?;
            found.push(KeyPage { id: key_id(id)?, salts });
        }
    }
    Ok(found)
}

pub(super) fn key_id(bytes: Vec<u8>) -> Result<KeyId, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("key id"))
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

    async fn add_keys(&self, tenant: &str, pages: &[KeyPage]) -> Result<(), StoreError> {
        let mut keys = self.keys.lock().await;
        let mut step = keys.begin().await.map_err(unavailable)?;
        for (sql, run) in ADD.runs(pages) {
            let mut query = sqlx::query(sql);
            for page in run {
                query = query.bind(page.id.to_vec()).bind(tenant).bind(page.salts.to_vec());
            }
            query.execute(&mut *step).await.map_err(unavailable)?;
        }
        step.commit().await.map_err(unavailable)
    }

    async fn load_keys(&self, pages: &[KeyId]) -> Result<Vec<KeyPage>, StoreError> {
        load(&mut *self.keys.lock().await, pages).await
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
                found.push((subject, key_id(id)?));
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
        let doomed: Result<Vec<KeyId>, _> = doomed.into_iter().map(key_id).collect();
        self.destroy_keys(&doomed?).await
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
