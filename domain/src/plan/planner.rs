//! Plans the people of one target, page by page: enter everybody, announce them, settle, then plan.

use std::collections::HashSet;

use super::absence::{
    plan_absent, plan_duplicate, plan_not_found, plan_not_visible, plan_outsider, plan_unreadable,
};
use super::managers::{ManagerOverlay, Unchecked};
use super::matching::{Contest, Matched};
use super::person::{plan_link, plan_person};
use super::{Candidates, Decision, Employee, Managers, Observation, Rules, Step, Unseen};
use crate::actor::MatchedBy;
use crate::field::Field;

/// An observation with those who may be that person.
pub type Row<'a> = (&'a Observation, &'a Candidates);

/// The rules of one target, who is who in it, and who reports to whom while it is planned.
#[derive(Debug)]
pub struct Planner<B> {
    pub rules: Rules,
    managers: ManagerOverlay<B>,
    contest: Contest,
    /// Actors who get another source id.
    taken: HashSet<String>,
    /// Actors whom the source changes: they are in sync, or else an outsider at the next read.
    told: HashSet<String>,
}

impl<B: Managers> Planner<B> {
    /// `managers` says who reports to whom in the roster.
    pub fn new(rules: Rules, unseen: Unseen, managers: B) -> Self {
        let (managers, contest) = (ManagerOverlay::new(managers), Contest::new(unseen));
        let (taken, told) = (HashSet::new(), HashSet::new());
        Planner { rules, managers, contest, taken, told }
    }

    /// Which source ids the read did not show.
    pub fn unseen(&self) -> &Unseen {
        self.contest.unseen()
    }

    /// Says who will be announced, so that nobody is taken for two. It may be left out where nobody
    /// is there yet.
    pub fn enter(&mut self, page: &[Row]) {
        for (observation, found) in page {
            self.contest.enter(observation, found, &self.rules);
        }
    }

    /// Says who will be planned, so that managers can be settled over all pages.
    pub fn announce(&mut self, page: &[Row]) {
        for (observation, found) in page {
            let Some(employee) = observation.employee() else { continue };
            let matched = self.contest.matched(employee, found, &self.rules);
            let current = match &matched {
                Matched::One(row, _) => row.manager().map(str::to_owned),
                Matched::Nobody | Matched::Conflict(..) => None,
            };
            let wish = planned(employee, matched, &Unchecked, &self.rules);
            if wish.claims.is_some() {
                self.taken.insert(wish.actor.clone());
                if !employee.seen.contains_key(&Field::Manager) {
                    self.managers.only_keeps(wish.actor.clone());
                }
            }
            let is_out = found.own.as_ref().is_some_and(|row| !row.synced);
            if is_out && !wish.events.is_empty() {
                self.told.insert(wish.actor.clone());
            }
            self.managers.announce(wish, current);
        }
    }

    /// Refuses what would put somebody above themselves, among all who were announced.
    pub fn settle(&mut self) {
        self.managers.settle();
    }

    /// What happens to everybody of a page who was announced and settled before, in the order of
    /// the page.
    pub fn plan(&self, page: &[Row]) -> Vec<Step> {
        let step = |(observation, found): &Row| {
            let decision = self.decide(observation, found)?;
            Some(Step { observation: (*observation).clone(), decision })
        };
        page.iter().filter_map(step).collect()
    }

    /// The same for one person, also when their row has moved since. `None` for somebody absent who
    /// is not there, or who gets another source id, and for an outsider who is none after this plan.
    /// The old id of such a person is nobody's here.
    pub fn decide(&self, observation: &Observation, found: &Candidates) -> Option<Decision> {
        let rules = &self.rules;
        let is_taken = found.own.as_ref().is_some_and(|row| self.taken.contains(&row.actor));
        let known = found.own.as_ref().filter(|_| !is_taken);
        Some(match observation {
            Observation::Present(employee) if is_taken => {
                planned(employee, Matched::Nobody, &self.managers, rules)
            }
            Observation::Present(employee) => {
                let matched = self.contest.matched(employee, found, rules);
                planned(employee, matched, &self.managers, rules)
            }
            Observation::Absent { .. } => plan_absent(known?, rules),
            Observation::NotFound { source_id, deleted } => {
                plan_not_found(source_id, known, *deleted, rules)
            }
            Observation::NotVisible { source_id } => plan_not_visible(source_id, known, rules),
            Observation::Unreadable { source_id } => plan_unreadable(source_id, known, rules),
            Observation::Duplicate { source_id } => plan_duplicate(source_id, known, rules),
            Observation::Outsider { actor } if self.told.contains(actor) => return None,
            Observation::Outsider { .. } => plan_outsider(known?, rules),
            // A source has no say in it.
            Observation::TakenBack { .. } => return None,
        })
    }
}

fn planned(
    employee: &Employee,
    matched: Matched<'_>,
    managers: &dyn Managers,
    rules: &Rules,
) -> Decision {
    match matched {
        Matched::Nobody => plan_person(employee, None, managers, rules),
        Matched::One(row, MatchedBy::SourceId) => plan_person(employee, Some(row), managers, rules),
        Matched::One(row, by) => plan_link(employee, row, by, managers, rules),
        Matched::Conflict(reason, with) => {
            Decision::of(Some(&employee.source_id), None, rules).conflicting(reason, with)
        }
    }
}
