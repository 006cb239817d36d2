//! One thing that owners and admins are told, and who of them has read it. Its id is that of the
//! event that raised it, so telling twice is telling once.

mod event;
mod kind;
#[cfg(test)]
mod tests;
pub mod wording;

pub use event::*;
pub use kind::*;

use std::collections::BTreeMap;

use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notification {
    /// `None` before it was raised.
    pub raised: Option<Raised>,
    /// What its recipients last marked it as, and how often they had marked all before.
    marks: BTreeMap<String, (Mark, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Read,
    Unread,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Raise(Box<Raised>),
    /// `sweeps` is how often the user has marked all as read: a mark from before that says nothing.
    Mark {
        user: String,
        mark: Mark,
        sweeps: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such notification")]
    NotFound,
}

impl Decider for Notification {
    const KIND: &'static str = "notification";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Raise(_) if self.raised.is_some() => Ok(vec![]),
            Command::Raise(raised) if raised.recipients.is_empty() => Ok(vec![]),
            Command::Raise(raised) => Ok(vec![Event::Raised(raised)]),
            Command::Mark { user, mark, sweeps } => {
                let raised = self.raised.as_ref().ok_or(Refusal::NotFound)?;
                if !raised.recipients.contains(&user) {
                    return Err(Refusal::NotFound);
                }
                if self.marks.get(&user) == Some(&(mark, sweeps)) {
                    return Ok(vec![]);
                }
                Ok(vec![match mark {
                    Mark::Read => Event::Read { user, sweeps },
                    Mark::Unread => Event::Unread { user, sweeps },
                }])
            }
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Raised(raised) => self.raised = Some((**raised).clone()),
            Event::Read { user, sweeps } => {
                self.marks.insert(user.clone(), (Mark::Read, *sweeps));
            }
            Event::Unread { user, sweeps } => {
                self.marks.insert(user.clone(), (Mark::Unread, *sweeps));
            }
        }
        self
    }
}
