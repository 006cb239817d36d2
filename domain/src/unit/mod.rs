//! A department, division or location in one scenario. As with people, the stream that is derived
//! from a source key is the claim of that key.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;
use crate::vocabulary::Source;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// `None` before it was created.
    pub known: Option<KnownUnit>,
    /// What has the source key that this stream is derived from, if it is another unit.
    pub linked_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUnit {
    pub unit: String,
    pub scenario: String,
    pub kind: Kind,
    pub name: String,
    /// `None` for one made by hand.
    pub source: Option<Source>,
    pub source_key: Option<String>,
    /// The id derived from the source key it was linked to; `None` for one created under it.
    pub claim: Option<String>,
    pub retired: bool,
    /// What it is part of; `None` for one that stands by itself.
    pub parent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Create {
        unit: String,
        scenario: String,
        kind: Kind,
        name: String,
        source: Option<Source>,
        source_key: Option<String>,
        parent: Option<String>,
    },
    /// By a person, who may not rename what a source names.
    Rename { name: String, lock: Option<Lock> },
}

/// What keeps units from being renamed by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    pub connection: String,
    /// The run that changed the unit last.
    pub run: Option<String>,
    pub source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such department, division or location")]
    NotFound,
    #[error("it exists already")]
    AlreadyExists,
    #[error("it needs a name")]
    NameEmpty,
    #[error("its name is longer than {NAME_LENGTH} characters")]
    NameTooLong,
    #[error(
        "its name is kept in sync by connection {connection} (last by {}); rename it there",
        .run.as_deref().map_or("no run".to_owned(), |run| format!("run {run}"))
    )]
    Synced { connection: String, run: Option<String> },
}

/// Names are indexed, and index entries are bounded.
pub const NAME_LENGTH: usize = 200;

impl Decider for Unit {
    const KIND: &'static str = "unit";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.known, command) {
            (None, Command::Create { .. }) if self.linked_to.is_some() => {
                Err(Refusal::AlreadyExists)
            }
            (None, Command::Create { unit, scenario, kind, name, source, source_key, parent }) => {
                Ok(vec![Event::Created {
                    unit,
                    scenario,
                    kind,
                    name: named(&name)?,
                    source,
                    source_key,
                    copied_from: None,
                    parent,
                }])
            }
            (Some(_), Command::Create { .. }) => Err(Refusal::AlreadyExists),
            (None, Command::Rename { .. }) => Err(Refusal::NotFound),
            (Some(known), Command::Rename { name, lock }) => known.rename(&name, lock),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self.known, event) {
            (None, Event::LinkedTo { to, .. }) => Unit { known: None, linked_to: Some(to.clone()) },
            (None, event) => Unit { known: created(event), ..self },
            (Some(known), event) => Unit { known: Some(known.evolve(event)), ..self },
        }
    }
}

fn created(event: &Event) -> Option<KnownUnit> {
    let Event::Created { unit, scenario, kind, name, source, source_key, parent, .. } = event
    else {
        return None;
    };
    Some(KnownUnit {
        unit: unit.clone(),
        scenario: scenario.clone(),
        kind: *kind,
        name: name.clone(),
        source: source.clone(),
        source_key: source_key.clone(),
        claim: None,
        retired: false,
        parent: parent.clone(),
    })
}

impl KnownUnit {
    fn rename(&self, name: &str, lock: Option<Lock>) -> Result<Vec<Event>, Refusal> {
        let (unit, scenario) = (self.unit.clone(), self.scenario.clone());
        let (old, new) = (self.name.clone(), named(name)?);
        if old == new {
            return Ok(vec![]);
        }
        match lock.filter(|lock| self.source.as_ref() == Some(&lock.source)) {
            Some(Lock { connection, run, .. }) => Err(Refusal::Synced { connection, run }),
            None => Ok(vec![Event::Renamed { unit, scenario, old, new }]),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Created { .. } | Event::LinkedTo { .. } => {}
            Event::Renamed { new, .. } => self.name.clone_from(new),
            Event::Identified { source, source_key, claim, .. } => {
                self.source = Some(source.clone());
                self.source_key = Some(source_key.clone());
                self.claim = Some(claim.clone());
                self.retired = false;
            }
            Event::Retired { .. } => self.retired = true,
            Event::Restored { .. } => self.retired = false,
        }
        self
    }
}

fn named(name: &str) -> Result<String, Refusal> {
    match name.trim() {
        "" => Err(Refusal::NameEmpty),
        name if name.chars().count() > NAME_LENGTH => Err(Refusal::NameTooLong),
        name => Ok(name.to_owned()),
    }
}
