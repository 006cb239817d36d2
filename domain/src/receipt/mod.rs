//! One inbound delivery. Its stream is its idempotency key: the same delivery finds it taken.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// `None` before it arrived.
    pub received: Option<Received>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Receive(Received),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this delivery was received before; it is not taken twice")]
    AlreadyReceived,
}

impl Decider for Receipt {
    const KIND: &'static str = "receipt";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.received, command) {
            (None, Command::Receive(received)) => Ok(vec![Event::Received(received)]),
            (Some(_), Command::Receive(_)) => Err(Refusal::AlreadyReceived),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Received(received) => Receipt { received: Some(received.clone()) },
        }
    }
}
