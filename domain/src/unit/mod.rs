//! A department, division or location in one scenario.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;
use crate::vocabulary::Source;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Unknown,
    Known {
        unit: String,
        scenario: String,
        kind: Kind,
        name: String,
    },
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
    },
    Rename {
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such department, division or location")]
    NotFound,
    #[error("it exists already")]
    AlreadyExists,
    #[error("it needs a name")]
    NameEmpty,
}

impl Decider for Unit {
    const KIND: &'static str = "unit";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Unit::Unknown, Command::Create { unit, scenario, kind, name, source, source_key }) => {
                let name = named(&name)?;
                Ok(vec![Event::Created { unit, scenario, kind, name, source, source_key }])
            }
            (Unit::Known { .. }, Command::Create { .. }) => Err(Refusal::AlreadyExists),
            (Unit::Unknown, Command::Rename { .. }) => Err(Refusal::NotFound),
            (Unit::Known { unit, scenario, name: old, .. }, Command::Rename { name }) => {
                let new = named(&name)?;
                if *old == new {
                    return Ok(vec![]);
                }
                let (unit, scenario, old) = (unit.clone(), scenario.clone(), old.clone());
                Ok(vec![Event::Renamed { unit, scenario, old, new }])
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created { unit, scenario, kind, name, .. }) => Unit::Known {
                unit: unit.clone(),
                scenario: scenario.clone(),
                kind: *kind,
                name: name.clone(),
            },
            (Unit::Known { unit, scenario, kind, .. }, Event::Renamed { new, .. }) => {
                Unit::Known { unit, scenario, kind, name: new.clone() }
            }
            (Unit::Unknown, Event::Renamed { .. }) => Unit::Unknown,
        }
    }
}

fn named(name: &str) -> Result<String, Refusal> {
    match name.trim() {
        "" => Err(Refusal::NameEmpty),
        name => Ok(name.to_owned()),
    }
}
