//! One execution of the sync engine, from the queue to its end.

mod command;
mod event;
mod rules;
mod spec;
mod status;
mod stored_plan;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use event::*;
pub use spec::RunSpec;
pub use status::Status;
pub use stored_plan::{HELD_FOR, PlannedTarget, StoredPlan};

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::connection::Targets;
use crate::decider::Decider;
use crate::vocabulary::{Counts, Provider};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// `None` before it was queued.
    pub known: Option<KnownRun>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRun {
    pub run: String,
    pub connection: String,
    pub provider: Provider,
    pub spec: RunSpec,
    pub status: Status,
    /// What it applies to; `None` before it started.
    pub scope: Option<Scope>,
    pub fetched: Option<Fetched>,
    /// Number of the last batch that was applied; 0 before the first.
    pub batches: u32,
    /// The sum over its batches, then what its end says.
    pub counts: Counts,
    /// The same for each target.
    pub by_target: BTreeMap<String, Counts>,
    pub waiting: Option<Waiting>,
    /// How often it waited because the provider asked for it, and for other reasons.
    pub throttles: u32,
    pub outages: u32,
    pub failure: Option<Failure>,
    /// Of a read of everybody, once it has ended.
    pub coverage: Option<Coverage>,
    /// The plan that waits, or waited, for a person.
    pub held: Option<Held>,
    /// What a person approved of it; `None` before, and when it was made anew since.
    pub approval: Option<Approval>,
}

/// A plan that must not be applied before a person has said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub plan: StoredPlan,
    pub failure: Failure,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Only what the plan does to these people; all of it if `None`.
    pub subjects: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub targets: Targets,
    pub scenarios: Vec<String>,
}

/// What the provider answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub blobs: Vec<String>,
    pub employees: u64,
    pub coverage: Option<Coverage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub until: DateTime<Utc>,
    pub failure: Failure,
}

impl Run {
    pub fn status(&self) -> Option<Status> {
        self.known.as_ref().map(|known| known.status)
    }
}

impl Decider for Run {
    const KIND: &'static str = "run";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match &self.known {
            None => rules::first(command),
            Some(known) if known.status.is_end() => Err(Refusal::Ended { status: known.status }),
            Some(known) => known.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        Run {
            known: match self.known {
                None => rules::queued(event),
                Some(known) => Some(known.evolve(event)),
            },
        }
    }
}
