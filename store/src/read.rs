//! Reading the log: streams, shards, and what is personal in them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::backend::stream_hash;
use crate::sealing::{KeyId, key_id_of, open};
use crate::store::Store;
use crate::types::{Position, Shard, StoreError, Stored, Version};

/// Where the personal part of an event belongs; it opens nowhere else.
pub(crate) fn event_place(tenant: &str, stream: &str, event_id: &str) -> Vec<u8> {
    format!("event\0{tenant}\0{stream}\0{event_id}").into_bytes()
}

impl Store {
    /// The events of a stream after a version, oldest first, personal parts opened.
    pub async fn read_stream(
        &self,
        tenant: &str,
        stream: &str,
        after: Version,
    ) -> Result<Vec<Stored>, StoreError> {
        let shard = self.shard_of(tenant).await?;
        let hash = stream_hash(tenant, stream);
        let mut events = self.noted(self.db().read_stream(shard, hash, after).await)?;
        self.unseal(&mut events).await?;
        Ok(events)
    }

    /// The next events of a shard, sealed; `unseal` opens them. None ever appears behind another.
    pub async fn read_shard(
        &self,
        shard: Shard,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        self.noted(self.db().read_shard(shard, after, limit).await)
    }

    /// Opens the personal parts whose keys still exist.
    pub async fn unseal(&self, events: &mut [Stored]) -> Result<(), StoreError> {
        let mut wanted: HashMap<Arc<str>, Vec<KeyId>> = HashMap::new();
        for event in events.iter() {
            if let Some(id) = event.sealed.as_deref().and_then(key_id_of) {
                wanted.entry(event.tenant.clone()).or_default().push(id);
            }
        }
        for (tenant, ids) in wanted {
            let keys = self.noted(self.keys().opened(self.db(), &tenant, &ids).await)?;
            for event in events.iter_mut().filter(|event| event.tenant == tenant) {
                let Some(sealed) = event.sealed.take() else { continue };
                let key = key_id_of(&sealed).and_then(|id| keys.get(&id).cloned().flatten());
                if let Some(key) = key {
                    let place = event_place(&tenant, &event.stream, &event.event_id);
                    event.personal = Some(open(&key, &place, &sealed)?);
                }
                event.sealed = Some(sealed);
            }
        }
        Ok(())
    }
}
