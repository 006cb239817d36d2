//! Tenants' places: the slug in paths, the shard for ever.

use std::sync::PoisonError;

use sha2::{Digest, Sha256};

use crate::store::Store;
use crate::types::{Shard, StoreError};
use crate::work::TenantRow;

impl Store {
    /// Registers a tenant under a slug. Its shard is fixed from now on.
    pub async fn register_tenant(&self, id: &str, slug: &str) -> Result<TenantRow, StoreError> {
        let digest = Sha256::digest(id.as_bytes());
        let number = u16::from_be_bytes([digest[0], digest[1]]);
        let row = TenantRow { id: id.into(), slug: slug.to_owned(), shard: number % self.shards() };
        self.noted(self.db().add_tenant(&row).await)?;
        Ok(row)
    }

    /// A tenant by id or slug.
    pub async fn tenant(&self, id_or_slug: &str) -> Result<Option<TenantRow>, StoreError> {
        let cached = || {
            let tenants = self.known_tenants().lock().unwrap_or_else(PoisonError::into_inner);
            tenants.get(id_or_slug).cloned()
        };
        if let Some(known) = cached() {
            return Ok(Some(known));
        }
        let rows = self.tenants().await?;
        {
            let mut known = self.known_tenants().lock().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                known.insert(row.slug.clone(), row.clone());
                known.insert(row.id.to_string(), row);
            }
        }
        Ok(cached())
    }

    pub async fn shard_of(&self, tenant: &str) -> Result<Shard, StoreError> {
        Ok(self.tenant(tenant).await?.ok_or(StoreError::NotFound("tenant"))?.shard)
    }

    /// All of them.
    pub async fn tenants(&self) -> Result<Vec<TenantRow>, StoreError> {
        self.noted(self.db().tenants().await)
    }
}
