//! Which differences somebody wants to see.

use rollcall_domain::diff::{Change, Difference};

use super::view::Entry;
use crate::params::Params;

/// Where somebody stands; everything else is what they are.
const PLACE: [&str; 4] = ["departments", "division", "location", "manager"];

pub(super) const OF: [&str; 2] = ["people", "units"];
pub(super) const CHANGES: [&str; 5] = ["added", "removed", "moved", "changed", "conflict"];

/// Nothing set means all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    of: Option<Of>,
    change: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    People,
    Units,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Added,
    Removed,
    Moved,
    Changed,
    Conflict,
}

impl Wanted {
    pub(super) fn read(params: &mut Params) -> Wanted {
        let of = params.word("of", &OF);
        let change = params.word("change", &CHANGES);
        Wanted {
            of: of.map(|word| if word == "people" { Of::People } else { Of::Units }),
            change: change.map(|word| match &*word {
                "added" => Kind::Added,
                "removed" => Kind::Removed,
                "moved" => Kind::Moved,
                "changed" => Kind::Changed,
                _ => Kind::Conflict,
            }),
        }
    }

    pub(super) fn people(self) -> bool {
        self.of != Some(Of::Units)
    }

    pub(super) fn units(self) -> bool {
        self.of != Some(Of::People)
    }

    /// Whether streams of people have to be read to know.
    pub(super) fn conflicts(self) -> bool {
        self.change == Some(Kind::Conflict)
    }

    /// Whether it can be one of those that are wanted, before it is known where it was changed.
    pub(super) fn fits(self, change: &Change) -> bool {
        match (self.change, change) {
            (None, _)
            | (Some(Kind::Added), Change::Added)
            | (Some(Kind::Removed), Change::Removed)
            | (Some(Kind::Conflict), Change::Changed(_)) => true,
            (Some(Kind::Moved), Change::Changed(fields)) => is_moved(fields),
            (Some(Kind::Changed), Change::Changed(fields)) => is_changed(fields),
            (Some(_), Change::Added | Change::Removed) => false,
            (Some(Kind::Added | Kind::Removed), Change::Changed(_)) => false,
        }
    }

    /// The same of what is known whole.
    pub(super) fn keeps(self, entry: &Entry) -> bool {
        !self.conflicts() || entry.in_conflict()
    }
}

/// Somewhere else, or under somebody else.
pub(super) fn is_moved(fields: &[Difference]) -> bool {
    fields.iter().any(|one| PLACE.contains(&one.field))
}

/// Other than that.
pub(super) fn is_changed(fields: &[Difference]) -> bool {
    fields.iter().any(|one| !PLACE.contains(&one.field))
}
