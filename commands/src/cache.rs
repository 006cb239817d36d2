//! States kept in memory between commands, for streams that grow for ever (lanes, connections).
//! Only what came after the known version is read again, so a stale entry is never decided on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rollcall_domain::Decider;
use rollcall_store::Store;

use crate::error::LoadError;
use crate::unit_of_work::{Loaded, catch_up};

/// The cache starts over beyond this many states.
const MOST: usize = 10_000;

/// Known states of one kind of aggregate, by tenant and id.
pub struct StateCache<D> {
    known: Mutex<HashMap<(String, String), Loaded<D>>>,
}

impl<D> Default for StateCache<D> {
    fn default() -> Self {
        StateCache { known: Mutex::default() }
    }
}

impl<D: Decider> StateCache<D> {
    /// The state as it is now.
    pub async fn load(
        &self,
        store: &Store,
        tenant: &str,
        id: &str,
    ) -> Result<Loaded<D>, LoadError> {
        let place = (tenant.to_owned(), id.to_owned());
        let known = self.lock().get(&place).cloned();
        let known = known.unwrap_or(Loaded { state: D::default(), version: 0 });
        let loaded = catch_up(store, tenant, id, known).await?;
        let mut all = self.lock();
        if all.len() > MOST {
            all.clear();
        }
        all.insert(place, loaded.clone());
        Ok(loaded)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Loaded<D>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
