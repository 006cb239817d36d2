//! A plan's parts and its sum: what guards look at, and what tells two plans apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::brake::changed_fields;
use super::counting::count;
use super::hash::PlanHash;
use super::{Decision, Observation, UnitDecision};
use crate::field::Field;
use crate::vocabulary::Counts;

/// One person's part of a plan: what was told, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub observation: Observation,
    pub decision: Decision,
}

impl Step {
    /// Whether there is anything to write; otherwise the person is only counted.
    pub fn says_anything(&self) -> bool {
        !(self.decision.events.is_empty() && self.decision.notes.is_empty())
    }
}

/// The sum of a plan for one target. Equal plans have equal hashes, in whatever order they came.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    pub counts: Counts,
    /// Whether anything but the run itself would change.
    pub changes_anything: bool,
    /// People who would get another source id than they have.
    pub replaced: u64,
    /// Of these, people of another source who were found by their e-mail address.
    pub taken_over: u64,
    /// Of the fields the brake watches, for how many people each would be cleared or replaced.
    pub changed: BTreeMap<Field, u64>,
    hash: PlanHash,
}

impl Outline {
    pub fn add(&mut self, decision: &Decision) {
        count(&mut self.counts, decision);
        self.changes_anything |= !decision.events.is_empty();
        self.replaced += u64::from(decision.replaces_an_id());
        self.taken_over += u64::from(decision.takes_over());
        let leaves = decision.leaves_departments();
        let counts = |field: &Field| !(leaves && *field == Field::Departments);
        for field in changed_fields(&decision.events).into_iter().filter(counts) {
            *self.changed.entry(field).or_default() += 1;
        }
        self.hash.add(decision);
    }

    pub fn add_unit(&mut self, decision: &UnitDecision) {
        self.changes_anything |= !decision.events.is_empty();
        self.hash.add_unit(decision);
    }

    /// 64 hex digits. It covers the versions that the plan rests on.
    pub fn hash(&self) -> String {
        self.hash.clone().finish()
    }
}

/// What is written in one append: people and units of one target.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub scenario: String,
    pub units: Vec<UnitDecision>,
    pub steps: Vec<Step>,
}

impl Batch {
    /// How many events it comes to, notes included.
    pub fn events(&self) -> usize {
        let people = self.steps.iter().map(|step| step.decision.size());
        self.units.iter().map(|unit| unit.events.len()).sum::<usize>() + people.sum::<usize>()
    }

    /// Whether anything but the run itself would change.
    pub fn changes_anything(&self) -> bool {
        self.units.iter().any(|unit| !unit.events.is_empty())
            || self.steps.iter().any(|step| !step.decision.events.is_empty())
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.steps.iter().for_each(|step| count(&mut counts, &step.decision));
        counts
    }
}
