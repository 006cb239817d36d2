//! A version of the organisation: the live baseline, a scenario, or a snapshot.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scenario {
    #[default]
    Unknown,
    Known {
        scenario: String,
        kind: Kind,
        name: String,
        status: Status,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being filled from the one it is copied from.
    Preparing,
    Active,
    Archived,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Create { scenario: String, kind: Kind, name: String, copied_from: Option<String> },
    MarkReady,
    Rename { name: String },
    Archive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such scenario")]
    NotFound,
    #[error("the scenario exists already")]
    AlreadyExists,
    #[error("the scenario needs a name")]
    NameEmpty,
    #[error(
        "the live baseline is the organisation as it is: it is no copy, keeps its name and stays"
    )]
    LiveBaseline,
    #[error("a snapshot is taken of something: say what it is copied from")]
    SnapshotOfNothing,
    #[error("the scenario is archived")]
    Archived,
}

impl Scenario {
    /// Whether incoming changes may apply to it.
    pub fn is_target(&self) -> bool {
        match self {
            Scenario::Known { kind: Kind::LiveBaseline | Kind::Scenario, status, .. } => {
                *status == Status::Active
            }
            Scenario::Known { kind: Kind::Snapshot, .. } | Scenario::Unknown => false,
        }
    }
    pub fn status(&self) -> Option<Status> {
        match self {
            Scenario::Unknown => None,
            Scenario::Known { status, .. } => Some(*status),
        }
    }
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Scenario::Unknown => None,
            Scenario::Known { kind, .. } => Some(*kind),
        }
    }
}

impl Decider for Scenario {
    const KIND: &'static str = "scenario";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Scenario::Unknown, Command::Create { scenario, kind, name, copied_from }) => {
                create(scenario, kind, &name, copied_from)
            }
            (Scenario::Known { .. }, Command::Create { .. }) => Err(Refusal::AlreadyExists),
            (Scenario::Unknown, Command::MarkReady | Command::Rename { .. } | Command::Archive) => {
                Err(Refusal::NotFound)
            }
            (Scenario::Known { scenario, status, .. }, Command::MarkReady) => match status {
                Status::Preparing => Ok(vec![Event::Ready { scenario: scenario.clone() }]),
                Status::Active => Ok(vec![]),
                Status::Archived => Err(Refusal::Archived),
            },
            (
                Scenario::Known { kind: Kind::LiveBaseline, .. },
                Command::Rename { .. } | Command::Archive,
            ) => Err(Refusal::LiveBaseline),
            (Scenario::Known { scenario, name, status, .. }, Command::Rename { name: new }) => {
                rename(scenario, name, *status, &new)
            }
            (Scenario::Known { status: Status::Archived, .. }, Command::Archive) => Ok(vec![]),
            (Scenario::Known { scenario, .. }, Command::Archive) => {
                Ok(vec![Event::Archived { scenario: scenario.clone() }])
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created { scenario, kind, name, .. }) => Scenario::Known {
                scenario: scenario.clone(),
                kind: *kind,
                name: name.clone(),
                status: Status::Preparing,
            },
            (Scenario::Unknown, _) => Scenario::Unknown,
            (Scenario::Known { scenario, kind, name, .. }, Event::Ready { .. }) => {
                Scenario::Known { scenario, kind, name, status: Status::Active }
            }
            (Scenario::Known { scenario, kind, status, .. }, Event::Renamed { new, .. }) => {
                Scenario::Known { scenario, kind, name: new.clone(), status }
            }
            (Scenario::Known { scenario, kind, name, .. }, Event::Archived { .. }) => {
                Scenario::Known { scenario, kind, name, status: Status::Archived }
            }
        }
    }
}

/// What is copied from nothing is ready at once.
fn create(
    scenario: String,
    kind: Kind,
    name: &str,
    copied_from: Option<String>,
) -> Result<Vec<Event>, Refusal> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(Refusal::NameEmpty);
    }
    match (kind, &copied_from) {
        (Kind::LiveBaseline, Some(_)) => return Err(Refusal::LiveBaseline),
        (Kind::Snapshot, None) => return Err(Refusal::SnapshotOfNothing),
        (Kind::LiveBaseline | Kind::Scenario, None)
        | (Kind::Scenario | Kind::Snapshot, Some(_)) => {}
    }
    let ready = copied_from.is_none().then(|| Event::Ready { scenario: scenario.clone() });
    let created = Event::Created { scenario, kind, name, copied_from };
    Ok(std::iter::once(created).chain(ready).collect())
}

fn rename(scenario: &str, old: &str, status: Status, new: &str) -> Result<Vec<Event>, Refusal> {
    let new = new.trim();
    if new.is_empty() {
        return Err(Refusal::NameEmpty);
    }
    match status {
        Status::Archived => Err(Refusal::Archived),
        Status::Preparing | Status::Active if old == new => Ok(vec![]),
        Status::Preparing | Status::Active => Ok(vec![Event::Renamed {
            scenario: scenario.to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
        }]),
    }
}
