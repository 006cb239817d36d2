//! How two versions of the organisation differ, one person or unit at a time. Pure: whoever calls
//! finds the pairs and says what ids mean on both sides.
//!
//! *Here* is the one that is asked about, *there* the one it is compared with: what is only here was
//! added, what is only there was removed. Turned round, every answer is turned round.

mod origin;
mod people;
#[cfg(test)]
mod tests;
mod units;

pub use origin::{Link, fork};
pub use people::{ACTIVE, PersonIdentity, facts_of_person, same_people, told_of_person};
pub use units::{NAME, RETIRED, UnitIdentity, UnitKeys, facts_of_unit, told_of_unit};

use std::collections::{BTreeMap, BTreeSet};

use crate::field::Value;

/// What each field means: values that mean the same on both sides are equal, whatever ids they are
/// written in. A field that is missing is empty.
pub type Facts = BTreeMap<&'static str, Value>;

/// On which side a value differs from what both sides came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangedIn {
    Here,
    There,
    /// Differently, or it would be no difference.
    Both,
}

impl ChangedIn {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangedIn::Here => "here",
            ChangedIn::There => "there",
            ChangedIn::Both => "both",
        }
    }

    /// Whether neither side's value follows from the other's.
    pub fn is_conflict(self) -> bool {
        match self {
            ChangedIn::Here | ChangedIn::There => false,
            ChangedIn::Both => true,
        }
    }
}

/// A field that reads differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    pub field: &'static str,
    /// `None` where the two have no common origin.
    pub changed_in: Option<ChangedIn>,
}

/// What became of one person or unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only here.
    Added,
    /// Only there.
    Removed,
    /// On both sides, with these differences in order; at least one.
    Changed(Vec<Difference>),
}

/// Compares both sides, and each with what they came from where there is that. `None` if nothing
/// differs.
pub fn compare(
    here: Option<&Facts>,
    there: Option<&Facts>,
    base: Option<&Facts>,
) -> Option<Change> {
    let (here, there) = match (here, there) {
        (None, None) => return None,
        (Some(_), None) => return Some(Change::Added),
        (None, Some(_)) => return Some(Change::Removed),
        (Some(here), Some(there)) => (here, there),
    };
    let fields: BTreeSet<&'static str> = here.keys().chain(there.keys()).copied().collect();
    let differing = fields.into_iter().filter(|field| here.get(field) != there.get(field));
    let differences: Vec<Difference> = differing
        .map(|field| {
            let changed_in = base.map(|base| changed_in(field, here, there, base));
            Difference { field, changed_in }
        })
        .collect();
    (!differences.is_empty()).then_some(Change::Changed(differences))
}

/// Of a field that differs, so that at least one side is not as it was.
fn changed_in(field: &str, here: &Facts, there: &Facts, base: &Facts) -> ChangedIn {
    let was = base.get(field);
    match (here.get(field) == was, there.get(field) == was) {
        (true, _) => ChangedIn::There,
        (false, true) => ChangedIn::Here,
        (false, false) => ChangedIn::Both,
    }
}
