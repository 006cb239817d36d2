//! The plan: what a sync run should change, computed before anything is written. Pure:
//! `(employees, roster, rules) → decisions`, equal in a preview, a run and a resumed run.

mod absence;
mod brake;
mod decision;
mod employee;
mod fingerprint;
mod hash;
mod managers;
mod page;
mod person;
mod roster;
mod rules;
#[cfg(test)]
mod tests;
mod units;

pub use absence::{
    plan_absent, plan_duplicate, plan_erased, plan_not_found, plan_not_visible, plan_unreadable,
};
pub use brake::brakes;
pub use decision::{Action, Decision, Expected, Note, UnitAction, UnitDecision};
pub use employee::{Employee, Standing, Status, UnitOption, name_key};
pub use fingerprint::{NO_FINGERPRINT, expected_fingerprint, fingerprint};
pub use hash::PlanHash;
pub use managers::{ManagerOverlay, Managers};
pub use page::{plan_announced, plan_page};
pub use person::plan_person;
pub use roster::{Known, KnownUnit};
pub use rules::{Absence, Rules};
pub use units::plan_units;
