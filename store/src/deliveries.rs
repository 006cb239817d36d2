//! What is kept of deliveries beside their receipts: those that were refused, and how often one came
//! again.

use chrono::{DateTime, Utc};

use crate::store::Store;
use crate::types::StoreError;
use crate::work::Refused;

impl Store {
    /// Writes a refused delivery down. The newest 10,000 are kept.
    pub async fn refuse(&self, refused: &Refused) -> Result<(), StoreError> {
        self.noted(self.db().refuse(refused).await)
    }

    /// A tenant's refused deliveries, newest first.
    pub async fn refused(&self, tenant: &str, limit: u32) -> Result<Vec<Refused>, StoreError> {
        self.noted(self.db().refused(tenant, limit).await)
    }

    /// Counts a delivery that had been received before.
    pub async fn count_duplicate(
        &self,
        tenant: &str,
        receipt: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.noted(self.db().count_duplicate(tenant, receipt, at).await)
    }

    /// How often these came again, as far as they did.
    pub async fn duplicates(
        &self,
        tenant: &str,
        receipts: &[String],
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.noted(self.db().duplicates(tenant, receipts).await)
    }
}
