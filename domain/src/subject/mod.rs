//! The person behind the actors of all scenarios: whose key seals what is personal.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use std::convert::Infallible;

use crate::decider::Decider;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subject {
    pub erased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Erase { subject: String },
}

/// Erasing is never refused, and twice is once.
pub type Refusal = Infallible;

impl Decider for Subject {
    const KIND: &'static str = "subject";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Erase { .. } if self.erased => Ok(vec![]),
            Command::Erase { subject } => Ok(vec![Event::Erased { subject }]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Erased { .. } => Subject { erased: true },
        }
    }
}
