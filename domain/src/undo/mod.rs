//! Taking back what a run did to people. Pure: `(a person's history, the run) → compensating events`,
//! part by part, equal in a preview, a run and a resumed run.
//!
//! A part is taken back where nobody changed it since the run did. The rest is kept, or can't be taken
//! back at all, and says why. Nobody is deleted: whoever the run made is deactivated.

mod history;
mod part;
mod person;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use history::{By, History, Past};
pub use part::{Fate, Part, Row, Why};
pub use person::Undone;

use crate::actor::Event;
use crate::field::Field;
use crate::plan::{ManagerOverlay, Managers, Unchecked};

/// What is taken back, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub scenario: String,
    /// The run that is taken back.
    pub run: String,
    /// The run that takes it back: whom it has written already it leaves alone. `None` in a preview.
    pub by: Option<String>,
    /// Whether the people are put on hold, so that the next run does not do it all again. An undo of
    /// an undo holds nobody: it takes back the holds as well.
    pub holds: bool,
}

/// Takes back what a run did in one scenario.
///
/// Announce whose manager the run changed, settle, then decide: a manager who comes back must not
/// report to the person by now.
#[derive(Debug)]
pub struct Undo<B> {
    pub terms: Terms,
    managers: ManagerOverlay<B>,
}

impl<B: Managers> Undo<B> {
    /// `managers` says who reports to whom in the roster.
    pub fn new(terms: Terms, managers: B) -> Self {
        Undo { terms, managers: ManagerOverlay::new(managers) }
    }

    pub fn announce(&mut self, history: &History) {
        let Some(undone) = person::undo(history, &self.terms, &Unchecked) else { return };
        let current = undone.decision.events.iter().find_map(|event| match event {
            Event::FieldsChanged { changes, .. } => changes.get(&Field::Manager),
            Event::Created { .. }
            | Event::Deactivated { .. }
            | Event::Reactivated { .. }
            | Event::Unsynced { .. }
            | Event::Resynced { .. }
            | Event::PutOnHold { .. }
            | Event::Released { .. }
            | Event::Identified { .. }
            | Event::LinkedTo { .. } => None,
        });
        if let Some((current, _)) = current {
            let current = current.as_ref().and_then(|id| id.text()).map(str::to_owned);
            self.managers.announce(undone.decision, current);
        }
    }

    /// Refuses what would put somebody above themselves, among all who were announced.
    pub fn settle(&mut self) {
        self.managers.settle();
    }

    /// What happens to a person; `None` for one whom the run did not touch, or whom this undo has
    /// written already.
    pub fn decide(&self, history: &History) -> Option<Undone> {
        person::undo(history, &self.terms, &self.managers)
    }
}
