//! Who reports to whom while a plan is made, so that nobody ends up above themselves.

use std::collections::{HashMap, HashSet};

use super::Decision;
use crate::actor::Event;
use crate::field::{Changes, Field, Fields};

/// Who reports to whom, by actor id.
pub trait Managers {
    fn manager_of(&self, actor: &str) -> Option<String>;

    /// The actor that an id names: itself, or who was linked to the source id it is derived from.
    fn person(&self, id: &str) -> String {
        id.to_owned()
    }

    /// Whether the manager reports to the actor, however far up.
    fn closes_cycle(&self, actor: &str, manager: &str) -> bool {
        leads_to(&self.person(manager), actor, |at| self.manager_of(at))
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
pub(crate) struct ManagerOverlay<B> {
    base: B,
    /// Of the people planned so far.
    decided: HashMap<String, Option<String>>,
    /// Announced and not settled.
    open: HashMap<String, Option<String>>,
    /// Who is linked by this plan, by the id derived from their new source id.
    linked: HashMap<String, String>,
    /// Linked people who have a manager of whom the source says nothing.
    kept: HashSet<String>,
    refused: HashMap<String, String>,
}

impl<B: Managers> ManagerOverlay<B> {
    /// `base` says who reports to whom in the roster.
    pub(crate) fn new(base: B) -> Self {
        let (decided, open) = (HashMap::new(), HashMap::new());
        let (linked, kept, refused) = (HashMap::new(), HashSet::new(), HashMap::new());
        ManagerOverlay { base, decided, open, linked, kept, refused }
    }

    /// Says what would be decided of somebody about to be planned, if every manager were right, and
    /// whom they report to before. Announced again, the later one counts.
    pub(crate) fn announce(&mut self, wish: Decision, current: Option<String>) {
        self.refused.remove(&wish.actor);
        let manager = manager_after(&wish.events);
        if let Some(claim) = wish.claims {
            // Whoever waited for this source id is below them from now on, so the manager they have
            // may be wrong as well: who is refused one has none.
            self.linked.insert(claim, wish.actor.clone());
            self.decided.insert(wish.actor.clone(), None);
            self.open.insert(wish.actor, manager.unwrap_or(current));
            return;
        }
        match manager {
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

    /// The source says nothing of this one's manager.
    pub(crate) fn only_keeps(&mut self, actor: String) {
        self.kept.insert(actor);
    }

    /// Refuses what would close a cycle among all that was announced.
    ///
    /// What a linked person only kept goes first, without asking whether a new manager would have to:
    /// the source means the new ones, and would mean them again at the next run. A refused person
    /// keeps a manager with whom others may close a cycle in turn, so it goes on from those until
    /// nobody more is refused.
    pub(crate) fn settle(&mut self) {
        let everybody =
            |open: &HashMap<String, _>| -> Vec<String> { open.keys().cloned().collect() };
        let on_cycles = self.on_cycles(&everybody(&self.open));
        self.refuse(on_cycles.into_iter().filter(|actor| self.kept.contains(actor)).collect());
        let mut starts = everybody(&self.open);
        while !starts.is_empty() {
            let on_cycles = self.on_cycles(&starts);
            starts = self.refuse(on_cycles);
        }
        self.decided.extend(self.open.drain());
    }

    /// Who of these wished for somebody; they have whom they had.
    fn refuse(&mut self, actors: Vec<String>) -> Vec<String> {
        let mut refused = Vec::new();
        for actor in actors {
            if let Some(Some(manager)) = self.open.remove(&actor) {
                self.refused.insert(actor.clone(), manager);
                refused.push(actor);
            }
        }
        refused
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
            Some(manager) => manager.as_deref().map(|manager| self.person(manager)),
            None => self.base.manager_of(actor).map(|manager| self.person(&manager)),
        }
    }

    fn person(&self, id: &str) -> String {
        self.linked.get(id).cloned().unwrap_or_else(|| self.base.person(id))
    }

    fn closes_cycle(&self, actor: &str, manager: &str) -> bool {
        if self.refused.get(actor).is_some_and(|refused| refused == manager) {
            return true;
        }
        leads_to(&self.person(manager), actor, |at| self.manager_of(at))
    }
}

impl<M: Managers + ?Sized> Managers for Box<M> {
    fn manager_of(&self, actor: &str) -> Option<String> {
        (**self).manager_of(actor)
    }
    fn person(&self, id: &str) -> String {
        (**self).person(id)
    }
}

/// For asking what a source wishes, whether or not it may be.
#[derive(Debug)]
pub(crate) struct Unchecked;

impl Managers for Unchecked {
    fn manager_of(&self, _actor: &str) -> Option<String> {
        None
    }
}

fn manager_in(fields: &Fields) -> Option<String> {
    fields.get(&Field::Manager)?.text().map(str::to_owned)
}

/// Whom the person reports to after these events, if they say so.
pub(super) fn manager_after(events: &[Event]) -> Option<Option<String>> {
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
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::Identified { .. }
        | Event::LinkedTo { .. } => None,
    })
}
