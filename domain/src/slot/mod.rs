//! A place that only one thing may hold at a time.

mod event;
#[cfg(test)]
mod tests;

pub use event::Event;

use crate::decider::Decider;

/// The tenant's one active HRIS connection.
pub const ACTIVE_HRIS: &str = "active_hris";

/// That of an endpoint which HR systems post to, among all tenants; its holder is
/// `tenant/connection`.
pub fn push_endpoint(endpoint: &str) -> String {
    format!("push_endpoint/{endpoint}")
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slot {
    holder: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Take { holder: String },
    Free { holder: String },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{holder} holds it already")]
    Taken { holder: String },
}

impl Slot {
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_deref()
    }
}

impl Decider for Slot {
    const KIND: &'static str = "slot";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (command, self.holder()) {
            (Command::Take { holder }, None) => Ok(vec![Event::Taken { holder }]),
            (Command::Take { holder }, Some(other)) if holder == other => Ok(vec![]),
            (Command::Take { .. }, Some(other)) => Err(Refusal::Taken { holder: other.to_owned() }),
            (Command::Free { holder }, Some(other)) if holder == other => {
                Ok(vec![Event::Freed { holder }])
            }
            (Command::Free { .. }, Some(_) | None) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Taken { holder } => Slot { holder: Some(holder.clone()) },
            Event::Freed { .. } => Slot { holder: None },
        }
    }
}
