//! A tenant's secrets: credentials by name, and the key its ids are derived with.

use secrecy::{ExposeSecret, SecretString};

use crate::store::Store;
use crate::types::StoreError;

/// Where an entry belongs; it opens nowhere else.
fn place(tenant: &str, name: &str) -> Vec<u8> {
    format!("vault\0{tenant}\0{name}").into_bytes()
}

impl Store {
    /// The key that derives a tenant's ids. The same for ever.
    pub async fn derivation_key(&self, tenant: &str) -> Result<[u8; 32], StoreError> {
        self.noted(self.keys().derived(self.db(), tenant, "ids").await)
    }

    /// Stores a secret by name, sealed; replaces an earlier one.
    pub async fn vault_put(
        &self,
        tenant: &str,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), StoreError> {
        let (place, clear) = (place(tenant, name), secret.expose_secret().as_bytes());
        let sealed = self.keys().seal_for_tenant(self.db(), tenant, &place, clear).await;
        let sealed = self.noted(sealed)?;
        self.noted(self.db().vault_put(tenant, name, &sealed).await)
    }

    pub async fn vault_get(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<SecretString>, StoreError> {
        let entry = self.noted(self.db().vault_get(tenant, name).await)?;
        let Some(sealed) = entry else { return Ok(None) };
        let place = place(tenant, name);
        let clear = self.keys().open_for_tenant(self.db(), tenant, &place, &sealed).await;
        let text = String::from_utf8(self.noted(clear)?);
        let text = text.map_err(|_| StoreError::Damaged("vault entry"))?;
        Ok(Some(SecretString::from(text)))
    }

    /// It is gone for good; one that is not there is fine.
    pub async fn vault_destroy(&self, tenant: &str, name: &str) -> Result<(), StoreError> {
        self.noted(self.db().vault_destroy(tenant, name).await)
    }
}
