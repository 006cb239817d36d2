//! The key of a tenant that all its outbound requests are signed with beside the secrets of their
//! endpoints: one stream per tenant.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use std::convert::Infallible;

use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SigningKey {
    /// Name of its vault entry; `None` before it was made.
    pub vault: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// One that is there stays.
    Make {
        vault: String,
    },
    Regenerate {
        vault: String,
    },
}

impl Decider for SigningKey {
    const KIND: &'static str = "signing_key";
    type Command = Command;
    type Event = Event;
    type Refusal = Infallible;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Infallible> {
        Ok(match (&self.vault, command) {
            (Some(_), Command::Make { .. }) => vec![],
            (None, Command::Make { vault } | Command::Regenerate { vault }) => {
                vec![Event::Made { vault }]
            }
            (Some(old), Command::Regenerate { vault }) => {
                vec![Event::Regenerated { old: old.clone(), new: vault }]
            }
        })
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Made { vault } | Event::Regenerated { new: vault, .. } => {
                SigningKey { vault: Some(vault.clone()) }
            }
        }
    }
}
