//! A person in one scenario.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;
use crate::field::{self, Fields, Seen};
use crate::vocabulary::Source;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// `None` before it was created.
    pub known: Option<KnownActor>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownActor {
    pub actor: String,
    pub scenario: String,
    pub subject: String,
    /// `None` for one entered by hand.
    pub source: Option<Source>,
    pub source_id: Option<String>,
    pub active: bool,
    pub synced: bool,
    /// Taken out of sync by a person: stays out until put back.
    pub out_of_sync_by_hand: bool,
    /// The source deleted the record: its id never matches again.
    pub source_deleted: bool,
    /// The personal part can no longer be read.
    pub erased: bool,
    /// Clear and personal ones together.
    pub fields: Fields,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Create {
        actor: String,
        scenario: String,
        subject: String,
        source: Option<Source>,
        source_id: Option<String>,
        active: bool,
        fields: Fields,
    },
    /// Only what differs becomes an event.
    ChangeFields {
        seen: Seen,
    },
    Deactivate {
        cause: Cause,
    },
    Reactivate,
    Unsync {
        by_hand: bool,
    },
    Resync,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such person")]
    NotFound,
    #[error("the person exists already")]
    AlreadyExists,
    #[error("the source deleted this record; its id never matches again")]
    SourceDeleted,
    #[error("the person's data was erased")]
    Erased,
    #[error("the person was entered by hand; there is nothing to sync with")]
    EnteredByHand,
}

impl Decider for Actor {
    const KIND: &'static str = "actor";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.known, command) {
            (
                None,
                Command::Create { actor, scenario, subject, source, source_id, active, fields },
            ) => Ok(vec![Event::created(
                actor, scenario, subject, source, source_id, active, fields,
            )]),
            (Some(_), Command::Create { .. }) => Err(Refusal::AlreadyExists),
            (None, _) => Err(Refusal::NotFound),
            (Some(known), command) => known.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        Actor {
            known: match self.known {
                None => created(event),
                Some(known) => Some(known.evolve(event)),
            },
        }
    }
}

impl KnownActor {
    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let (actor, scenario) = (self.actor.clone(), self.scenario.clone());
        let event = match command {
            Command::Create { .. } => return Err(Refusal::AlreadyExists),
            Command::ChangeFields { .. } | Command::Reactivate | Command::Resync
                if self.source_deleted =>
            {
                return Err(Refusal::SourceDeleted);
            }
            Command::ChangeFields { .. } | Command::Reactivate | Command::Resync if self.erased => {
                return Err(Refusal::Erased);
            }
            Command::Unsync { .. } | Command::Resync if self.source.is_none() => {
                return Err(Refusal::EnteredByHand);
            }
            Command::ChangeFields { seen } => {
                let changes = field::differences(&self.fields, &seen);
                Event::fields_changed(actor, scenario, changes)
            }
            Command::Deactivate { cause } => {
                let news = self.active || (cause == Cause::SourceDeleted && !self.source_deleted);
                news.then_some(Event::Deactivated { actor, scenario, cause })
            }
            Command::Reactivate => (!self.active).then_some(Event::Reactivated { actor, scenario }),
            Command::Unsync { by_hand } => {
                let news = self.synced || (by_hand && !self.out_of_sync_by_hand);
                news.then_some(Event::Unsynced { actor, scenario, by_hand })
            }
            Command::Resync => (!self.synced).then_some(Event::Resynced { actor, scenario }),
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Created { .. } => {}
            Event::FieldsChanged { changes, personal, .. } => {
                field::apply(&mut self.fields, changes);
                if let Some(Personal::Changes(changes)) = personal {
                    field::apply(&mut self.fields, changes);
                }
            }
            Event::Deactivated { cause, .. } => {
                self.active = false;
                self.source_deleted |= *cause == Cause::SourceDeleted;
            }
            Event::Reactivated { .. } => self.active = true,
            Event::Unsynced { by_hand, .. } => {
                self.synced = false;
                self.out_of_sync_by_hand = *by_hand;
            }
            Event::Resynced { .. } => {
                self.synced = true;
                self.out_of_sync_by_hand = false;
            }
        }
        self
    }
}

/// A creation always carries its personal part; one without was erased.
fn created(event: &Event) -> Option<KnownActor> {
    let Event::Created { actor, scenario, subject, source, active, fields, personal } = event
    else {
        return None;
    };
    let mut fields = fields.clone();
    let mut source_id = None;
    if let Some(Personal::Profile { source_id: id, fields: personal }) = personal {
        source_id.clone_from(id);
        fields.extend(personal.iter().map(|(field, value)| (*field, value.clone())));
    }
    Some(KnownActor {
        actor: actor.clone(),
        scenario: scenario.clone(),
        subject: subject.clone(),
        source: source.clone(),
        source_id,
        active: *active,
        synced: source.is_some(),
        out_of_sync_by_hand: false,
        source_deleted: false,
        erased: personal.is_none(),
        fields,
    })
}
