//! Bodies and pages: sealed in chunks under a key of their own.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::backend::BlobRow;
use crate::sealing::{DataKey, open, seal, seal_packed};
use crate::store::Store;
use crate::types::{NewBlob, StoreError};

/// Bytes of one chunk before sealing. Blobs above it are written ahead of their event.
pub(crate) const CHUNK: usize = 1 << 20;

/// Where a chunk belongs; it opens nowhere else.
fn place(tenant: &str, id: &str, chunk: u32) -> Vec<u8> {
    format!("blob\0{tenant}\0{id}\0{chunk}").into_bytes()
}

/// How long it is known that an endpoint was sent a message. What is parked stays.
pub const DELIVERIES_KEPT_FOR: TimeDelta = TimeDelta::days(30);

impl Store {
    /// Seals a small blob into one row, to be written with its event.
    pub(crate) fn seal_blob(
        tenant: &Arc<str>,
        blob: &NewBlob,
        key: &DataKey,
        tag_key: &[u8; 32],
    ) -> BlobRow {
        BlobRow {
            tenant: tenant.clone(),
            id: blob.id.clone(),
            chunk: 0,
            key_id: key.id,
            sealed: seal(key, &place(tenant, &blob.id, 0), &blob.bytes),
            subject_tags: tags(tag_key, &blob.subjects),
            expires_at: blob.expires_at,
            pinned: blob.pinned,
            attached: true,
        }
    }

    /// Starts a blob that is written chunk by chunk, ahead of the event that will name it.
    pub async fn write_blob(
        &self,
        tenant: &Arc<str>,
        id: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<BlobWriter, StoreError> {
        let key = self.take_keys(tenant, 1).await?.remove(0);
        Ok(BlobWriter {
            store: self.clone(),
            tenant: tenant.clone(),
            id: id.to_owned(),
            key,
            chunk: 0,
            waiting: Vec::with_capacity(CHUNK),
            expires_at,
        })
    }

    /// Says whom a blob that was written ahead names, so that erasing one of them takes it along.
    pub async fn tag_blob(
        &self,
        tenant: &str,
        id: &str,
        subjects: &[String],
    ) -> Result<(), StoreError> {
        let key = self.keys().derived(self.db(), tenant, "blob tags").await?;
        self.noted(self.db().tag(tenant, id, &tags(&key, subjects)).await)
    }

    /// A whole blob; `NotFound` when it is gone: expired, dropped, or a person it named was erased.
    pub async fn read_blob(&self, tenant: &str, id: &str) -> Result<Vec<u8>, StoreError> {
        let rows = self.noted(self.db().blob(tenant, id).await)?;
        if rows.is_empty() {
            return Err(StoreError::NotFound("blob"));
        }
        let mut bytes = Vec::new();
        for row in rows {
            bytes.extend(self.open_chunk(tenant, &row).await?);
        }
        Ok(bytes)
    }

    /// One chunk of a large blob; `None` after the last.
    pub async fn read_blob_chunk(
        &self,
        tenant: &str,
        id: &str,
        chunk: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self.noted(self.db().blob_chunk(tenant, id, chunk).await)? {
            Some(row) => Ok(Some(self.open_chunk(tenant, &row).await?)),
            None if chunk == 0 => Err(StoreError::NotFound("blob")),
            None => Ok(None),
        }
    }

    /// Lets retention take them.
    pub async fn unpin(&self, tenant: &str, blobs: &[String]) -> Result<(), StoreError> {
        self.noted(self.db().unpin(tenant, blobs).await)
    }

    /// Removes them now, keys included.
    pub async fn drop_blobs(&self, tenant: &str, blobs: &[String]) -> Result<(), StoreError> {
        self.noted(self.db().drop_blobs(tenant, blobs).await)
    }

    /// Removes what has expired, and what was written ahead more than an hour ago and never named;
    /// how many those were.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock().now();
        self.noted(self.db().sweep_entries(now).await)?;
        self.noted(self.db().sweep_sessions(now).await)?;
        self.noted(self.db().sweep_deliveries(now - DELIVERIES_KEPT_FOR).await)?;
        self.noted(self.db().sweep(now).await)
    }

    async fn open_chunk(&self, tenant: &str, row: &BlobRow) -> Result<Vec<u8>, StoreError> {
        let keys = self.noted(self.keys().opened(self.db(), tenant, &[row.key_id]).await)?;
        let Some(key) = keys.get(&row.key_id).cloned().flatten() else {
            return Err(StoreError::NotFound("blob"));
        };
        open(&key, &place(tenant, &row.id, row.chunk), &row.sealed)
    }
}

/// A blob under way. What is not finished is swept after an hour.
pub struct BlobWriter {
    store: Store,
    tenant: Arc<str>,
    id: String,
    key: DataKey,
    chunk: u32,
    waiting: Vec<u8>,
    expires_at: DateTime<Utc>,
}

impl BlobWriter {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds bytes; a full chunk goes to the disk.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while self.waiting.len() + bytes.len() >= CHUNK {
            let (now, later) = bytes.split_at(CHUNK - self.waiting.len());
            self.waiting.extend_from_slice(now);
            bytes = later;
            self.flush().await?;
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes the rest. The blob stays unattached until an append names its id in `attach`.
    pub async fn finish(mut self) -> Result<String, StoreError> {
        if !self.waiting.is_empty() || self.chunk == 0 {
            self.flush().await?;
        }
        Ok(self.id)
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let row = BlobRow {
            tenant: self.tenant.clone(),
            id: self.id.clone(),
            chunk: self.chunk,
            key_id: self.key.id,
            sealed: seal_packed(
                &self.key,
                &place(&self.tenant, &self.id, self.chunk),
                &self.waiting,
            ),
            subject_tags: vec![],
            expires_at: self.expires_at,
            pinned: true,
            attached: false,
        };
        self.waiting.clear();
        self.chunk += 1;
        self.store.noted(self.store.db().put_chunk(&row).await)
    }
}

/// Keyed hashes of subjects, 16 bytes each, concatenated: enough to find a person's blobs, and
/// nothing without the key.
pub(crate) fn tags(key: &[u8; 32], subjects: &[String]) -> Vec<u8> {
    subjects.iter().flat_map(|subject| tag(key, subject)).collect()
}

pub(crate) fn tag(key: &[u8; 32], subject: &str) -> [u8; 16] {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(subject.as_bytes());
    let mut out = [0_u8; 16];
    out.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    out
}
