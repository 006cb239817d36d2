//! API tokens, as stored.

use chrono::{DateTime, Utc};

use crate::store::Store;
use crate::types::StoreError;
use crate::work::TokenRow;

impl Store {
    pub async fn add_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        self.noted(self.db().add_token(token).await)
    }

    /// The one whose secret has this hash.
    pub async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
        self.noted(self.db().token(hash).await)
    }

    /// A tenant's, or all; at most 1,000.
    pub async fn tokens(&self, tenant: Option<&str>) -> Result<Vec<TokenRow>, StoreError> {
        self.noted(self.db().tokens(tenant).await)
    }

    /// Notes that it was used.
    pub async fn use_token(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.noted(self.db().use_token(id, at).await)
    }

    /// The first time counts.
    pub async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.noted(self.db().revoke_token(id, at).await)
    }
}
