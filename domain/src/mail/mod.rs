//! One mail to one recipient, and what became of each attempt to send it. When somebody is told of
//! something twice, those are two mails.

mod event;
#[cfg(test)]
mod tests;
mod trouble;

pub use event::*;
pub use trouble::Trouble;

use std::convert::Infallible;

use crate::decider::Decider;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mail {
    /// Those that failed.
    pub attempts: u32,
    pub over: bool,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Failed { trouble: Trouble, reply: Option<u16>, again: bool },
    Skipped(Needless),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub about: About,
    pub outcome: Outcome,
}

impl About {
    /// The same for whoever derives it again: a mail is one, however often it is asked for.
    pub fn mail(&self) -> String {
        match self {
            About::Invitation { invitation } => invitation.clone(),
            About::Notification { notification, user } => format!("{notification}-{user}"),
        }
    }
}

impl Decider for Mail {
    const KIND: &'static str = "mail";
    type Command = Record;
    type Event = Event;
    type Refusal = Infallible;

    /// What is sent stays sent, whatever somebody says later who tried it at the same time.
    fn decide(&self, Record { about, outcome }: Record) -> Result<Vec<Event>, Infallible> {
        if self.over {
            return Ok(vec![]);
        }
        let (mail, attempt) = (about.mail(), self.attempts + 1);
        Ok(vec![match outcome {
            Outcome::Sent => Event::Sent { mail, about, attempt },
            Outcome::Failed { trouble, reply, again } => {
                Event::Failed { mail, about, attempt, trouble, reply, again }
            }
            Outcome::Skipped(reason) => Event::Skipped { mail, about, reason },
        }])
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Failed { attempt, .. } => self.attempts = *attempt,
            Event::Sent { .. } | Event::Skipped { .. } => self.over = true,
        }
        self
    }
}
