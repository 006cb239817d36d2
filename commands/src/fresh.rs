//! States that decide about requests: whether a user may act, in which role. Read from the streams
//! themselves, never from a projection, and kept for a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rollcall_domain::Decider;
use rollcall_store::Store;

use crate::cache::StateCache;
use crate::error::LoadError;

/// How long a state is good: so long a change on another node takes to count here.
const FRESH: Duration = Duration::from_secs(1);
/// It starts over beyond this many.
const MOST: usize = 10_000;

/// By tenant and id, and when they were looked at.
type LookedAt<D> = HashMap<(String, String), (Instant, Arc<D>)>;

/// States of one kind of aggregate that are at most a second old.
pub struct Fresh<D> {
    states: StateCache<D>,
    known: Mutex<LookedAt<D>>,
}

impl<D> Default for Fresh<D> {
    fn default() -> Self {
        Fresh { states: StateCache::default(), known: Mutex::default() }
    }
}

impl<D: Decider> Fresh<D> {
    pub async fn of(&self, store: &Store, tenant: &str, id: &str) -> Result<Arc<D>, LoadError> {
        let (at, place) = (Instant::now(), (tenant.to_owned(), id.to_owned()));
        if let Some((since, state)) = self.lock().get(&place)
            && since.elapsed() < FRESH
        {
            return Ok(state.clone());
        }
        let state = Arc::new(self.states.load(store, tenant, id).await?.state);
        let mut known = self.lock();
        if known.len() > MOST {
            known.clear();
        }
        known.insert(place, (at, state.clone()));
        Ok(state)
    }

    /// Forgets what is known, so that a change made here counts at once.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LookedAt<D>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
