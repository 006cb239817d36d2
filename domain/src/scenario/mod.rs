//! A version of the organisation: the live baseline, a scenario, or a snapshot.

pub mod copy;
mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// `None` before it was created.
    pub known: Option<KnownScenario>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownScenario {
    pub scenario: String,
    pub kind: Kind,
    pub name: String,
    pub status: Status,
    pub copied_from: Option<String>,
    /// How far the copy is.
    pub filled: Filled,
}

/// Batches of a copy that were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Number of the last one; 0 before the first.
    pub batches: u32,
    pub people: u64,
    pub units: u64,
    /// The last person of the original that was dealt with.
    pub after: Option<String>,
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
    Create {
        scenario: String,
        kind: Kind,
        name: String,
        copied_from: Option<String>,
    },
    /// Batches count from 1 without gaps. One that was written before is refused, so that what is
    /// appended with it can't be appended twice.
    Fill {
        batch: u32,
        people: u64,
        units: u64,
        after: Option<String>,
    },
    MarkReady,
    Rename {
        name: String,
    },
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
    #[error("a scenario's name has at most {NAME_LENGTH} characters, and no control characters")]
    NameInvalid,
    #[error(
        "the live baseline is the organisation as it is: it is no copy, keeps its name and stays"
    )]
    LiveBaseline,
    #[error("a snapshot is taken of something: say what it is copied from")]
    SnapshotOfNothing,
    #[error("the scenario is archived: it is no longer written; use another, or copy one anew")]
    Archived,
    #[error("a snapshot never changes; make a scenario from it instead")]
    Snapshot,
    #[error("the scenario is still being copied; try again when it is active")]
    Preparing,
    #[error("the next batch is {expected}, not {got}")]
    BatchOutOfOrder { expected: u32, got: u32 },
}

impl Scenario {
    pub fn status(&self) -> Option<Status> {
        self.known.as_ref().map(|known| known.status)
    }
    pub fn kind(&self) -> Option<Kind> {
        self.known.as_ref().map(|known| known.kind)
    }

    /// Whether people and programs may write it, and changes be applied to it; if not, why.
    pub fn writable(&self) -> Result<&KnownScenario, Refusal> {
        let known = self.known.as_ref().ok_or(Refusal::NotFound)?;
        match (known.kind, known.status) {
            (_, Status::Archived) => Err(Refusal::Archived),
            (Kind::Snapshot, Status::Preparing | Status::Active) => Err(Refusal::Snapshot),
            (Kind::LiveBaseline | Kind::Scenario, Status::Preparing) => Err(Refusal::Preparing),
            (Kind::LiveBaseline | Kind::Scenario, Status::Active) => Ok(known),
        }
    }

    /// Whether another one may be made from it; if not, why.
    pub fn copyable(&self) -> Result<&KnownScenario, Refusal> {
        let known = self.known.as_ref().ok_or(Refusal::NotFound)?;
        match known.status {
            Status::Archived => Err(Refusal::Archived),
            Status::Preparing => Err(Refusal::Preparing),
            Status::Active => Ok(known),
        }
    }

    /// Whether all of it is there, to be compared with another one; if not, why.
    pub fn comparable(&self) -> Result<&KnownScenario, Refusal> {
        let known = self.known.as_ref().ok_or(Refusal::NotFound)?;
        match known.status {
            Status::Preparing => Err(Refusal::Preparing),
            Status::Active | Status::Archived => Ok(known),
        }
    }
}

impl Decider for Scenario {
    const KIND: &'static str = "scenario";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.known, command) {
            (None, Command::Create { scenario, kind, name, copied_from }) => {
                create(scenario, kind, &name, copied_from)
            }
            (Some(_), Command::Create { .. }) => Err(Refusal::AlreadyExists),
            (None, _) => Err(Refusal::NotFound),
            (Some(known), command) => known.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let known = match (self.known, event) {
            (_, Event::Created { scenario, kind, name, copied_from }) => Some(KnownScenario {
                scenario: scenario.clone(),
                kind: *kind,
                name: name.clone(),
                status: Status::Preparing,
                copied_from: copied_from.clone(),
                filled: Filled::default(),
            }),
            (known, event) => known.map(|known| known.evolve(event)),
        };
        Scenario { known }
    }
}

impl KnownScenario {
    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let scenario = self.scenario.clone();
        let event = match command {
            Command::Create { .. } => return Err(Refusal::AlreadyExists),
            Command::Fill { .. } | Command::MarkReady if self.status == Status::Archived => {
                return Err(Refusal::Archived);
            }
            Command::Fill { batch, people, units, after } => {
                let expected = self.filled.batches + 1;
                if self.status == Status::Active || batch != expected {
                    return Err(Refusal::BatchOutOfOrder { expected, got: batch });
                }
                Some(Event::Filled { scenario, batch, people, units, after })
            }
            Command::MarkReady => {
                (self.status == Status::Preparing).then_some(Event::Ready { scenario })
            }
            Command::Rename { .. } | Command::Archive if self.kind == Kind::LiveBaseline => {
                return Err(Refusal::LiveBaseline);
            }
            Command::Rename { name } => return self.rename(&name),
            Command::Archive => {
                (self.status != Status::Archived).then_some(Event::Archived { scenario })
            }
        };
        Ok(event.into_iter().collect())
    }

    fn rename(&self, new: &str) -> Result<Vec<Event>, Refusal> {
        let (scenario, old, new) = (self.scenario.clone(), self.name.clone(), named(new)?);
        match self.status {
            Status::Archived => Err(Refusal::Archived),
            Status::Preparing | Status::Active if old == new => Ok(vec![]),
            Status::Preparing | Status::Active => Ok(vec![Event::Renamed { scenario, old, new }]),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Created { .. } => {}
            Event::Filled { batch, people, units, after, .. } => {
                self.filled = Filled {
                    batches: *batch,
                    people: self.filled.people + people,
                    units: self.filled.units + units,
                    after: after.clone(),
                };
            }
            Event::Ready { .. } => self.status = Status::Active,
            Event::Renamed { new, .. } => self.name.clone_from(new),
            Event::Archived { .. } => self.status = Status::Archived,
        }
        self
    }
}

/// The longest name of a scenario, in characters.
pub const NAME_LENGTH: usize = 200;

/// Characters that make what follows read the other way round, or nothing at all.
fn is_invisible(one: char) -> bool {
    one.is_control()
        || matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffd}')
}

fn named(name: &str) -> Result<String, Refusal> {
    match name.trim() {
        "" => Err(Refusal::NameEmpty),
        name if name.chars().count() > NAME_LENGTH || name.contains(is_invisible) => {
            Err(Refusal::NameInvalid)
        }
        name => Ok(name.to_owned()),
    }
}

/// What is copied from nothing is ready at once.
fn create(
    scenario: String,
    kind: Kind,
    name: &str,
    copied_from: Option<String>,
) -> Result<Vec<Event>, Refusal> {
    let name = named(name)?;
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
