//! Which events the outside is told of, by the event alone: for indexes and for whoever looks at every
//! event of the log.

use super::Kind;
use crate::recorded::Fact;
use crate::{actor, run, unit};

/// What an event would be told as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Started,
    Failed,
    Ended,
    Person,
    /// A department or division; of a location nothing is told, and only its stream says what it is.
    Unit,
}

impl Topic {
    pub const ALL: [Topic; 5] =
        [Topic::Started, Topic::Failed, Topic::Ended, Topic::Person, Topic::Unit];

    /// As it is stored in indexes.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::Started => "started",
            Topic::Failed => "failed",
            Topic::Ended => "ended",
            Topic::Person => "person",
            Topic::Unit => "unit",
        }
    }

    /// The topics behind a type.
    pub fn of(kind: Kind) -> &'static [Topic] {
        match kind {
            Kind::SyncStarted => &[Topic::Started],
            Kind::SyncError => &[Topic::Failed],
            Kind::Synced => &[Topic::Ended],
            Kind::EmployeeChanged => &[Topic::Person],
            Kind::DataModified => &[Topic::Person, Topic::Unit],
        }
    }
}

/// `None` of an event that makes no message.
pub fn topic(fact: &Fact) -> Option<Topic> {
    match fact {
        // On the stream of a claim, which is nobody.
        Fact::Actor(actor::Event::LinkedTo { .. }) | Fact::Unit(unit::Event::LinkedTo { .. }) => {
            None
        }
        Fact::Actor(_) => Some(Topic::Person),
        Fact::Unit(unit::Event::Created { kind: unit::Kind::Location, .. }) => None,
        Fact::Unit(_) => Some(Topic::Unit),
        Fact::Run(event) => of_run(event),
        Fact::Connection(_)
        | Fact::Health(_)
        | Fact::Identity(_)
        | Fact::Inbox(_)
        | Fact::Lane(_)
        | Fact::Mail(_)
        | Fact::Members(_)
        | Fact::Notification(_)
        | Fact::Pushes(_)
        | Fact::Receipt(_)
        | Fact::Scenario(_)
        | Fact::SigningKey(_)
        | Fact::Slot(_)
        | Fact::Subject(_)
        | Fact::Tenant(_)
        | Fact::User(_)
        | Fact::WebhookEndpoint(_) => None,
    }
}

fn of_run(event: &run::Event) -> Option<Topic> {
    match event {
        run::Event::Started { .. } => Some(Topic::Started),
        run::Event::Failed { .. } => Some(Topic::Failed),
        run::Event::Succeeded { .. } | run::Event::Partial { .. } => Some(Topic::Ended),
        run::Event::Queued { .. }
        | run::Event::Joined { .. }
        | run::Event::Fetched { .. }
        | run::Event::Waiting { .. }
        | run::Event::Applied { .. }
        | run::Event::Noted { .. }
        | run::Event::Held { .. }
        | run::Event::Approved { .. }
        | run::Event::Rejected { .. }
        | run::Event::Skipped { .. }
        | run::Event::Cancelled { .. } => None,
    }
}

/// In which scenario an event about a person or unit happened.
pub fn scenario_of(fact: &Fact) -> Option<&str> {
    if let Fact::Actor(event) = fact {
        return Some(event.scenario());
    }
    let Fact::Unit(event) = fact else { return None };
    Some(event.scenario())
}
