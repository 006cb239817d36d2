//! A person in one scenario.
//!
//! The stream that is derived from a source id is the claim of that id: it holds the person who was
//! created under it, or names the actor who was linked to it, never both.

mod entered;
mod event;
mod rules;
#[cfg(test)]
mod tests;

pub use entered::{MOST_DEPARTMENTS, Wrong, entered};
pub use event::*;

use std::collections::BTreeSet;

use crate::decider::Decider;
use crate::field::{Field, Fields, Seen};
use crate::ids;
use crate::vocabulary::Source;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// `None` before it was created.
    pub known: Option<KnownActor>,
    /// Who has the source id that this stream is derived from, if it is another actor.
    pub linked_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownActor {
    pub actor: String,
    pub scenario: String,
    pub subject: String,
    /// `None` for one entered by hand.
    pub source: Option<Source>,
    pub source_id: Option<String>,
    /// The id derived from the source id they were linked to; `None` for one who was created under
    /// it, or by hand.
    pub claim: Option<String>,
    pub active: bool,
    pub synced: bool,
    /// Taken out of sync by a person: stays out until put back.
    pub out_of_sync_by_hand: bool,
    /// The run that was taken back; others leave the person alone until they are released.
    pub on_hold: Option<String>,
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
    /// The same by a person, who may not change what a source tells.
    Edit {
        seen: Seen,
        active: Option<bool>,
        lock: Option<Lock>,
    },
    Deactivate {
        cause: Cause,
    },
    Reactivate,
    Unsync {
        by_hand: bool,
    },
    Resync,
    /// What a run did to them was taken back.
    PutOnHold {
        run: String,
    },
    Release,
    /// They are who the source knows under this id.
    Identify {
        source: Source,
        source_id: String,
        /// Derived from it.
        claim: String,
        matched_by: MatchedBy,
    },
    /// On a stream that is derived from a source id.
    LinkTo {
        actor: String,
        scenario: String,
        to: String,
    },
}

/// What keeps people from being edited by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    pub connection: String,
    /// The run that changed the person last.
    pub run: Option<String>,
    pub source: Source,
    /// What the connection keeps in sync.
    pub fields: BTreeSet<Field>,
    /// Whether departments of the source hold nobody who is not in sync with it.
    pub closes_departments: bool,
}

impl Lock {
    /// Whether it is this field that nobody edits; whether somebody is active always is.
    pub fn keeps(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    #[error("a person needs a first name, a last name, a preferred name or an e-mail address")]
    Nameless,
    #[error(
        "{} {} kept in sync by connection {connection} (last by {}); change it there, or take the \
         person out of sync", .fields.join(", "), if .fields.len() == 1 { "is" } else { "are" },
        .run.as_deref().map_or("no run".to_owned(), |run| format!("run {run}"))
    )]
    Synced { connection: String, run: Option<String>, fields: Vec<&'static str> },
    #[error(
        "{} {} only whoever connection {connection} keeps in sync; use a department made by hand, or \
         have the person sent by the source",
        .departments.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "),
        if .departments.len() == 1 { "holds" } else { "hold" }
    )]
    DepartmentClosed { connection: String, departments: Vec<Closed> },
    #[error("{} in this scenario; look up its id there", not_there(.0))]
    NotThere(Vec<(Field, String)>),
    #[error("the manager reports to this person; nobody is above themselves")]
    AboveThemselves,
    #[error("there are more than {most} managers above this one; shorten the chain first")]
    ChainTooLong { most: usize },
}

/// A department that holds nobody who is not in sync with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub department: String,
    pub name: String,
}

fn not_there(missing: &[(Field, String)]) -> String {
    let one = |(field, id): &(Field, String)| {
        format!("{} {} is not there", field.as_str(), ids::shown(id))
    };
    missing.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl Decider for Actor {
    const KIND: &'static str = "actor";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.known, command) {
            (None, Command::Create { .. }) if self.linked_to.is_some() => {
                Err(Refusal::AlreadyExists)
            }
            (
                None,
                Command::Create { actor, scenario, subject, source, source_id, active, fields },
            ) => {
                let named = rules::NAMES.iter().any(|name| fields.contains_key(name));
                if source.is_none() && !named {
                    return Err(Refusal::Nameless);
                }
                let created =
                    Event::created(actor, scenario, subject, source, source_id, active, fields);
                Ok(vec![created])
            }
            (None, Command::LinkTo { to, .. }) if self.linked_to.as_ref() == Some(&to) => {
                Ok(vec![])
            }
            (None, Command::LinkTo { actor, scenario, to }) if self.linked_to.is_none() => {
                Ok(vec![Event::LinkedTo { actor, scenario, to }])
            }
            (_, Command::LinkTo { .. }) | (Some(_), Command::Create { .. }) => {
                Err(Refusal::AlreadyExists)
            }
            (None, _) => Err(Refusal::NotFound),
            (Some(known), command) => known.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self.known, event) {
            (None, Event::LinkedTo { to, .. }) => {
                Actor { known: None, linked_to: Some(to.clone()) }
            }
            (None, event) => Actor { known: rules::created(event), ..self },
            (Some(known), event) => Actor { known: Some(known.evolve(event)), ..self },
        }
    }
}

impl KnownActor {
    /// The id derived from their source id; `None` for one entered by hand.
    pub fn claim(&self) -> Option<&str> {
        self.source.as_ref().map(|_| self.claim.as_deref().unwrap_or(&self.actor))
    }

    /// Whether a lock is about this person: they are in sync with its source, and not on hold.
    pub fn is_kept_by(&self, lock: &Lock) -> bool {
        self.synced && self.on_hold.is_none() && self.source.as_ref() == Some(&lock.source)
    }

    pub fn manager(&self) -> Option<&str> {
        self.fields.get(&Field::Manager)?.text()
    }
}
