//! Makes messages from the log: reads the events at some positions, opens them, and looks up what
//! stood around them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rollcall_domain::decider::Written;
use rollcall_domain::message::{Message, RunFace, messages};
use rollcall_domain::{Malformed, Recorded};
use rollcall_store::{Position, Store, StoreError, Stored};

use super::around::Around;
use crate::runtime::recorded;

/// Positions that lie no further apart are read in one go, at most so many.
const APART: u64 = 16;
const AT_ONCE: u64 = 256;
/// A memory starts over beyond this many entries.
const MOST: usize = 10_000;

/// By tenant and id.
type Known<T> = Mutex<HashMap<(String, String), T>>;

/// Makes messages of events. Cheap to clone; clones remember together what never changes again.
#[derive(Clone)]
pub struct MessageReader {
    store: Store,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Memory {
    /// Runs that have started.
    runs: Known<RunFace>,
    /// Whether a scenario is the live baseline.
    live: Known<bool>,
}

impl MessageReader {
    pub fn new(store: &Store) -> Self {
        MessageReader { store: store.clone(), memory: Arc::default() }
    }

    /// The messages of the events at these positions of the tenant's shard, in the order of the log.
    /// Positions of other tenants, and of events that make none, add nothing.
    pub async fn at(
        &self,
        tenant: &str,
        positions: &[Position],
    ) -> Result<Vec<Message>, StoreError> {
        let mut around = Around::new(self, tenant);
        let mut made = vec![];
        for event in self.events(tenant, positions).await? {
            let context = around.of(&event).await?;
            made.extend(messages(&event, &context));
        }
        Ok(made)
    }

    /// One message, by the position of its event and its own id; `None` where there is no such.
    pub async fn one(
        &self,
        tenant: &str,
        position: Position,
        id: &str,
    ) -> Result<Option<Message>, StoreError> {
        let all = self.at(tenant, &[position]).await?;
        Ok(all.into_iter().find(|message| message.id == id))
    }

    async fn events(
        &self,
        tenant: &str,
        positions: &[Position],
    ) -> Result<Vec<Recorded>, StoreError> {
        let shard = self.store.shard_of(tenant).await?;
        let mut events = Vec::with_capacity(positions.len());
        for (first, last) in stretches(positions) {
            let limit = (last - first + 1) as u32;
            let mut found = self.store.read_shard(shard, first - 1, limit).await?;
            found.retain(|one| *one.tenant == *tenant && positions.contains(&one.position));
            self.store.unseal(&mut found).await?;
            for stored in found {
                events.push(recorded(stored).map_err(unreadable)?);
            }
        }
        Ok(events)
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// The live baseline's id, once one of its events was seen.
    pub(super) fn live_of(&self, tenant: &str) -> Option<String> {
        let known = self.memory.live.lock().unwrap_or_else(PoisonError::into_inner);
        let live = known.iter().find(|((of, _), live)| of == tenant && **live);
        live.map(|((_, id), _)| id.clone())
    }

    /// Whether a scenario is the live baseline: that never changes.
    pub(super) async fn is_live(&self, tenant: &str, id: &str) -> Result<bool, StoreError> {
        if let Some(live) = remembered(&self.memory.live, tenant, id) {
            return Ok(live);
        }
        let Some(face) = Around::new(self, tenant).scenario(id, Position::MAX).await? else {
            return Ok(false);
        };
        remember(&self.memory.live, tenant, id, face.is_live());
        Ok(face.is_live())
    }

    pub(super) fn run_known(&self, tenant: &str, id: &str) -> Option<RunFace> {
        remembered(&self.memory.runs, tenant, id)
    }

    pub(super) fn keep_run(&self, tenant: &str, run: &RunFace) {
        remember(&self.memory.runs, tenant, &run.run, run.clone());
    }
}

fn remembered<T: Clone>(known: &Known<T>, tenant: &str, id: &str) -> Option<T> {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(&(tenant.to_owned(), id.to_owned())).cloned()
}

fn remember<T>(known: &Known<T>, tenant: &str, id: &str, value: T) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert((tenant.to_owned(), id.to_owned()), value);
}

/// First and last of positions that lie close together. They come in order; 0 is none.
fn stretches(positions: &[Position]) -> Vec<(Position, Position)> {
    let mut stretches: Vec<(Position, Position)> = vec![];
    for &position in positions.iter().filter(|position| **position > 0) {
        match stretches.last_mut() {
            Some((first, last))
                if position >= *last
                    && position - *last <= APART
                    && position - *first < AT_ONCE =>
            {
                *last = position;
            }
            Some(_) | None => stretches.push((position, position)),
        }
    }
    stretches
}

/// An event of a stream, with what of its recording messages need.
pub(super) struct Happened<E> {
    pub(super) stored: Stored,
    pub(super) event: E,
}

/// A whole stream, oldest first.
pub(super) async fn stream<E: Written>(
    store: &Store,
    tenant: &str,
    stream: &str,
) -> Result<Vec<Happened<E>>, StoreError> {
    let read = |stored: Stored| {
        let event = E::read(&stored.payload, stored.personal.as_deref()).map_err(unreadable)?;
        Ok(Happened { stored, event })
    };
    store.read_stream(tenant, stream, 0).await?.into_iter().map(read).collect()
}

fn unreadable(_: Malformed) -> StoreError {
    StoreError::Damaged("an event can't be read")
}

#[cfg(test)]
mod stretch_tests {
    use super::stretches;

    #[test]
    fn what_lies_close_together_is_read_in_one_go() {
        assert_eq!(stretches(&[]), []);
        assert_eq!(stretches(&[0, 3, 4, 20, 37]), [(3, 20), (37, 37)]);
        let many: Vec<u64> = (1..=300).collect();
        assert_eq!(stretches(&many), [(1, 256), (257, 300)]);
    }
}
