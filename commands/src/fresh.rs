//! States that decide about requests: whether a user may act, in which role. Read from the streams
//! themselves, never from a projection, and kept for a second.

use std::sync::Arc;

use rollcall_domain::Decider;
use rollcall_store::Store;

use crate::cache::StateCache;
use crate::error::LoadError;
use crate::recent::Recent;

/// States of one kind of aggregate that are at most a second old.
pub struct Fresh<D> {
    states: StateCache<D>,
    /// By tenant and id.
    recent: Recent<(String, String), Arc<D>>,
}

impl<D> Default for Fresh<D> {
    fn default() -> Self {
        Fresh { states: StateCache::default(), recent: Recent::default() }
    }
}

impl<D: Decider> Fresh<D> {
    pub async fn of(&self, store: &Store, tenant: &str, id: &str) -> Result<Arc<D>, LoadError> {
        let look = async { Ok(Arc::new(self.states.load(store, tenant, id).await?.state)) };
        self.recent.of((tenant.to_owned(), id.to_owned()), look).await
    }

    /// Forgets what is known, so that a change made here counts at once.
    pub fn forget(&self) {
        self.recent.forget();
    }
}
