//! A tenant's link to one provider: its settings, where changes apply, and which secrets are live.

mod brake_limits;
mod command;
mod dynamics;
mod event;
mod hris_webhook;
mod schedule;
mod settings;
mod settings_change;
mod targets;
#[cfg(test)]
mod tests;

pub use brake_limits::*;
pub use command::*;
pub use dynamics::*;
pub use event::*;
pub use hris_webhook::*;
pub use schedule::*;
pub use settings::*;
pub use settings_change::*;
pub use targets::*;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::decider::Decider;

/// So many webhook secrets are live at a time that a rotation loses nothing.
pub const LIVE_SECRETS: usize = 2;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// `None` before it was connected.
    pub known: Option<KnownConnection>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownConnection {
    pub connection: String,
    pub status: Status,
    pub settings: Settings,
    pub targets: Targets,
    /// Name of the vault entry; after a disconnect that entry is gone.
    pub credentials: String,
    /// Their last day, where somebody entered one.
    pub credentials_expire_on: Option<NaiveDate>,
    /// Live webhook secrets, oldest first.
    pub secrets: Vec<SecretRef>,
    /// Fingerprints of secrets taken away: an import from the environment leaves them out.
    pub removed_secrets: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its changes are applied: it is the tenant's one HRIS connection.
    Active,
    /// The same, and they wait.
    Paused,
    /// What is sent is kept, and nothing is changed by it (push only).
    Test,
    /// Nothing is taken in (push only).
    Disabled,
    Disconnected,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Paused => "paused",
            Status::Test => "test",
            Status::Disabled => "disabled",
            Status::Disconnected => "disconnected",
        }
    }
}

impl Status {
    /// Whether it has the tenant's place for its one HRIS connection.
    pub fn holds_place(self) -> bool {
        match self {
            Status::Active | Status::Paused => true,
            Status::Test | Status::Disabled | Status::Disconnected => false,
        }
    }
}

impl Connection {
    pub fn status(&self) -> Option<Status> {
        self.known.as_ref().map(|known| known.status)
    }
}

impl Decider for Connection {
    const KIND: &'static str = "connection";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match &self.known {
            None => command::first(command),
            Some(known) if known.status == Status::Disconnected => command::after_the_end(&command),
            Some(known) => known.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let known = match (self.known, event) {
            (_, Event::Connected { connection, settings, targets, credentials }) => {
                Some(KnownConnection {
                    connection: connection.clone(),
                    status: settings.first_status(),
                    settings: settings.clone(),
                    targets: targets.clone(),
                    credentials: credentials.clone(),
                    credentials_expire_on: None,
                    secrets: vec![],
                    removed_secrets: BTreeSet::new(),
                })
            }
            (known, event) => known.map(|known| known.evolve(event)),
        };
        Connection { known }
    }
}
