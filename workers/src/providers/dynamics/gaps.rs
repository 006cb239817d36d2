//! What could not be read: nothing follows from it, least of all that something is not so.

use std::collections::HashSet;

use super::texts::Id;

/// What is not known, by the key it is asked for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// How long a worker is employed.
    Employment,
    /// Which position a worker is in.
    Place,
    /// Who is in a position.
    Holder,
    /// Which position is above one.
    Above,
    /// Which legal entity a key stands for.
    Company,
    /// What departments there are, and their names.
    Departments,
}

/// What damaged records would have said; a key of 0 is one that can't be read itself, and so may be
/// any.
#[derive(Debug, Default)]
pub(super) struct Gaps(HashSet<(About, Id)>);

impl Gaps {
    pub(super) fn add(&mut self, about: About, key: Id) {
        self.0.insert((about, key));
    }

    /// A record that is known to be about this key can't be read.
    pub(super) fn at(&self, about: About, key: Id) -> bool {
        self.0.contains(&(about, key))
    }

    /// A record can't be read that is, or may be, about this key: its absence says nothing.
    pub(super) fn near(&self, about: About, key: Id) -> bool {
        self.at(about, key) || self.at(about, 0)
    }
}
