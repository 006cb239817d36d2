//! What a user was told in one tenant, as a whole: up to where they have marked it all as read.

mod event;
#[cfg(test)]
mod tests;

pub use event::Event;

use std::convert::Infallible;

use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    pub up_to: u64,
    /// How often all was marked as read.
    pub sweeps: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Everything raised up to this position of the log; what comes later stays unread.
    ReadAll { user: String, up_to: u64 },
}

impl Decider for Inbox {
    const KIND: &'static str = "inbox";
    type Command = Command;
    type Event = Event;
    type Refusal = Infallible;

    /// Also where nothing came since: single ones may have been marked as unread.
    fn decide(&self, command: Command) -> Result<Vec<Event>, Infallible> {
        let Command::ReadAll { user, up_to } = command;
        Ok(vec![Event::AllRead { user, up_to: up_to.max(self.up_to) }])
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::AllRead { up_to, .. } = event;
        Inbox { up_to: *up_to, sweeps: self.sweeps + 1 }
    }
}
