//! The requests that were posted to one endpoint, which are snapshots of everybody: the latest one
//! stands for them all. One stream per connection.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use std::convert::Infallible;

use sha2::{Digest, Sha256};

use crate::connection::KnownConnection;
use crate::decider::Decider;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushes {
    pub latest: Option<Taken>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Take(Taken),
}

impl Pushes {
    /// The latest request, if one with this body would be its repetition. Any earlier one is not:
    /// what is sent again after something else is to be applied again.
    pub fn repeated_by(&self, body_sha256: &str, configuration: &str) -> Option<&Taken> {
        let equal = |latest: &&Taken| {
            latest.body_sha256 == body_sha256 && latest.configuration == configuration
        };
        self.latest.as_ref().filter(equal)
    }
}

/// Tells apart what a connection was set to when a request came: what it does depends on it.
pub fn configuration(known: &KnownConnection) -> String {
    let mut hash = Sha256::new();
    let set = (&known.settings.provider, &known.targets, &known.credentials, known.status.as_str());
    // None of it can fail to be written: there are no maps in it with keys that are no text.
    hash.update(serde_json::to_vec(&set).unwrap_or_default());
    hex::encode(&hash.finalize()[..8])
}

impl Decider for Pushes {
    const KIND: &'static str = "pushes";
    type Command = Command;
    type Event = Event;
    type Refusal = Infallible;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Infallible> {
        let Command::Take(taken) = command;
        Ok(vec![Event::Taken(taken)])
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::Taken(taken) = event;
        Pushes { latest: Some(taken.clone()) }
    }
}
