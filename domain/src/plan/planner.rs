//! Plans the people of one target, page by page: announce everybody, settle, then plan.

use super::{Decision, ManagerOverlay, Managers, Observation, RosterRow, Rules, Step, decide};

/// An observation with the roster's row of that person, if there is one.
pub type Row<'a> = (&'a Observation, Option<&'a RosterRow>);

/// The rules of one target and who reports to whom in it while it is planned.
#[derive(Debug)]
pub struct Planner<B> {
    pub rules: Rules,
    managers: ManagerOverlay<B>,
}

impl<B: Managers> Planner<B> {
    /// `managers` says who reports to whom in the roster.
    pub fn new(rules: Rules, managers: B) -> Self {
        Planner { rules, managers: ManagerOverlay::new(managers) }
    }

    /// Says who will be planned, so that managers can be settled over all pages.
    pub fn announce(&mut self, page: &[Row]) {
        for (observation, known) in page {
            if let Some(employee) = observation.employee() {
                self.managers.announce(employee, *known, &self.rules);
            }
        }
    }

    /// Refuses what would put somebody above themselves, among all who were announced.
    pub fn settle(&mut self) {
        self.managers.settle();
    }

    /// What happens to everybody of a page who was announced and settled before, in the order of
    /// the page.
    pub fn plan(&self, page: &[Row]) -> Vec<Step> {
        let step = |(observation, known): &Row| {
            let decision = self.decide(observation, *known)?;
            Some(Step { observation: (*observation).clone(), decision })
        };
        page.iter().filter_map(step).collect()
    }

    /// The same for one person whose row has moved since.
    pub fn decide(&self, observation: &Observation, known: Option<&RosterRow>) -> Option<Decision> {
        decide(observation, known, &self.managers, &self.rules)
    }
}
