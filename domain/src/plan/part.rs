//! A plan of which a person approved a part: what can be done of that without the rest.

use std::collections::{HashMap, HashSet};

use super::managers::manager_after;
use super::{Decision, Managers};

/// What the approved part makes of who reports to whom.
#[derive(Debug, Default)]
pub struct Part {
    managers: HashMap<String, Option<String>>,
    /// Who gets a source id, by the id derived from it.
    linked: HashMap<String, String>,
}

/// A roster once the part is applied to it.
struct Applied<'a, B> {
    part: &'a Part,
    base: &'a B,
}

impl Part {
    /// Somebody who was approved.
    pub fn add(&mut self, decision: &Decision) {
        let actor = &decision.actor;
        self.managers.extend(manager_after(&decision.events).map(|now| (actor.clone(), now)));
        self.linked.extend(decision.claims.clone().map(|claim| (claim, actor.clone())));
    }

    /// The actors who would end up above themselves, since somebody else's part was not approved.
    pub fn above_themselves<B: Managers>(mut self, base: &B) -> HashSet<String> {
        let mut found = HashSet::new();
        loop {
            let roster = Applied { part: &self, base };
            let goes_round = |actor: &&String| {
                let manager = roster.manager_of(actor);
                manager.is_some_and(|manager| roster.closes_cycle(actor, &manager))
            };
            let touched: HashSet<&String> =
                self.managers.keys().chain(self.linked.values()).collect();
            let around: HashSet<String> = touched.into_iter().filter(goes_round).cloned().collect();
            if around.is_empty() {
                return found;
            }
            self.managers.retain(|actor, _| !around.contains(actor));
            self.linked.retain(|_, actor| !around.contains(actor));
            found.extend(around);
        }
    }
}

impl<B: Managers> Managers for Applied<'_, B> {
    fn manager_of(&self, actor: &str) -> Option<String> {
        let before = || self.base.manager_of(actor);
        let manager = self.part.managers.get(actor).map_or_else(before, Clone::clone)?;
        Some(self.person(&manager))
    }

    fn person(&self, id: &str) -> String {
        self.part.linked.get(id).cloned().unwrap_or_else(|| self.base.person(id))
    }
}
