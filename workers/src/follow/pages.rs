//! Pages of one shard, read once for all reactors that are at the same place; nearly always all are.

use std::sync::Arc;

use rollcall_store::{Position, Shard, Store, StoreError, Stored};
use tokio::sync::Mutex;

const PAGE: u32 = 500;

pub(super) struct Pages {
    store: Store,
    shard: Shard,
    /// The page that was read last, and behind which position; forgotten at the log's end.
    last: Mutex<Option<(Position, Arc<[Stored]>)>>,
}

impl Pages {
    pub(super) fn new(store: Store, shard: Shard) -> Self {
        Pages { store, shard, last: Mutex::new(None) }
    }

    /// The next events behind a position. There may be more by now, but none before them.
    pub(super) async fn after(&self, position: Position) -> Result<Arc<[Stored]>, StoreError> {
        let mut last = self.last.lock().await;
        if let Some((after, page)) = &*last
            && *after == position
        {
            return Ok(page.clone());
        }
        let page: Arc<[Stored]> = self.store.read_shard(self.shard, position, PAGE).await?.into();
        *last = (!page.is_empty()).then(|| (position, page.clone()));
        Ok(page)
    }
}
