//! What goes into the pure middle of the runtime and what comes out: events in, changed rows out.
//! Nothing here waits for anything.

use std::sync::Arc;

use rollcall_domain::{Malformed, Recorded};

use crate::db::DbRow;
use crate::table::{Mismatch, Place, Value};

/// An event as the runtime hands it round; decoded once for all projections.
pub(crate) struct Event {
    pub(crate) position: u64,
    pub(crate) kind: Arc<str>,
    pub(crate) recorded: Result<Recorded, Malformed>,
}

/// An event that stops a projection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {position}: {reason}")]
pub(crate) struct Poison {
    pub(crate) position: u64,
    pub(crate) reason: String,
}

/// Rows that have to be in memory before the events can be folded.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) places: Vec<Place>,
    /// Everything about these people: they were erased.
    pub(crate) subjects: Vec<(Arc<str>, String)>,
}

/// What to write. Every row is tenant, columns, position.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) upserts: Vec<Vec<Value>>,
    pub(crate) deletes: Vec<Place>,
    pub(crate) history: History,
    /// Whether there is still more to take.
    pub(crate) more: bool,
}

/// Past states to add: tenant, columns, from, to, at.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The state a row had until then ends there.
    pub(crate) ends: Vec<(Place, u64)>,
    pub(crate) rows: Vec<Vec<Value>>,
    /// People whose past rows lose what is personal.
    pub(crate) erased: Vec<(Arc<str>, String)>,
}

/// A projection's rows in memory.
pub(crate) trait Fold: Send + Sync {
    /// Finds the rows that the events in `(after, upto]` touch; those not in memory are wanted.
    fn plan(&mut self, events: &[Event], after: u64, upto: u64) -> Result<Wanted, Poison>;
    /// Takes what was loaded; wanted places that are not among `rows` don't exist.
    fn load(&mut self, wanted: Wanted, rows: &[DbRow]) -> Result<(), Mismatch>;
    /// Folds what was planned.
    fn apply(&mut self, events: &[Event]) -> Result<(), Poison>;
    /// Takes at most this many changed rows. Removed ones come with the last.
    fn take(&mut self, most: usize) -> Changes;
    /// Makes room: forgets a part of the rows and returns those of them that must be stored first.
    /// Removed rows stay, since a removal may only be stored together with the checkpoint.
    fn evict(&mut self) -> Changes;
    /// Bytes in memory.
    fn weight(&self) -> usize;
    /// Whether somebody was erased since the last `take`.
    fn has_erased(&self) -> bool;
    /// Forgets everything, changes included.
    fn reset(&mut self);
}
