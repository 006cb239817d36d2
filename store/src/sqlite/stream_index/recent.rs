//! The part of the index that is in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::backend::{Head, StreamHash};
use crate::types::{Position, Version};

/// Places of consecutive events.
#[derive(Default)]
pub(super) struct Places {
    begun: HashMap<StreamHash, Position>,
    /// By the position of the stream's first event, and version; the first ones are not here.
    later: BTreeMap<(Position, Version), Position>,
    last: Position,
    last_event: String,
}

impl Places {
    fn len(&self) -> usize {
        self.begun.len() + self.later.len()
    }
    /// In the order of the file.
    pub(super) fn begun(&self) -> Vec<(StreamHash, Position)> {
        let mut begun: Vec<_> = self.begun.iter().map(|(hash, first)| (*hash, *first)).collect();
        begun.sort_unstable();
        begun
    }
    pub(super) fn later(&self) -> Vec<((Position, Version), Position)> {
        self.later.iter().map(|(place, pos)| (*place, *pos)).collect()
    }
    /// Position and id of the last event.
    pub(super) fn last(&self) -> (Position, &str) {
        (self.last, &self.last_event)
    }
    fn of(
        &self,
        first: Position,
        after: Version,
    ) -> impl DoubleEndedIterator<Item = (Version, Position)> {
        let range = (first, after.saturating_add(1))..=(first, Version::MAX);
        self.later.range(range).map(|((_, version), pos)| (*version, *pos))
    }
}

/// What is not in the file yet.
pub(super) struct Recent {
    open: Places,
    /// Complete, and on its way into the file.
    settled: Option<Arc<Places>>,
    /// How often something went from here into the file.
    steps: u64,
}

impl Recent {
    /// Nothing, after what the file has.
    pub(super) fn after(covered: Position) -> Recent {
        let open = Places { last: covered, ..Places::default() };
        Recent { open, settled: None, steps: 0 }
    }

    pub(super) fn last(&self) -> Position {
        self.open.last
    }
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }
    pub(super) fn is_longer_than(&self, step: usize) -> bool {
        self.settled.is_some() || self.open.len() >= step
    }

    /// Adds the event after the last one; `begins` where it is the first of its stream.
    pub(super) fn add(
        &mut self,
        position: Position,
        first: Position,
        version: Version,
        begins: Option<StreamHash>,
        event_id: &str,
    ) {
        if position <= self.open.last {
            return;
        }
        let other = match begins {
            Some(hash) => self.open.begun.insert(hash, position),
            None => self.open.later.insert((first, version), position),
        };
        if let Some(other) = other {
            tracing::error!(position, other, "two events have one place in a stream");
        }
        self.open.last = position;
        self.open.last_event.clear();
        self.open.last_event.push_str(event_id);
    }

    fn all(&self) -> impl Iterator<Item = &Places> {
        std::iter::once(&self.open).chain(self.settled.as_deref())
    }

    pub(super) fn first(&self, stream: &StreamHash) -> Option<Position> {
        self.all().find_map(|places| places.begun.get(stream).copied())
    }

    /// Versions above one, and where they are.
    pub(super) fn later(
        &self,
        first: Position,
        after: Version,
    ) -> impl Iterator<Item = (Version, Position)> {
        self.all().flat_map(move |places| places.of(first, after))
    }

    /// Where a stream ends, given what the file says of it.
    pub(super) fn head(&self, stream: &StreamHash, stored: Option<&Head>) -> Option<Head> {
        let first = stored.map(|head| head.first).or_else(|| self.first(stream))?;
        let newest = self.all().find_map(|places| places.of(first, 0).next_back());
        let version = newest.map_or_else(|| stored.map_or(1, |head| head.version), |last| last.0);
        Some(Head { first, version })
    }

    /// What the next step brings into the file.
    pub(super) fn settle(&mut self) -> Arc<Places> {
        let open = &mut self.open;
        let settled = self.settled.get_or_insert_with(|| {
            let next = Places { last: open.last, ..Places::default() };
            Arc::new(std::mem::replace(open, next))
        });
        settled.clone()
    }

    /// It is there.
    pub(super) fn stored(&mut self) {
        self.settled = None;
        self.steps += 1;
    }
}
