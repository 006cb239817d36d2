//! Who reports to whom while a plan is made, so that nobody ends up above themselves.

use std::collections::{HashMap, HashSet};

use super::{Employee, RosterRow, Rules, plan_person};
use crate::actor::Event;
use crate::field::{Changes, Field, Fields};

/// Who reports to whom, by actor id.
pub trait Managers {
    fn manager_of(&self, actor: &str) -> Option<String>;

    /// Whether the manager reports to the actor, however far up.
    fn closes_cycle(&self, actor: &str, manager: &str) -> bool {
        leads_to(manager, actor, |at| self.manager_of(at))
    }
}

impl Managers for HashMap<String, String> {
    fn manager_of(&self, actor: &str) -> Option<String> {
        self.get(actor).cloned()
    }
}

/// Walks up from `from`. A cycle that was there before ends the walk: whenever the step count
/// doubles, the place is kept, and coming back to it means going round (Brent).
fn leads_to(from: &str, to: &str, manager_of: impl Fn(&str) -> Option<String>) -> bool {
    let mut at = from.to_owned();
    let mut kept = at.clone();
    let (mut steps, mut turn) = (0_u64, 1_u64);
    while at != to {
        let Some(next) = manager_of(&at) else { return false };
        if next == kept {
            return next == to;
        }
        at = next;
        steps += 1;
        if steps == turn {
            kept.clone_from(&at);
            (steps, turn) = (0, turn * 2);
        }
    }
    true
}

/// The roster's managers, overlaid with those this plan decided on.
///
/// Announce everybody who is planned together, settle, then plan. Settling refuses the *new*
/// managers on a cycle, all of them, so that the order of employees makes no difference; who is
/// refused keeps the manager they have.
#[derive(Debug, Clone)]
pub struct ManagerOverlay<B> {
    base: B,
    /// Of the people planned so far.
    decided: HashMap<String, Option<String>>,
    /// Announced and not settled.
    open: HashMap<String, Option<String>>,
    refused: HashMap<String, String>,
}

impl<B: Managers> ManagerOverlay<B> {
    /// `base` says who reports to whom in the roster.
    pub fn new(base: B) -> Self {
        let (decided, open, refused) = <(HashMap<_, _>, HashMap<_, _>, HashMap<_, _>)>::default();
        ManagerOverlay { base, decided, open, refused }
    }

    /// Says that this employee is about to be planned. Announced again, the later one counts.
    pub fn announce(&mut self, employee: &Employee, known: Option<&RosterRow>, rules: &Rules) {
        let wish = plan_person(employee, known, &Unchecked, rules);
        let current = known.and_then(|known| manager_in(&known.fields));
        self.refused.remove(&wish.actor);
        match manager_after(&wish.events) {
            Some(manager) => {
                self.decided.insert(wish.actor.clone(), current);
                self.open.insert(wish.actor, manager);
            }
            None => {
                self.open.remove(&wish.actor);
                self.decided.entry(wish.actor).and_modify(|manager| *manager = current);
            }
        }
    }

    /// Refuses what would close a cycle among all that was announced.
    ///
    /// A refused person keeps a manager with whom others may close a cycle in turn, so it goes on
    /// from those until nobody more is refused.
    pub fn settle(&mut self) {
        let mut starts: Vec<String> = self.open.keys().cloned().collect();
        while !starts.is_empty() {
            let on_cycles = self.on_cycles(&starts);
            starts.clear();
            for actor in on_cycles {
                if let Some(Some(manager)) = self.open.remove(&actor) {
                    self.refused.insert(actor.clone(), manager);
                    starts.push(actor);
                }
            }
        }
        self.decided.extend(self.open.drain());
    }

    /// Everybody on a cycle that is reached from one of these. Each place is walked once.
    fn on_cycles(&self, starts: &[String]) -> Vec<String> {
        let mut walked: HashSet<String> = HashSet::new();
        let mut found = Vec::new();
        for start in starts {
            let mut path: Vec<String> = Vec::new();
            let mut places: HashMap<String, usize> = HashMap::new();
            let mut at = Some(start.clone());
            while let Some(here) = at.take() {
                if let Some(place) = places.get(&here) {
                    found.extend_from_slice(&path[*place..]);
                } else if !walked.contains(&here) {
                    at = self.manager_of(&here);
                    places.insert(here.clone(), path.len());
                    path.push(here);
                }
            }
            walked.extend(path);
        }
        found
    }
}

impl<B: Managers> Managers for ManagerOverlay<B> {
    fn manager_of(&self, actor: &str) -> Option<String> {
        match self.open.get(actor).or_else(|| self.decided.get(actor)) {
            Some(manager) => manager.clone(),
            None => self.base.manager_of(actor),
        }
    }

    fn closes_cycle(&self, actor: &str, manager: &str) -> bool {
        if self.refused.get(actor).is_some_and(|refused| refused == manager) {
            return true;
        }
        leads_to(manager, actor, |at| self.manager_of(at))
    }
}

impl<M: Managers + ?Sized> Managers for Box<M> {
    fn manager_of(&self, actor: &str) -> Option<String> {
        (**self).manager_of(actor)
    }
}

/// For asking what a source wishes, whether or not it may be.
struct Unchecked;

impl Managers for Unchecked {
    fn manager_of(&self, _actor: &str) -> Option<String> {
        None
    }
}

fn manager_in(fields: &Fields) -> Option<String> {
    fields.get(&Field::Manager)?.text().map(str::to_owned)
}

/// Whom the person reports to after these events, if they say so.
fn manager_after(events: &[Event]) -> Option<Option<String>> {
    let changed = |changes: &Changes| {
        let (_, now) = changes.get(&Field::Manager)?;
        Some(now.as_ref().and_then(|value| value.text()).map(str::to_owned))
    };
    events.iter().rev().find_map(|event| match event {
        Event::Created { fields, .. } => Some(manager_in(fields)),
        Event::FieldsChanged { changes, .. } => changed(changes),
        Event::Deactivated { .. }
        | Event::Reactivated { .. }
        | Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::Identified { .. }
        | Event::LinkedTo { .. } => None,
    })
}
