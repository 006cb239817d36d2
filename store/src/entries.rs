//! Values with a short life: neither events nor read models, sealed with the tenant's key.

use chrono::{DateTime, Utc};

use crate::backend::EntryKey;
use crate::store::Store;
use crate::types::StoreError;

/// Where an entry belongs; it opens nowhere else.
fn place(at: EntryKey<'_>) -> Vec<u8> {
    format!("entry\0{}\0{}\0{}", at.tenant, at.kind, at.key).into_bytes()
}

impl Store {
    /// Keeps a value until it expires; replaces an earlier one.
    pub async fn put_entry(
        &self,
        tenant: &str,
        kind: &str,
        key: &str,
        value: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let at = EntryKey { tenant, kind, key };
        self.write_entry(at, value, expires_at, true).await.map(drop)
    }

    /// The same where there is none, or only one that has expired; whether it was so. Of two who ask
    /// at the same moment one is told yes.
    pub async fn add_entry(
        &self,
        tenant: &str,
        kind: &str,
        key: &str,
        value: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write_entry(EntryKey { tenant, kind, key }, value, expires_at, false).await
    }

    /// A value that has not expired.
    pub async fn entry(
        &self,
        tenant: &str,
        kind: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let at = EntryKey { tenant, kind, key };
        let found = self.noted(self.db().entry(at, self.clock().now()).await)?;
        let Some(sealed) = found else { return Ok(None) };
        let opened = self.keys().open_for_tenant(self.db(), tenant, &place(at), &sealed).await;
        self.noted(opened).map(Some)
    }

    /// Removes it now; one that is not there is fine.
    pub async fn drop_entry(&self, tenant: &str, kind: &str, key: &str) -> Result<(), StoreError> {
        self.noted(self.db().drop_entry(EntryKey { tenant, kind, key }).await)
    }

    async fn write_entry(
        &self,
        at: EntryKey<'_>,
        value: &[u8],
        expires_at: DateTime<Utc>,
        replace: bool,
    ) -> Result<bool, StoreError> {
        let sealed = self.keys().seal_for_tenant(self.db(), at.tenant, &place(at), value).await;
        let (sealed, now) = (self.noted(sealed)?, self.clock().now());
        self.noted(self.db().put_entry(at, &sealed, expires_at, now, replace).await)
    }
}
