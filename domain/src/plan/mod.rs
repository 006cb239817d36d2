//! The plan: what a sync run should change in one target, computed before anything is written. Pure:
//! `(observations, roster, rules) → decisions`, equal in a preview, a run and a resumed run.

mod absence;
mod brake;
mod comparison;
mod counting;
mod decision;
mod employee;
mod fingerprint;
mod hash;
mod ignored;
mod managers;
mod matching;
mod observation;
mod outline;
mod part;
mod person;
mod planner;
mod roster;
mod rules;
#[cfg(test)]
mod tests;
mod units;

pub use brake::{Standings, WATCHED, brake};
pub use comparison::Comparison;
pub use counting::{count, is_error, is_listed};
pub use decision::{Action, Decision, Expected, Note, UnitAction, UnitDecision};
pub use employee::{Employee, Standing, Status, UnitOption, name_key};
pub use fingerprint::{NO_FINGERPRINT, expected_fingerprint, fingerprint};
pub use ignored::Ignored;
pub use managers::Managers;
pub(crate) use managers::{ManagerOverlay, Unchecked};
pub use matching::{Candidates, Unseen};
pub use observation::Observation;
pub use outline::{Batch, Outline, Step};
pub use part::Part;
pub use planner::{Planner, Row};
pub use roster::{Flags, RosterKey, RosterRow, UnitRow};
pub use rules::{Absence, Lists, Rules};
pub use units::{closed_departments, plan_units, unit_aliases, units_as_known};
