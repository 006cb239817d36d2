//! The identity map: which person a source id is, imported by an admin (product.md §8.1). One stream
//! per source id, named by the subject that is derived from it.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use std::convert::Infallible;

use crate::decider::Decider;
use crate::field::normalised;
use crate::vocabulary::Source;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `None` where nothing is said of the source id.
    pub known: Option<Who>,
}

/// Who a source id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Person(Person),
    /// In lower case.
    Email(String),
    /// Nobody who is there, whatever their address says.
    New,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Map { subject: String, source: Source, source_id: String, who: Who },
    Unmap { subject: String },
}

/// A later word replaces an earlier one, and twice is once.
pub type Refusal = Infallible;

/// What e-mail addresses are compared by: without blanks around them, in lower case. `None` if there
/// is nothing left.
pub fn email_key(email: &str) -> Option<String> {
    let key = normalised(email).to_lowercase();
    (!key.is_empty()).then_some(key)
}

impl Decider for Identity {
    const KIND: &'static str = "identity";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        Ok(match command {
            Command::Map { who, .. } if self.known.as_ref() == Some(&who) => vec![],
            Command::Map { subject, source, source_id, who } => {
                let (person, email) = match who {
                    Who::Person(person) => (Some(person), None),
                    Who::Email(email) => (None, Some(email)),
                    Who::New => (None, None),
                };
                let personal = Some(Mapping { source_id, email });
                vec![Event::Mapped { subject, source, person, personal }]
            }
            Command::Unmap { .. } if self.known.is_none() => vec![],
            Command::Unmap { subject } => vec![Event::Unmapped { subject }],
        })
    }

    fn evolve(self, event: &Event) -> Self {
        let known = match event {
            Event::Mapped { person: Some(person), .. } => Some(Who::Person(person.clone())),
            // Whose key is gone says nothing any more.
            Event::Mapped { personal, .. } => personal.as_ref().map(|said| match &said.email {
                Some(email) => Who::Email(email.clone()),
                None => Who::New,
            }),
            Event::Unmapped { .. } => None,
        };
        Identity { known }
    }
}
