//! What has happened to a version of the organisation.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The organisation as it is; one per tenant, made with it.
    LiveBaseline,
    /// A draft.
    Scenario,
    /// A draft that nobody may write.
    Snapshot,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::LiveBaseline => "live_baseline",
            Kind::Scenario => "scenario",
            Kind::Snapshot => "snapshot",
        }
    }
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It exists; one that is copied from another is filled before it is ready.
    Created {
        scenario: String,
        kind: Kind,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copied_from: Option<String>,
    },
    /// A batch of the copy was written in this very append. A copy that is resumed goes on behind it.
    Filled {
        scenario: String,
        batch: u32,
        people: u64,
        units: u64,
        /// The last person of the original that was dealt with; `None` while it is about units.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// It may be offered, listed and targeted.
    Ready {
        scenario: String,
    },
    Renamed {
        scenario: String,
        old: String,
        new: String,
    },
    /// Nobody writes it any more.
    Archived {
        scenario: String,
    },
}

impl Event {
    pub fn scenario(&self) -> &str {
        match self {
            Event::Created { scenario, .. }
            | Event::Filled { scenario, .. }
            | Event::Ready { scenario }
            | Event::Renamed { scenario, .. }
            | Event::Archived { scenario } => scenario,
        }
    }
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Created { .. } => "scenario.created",
            Event::Filled { .. } => "scenario.filled",
            Event::Ready { .. } => "scenario.ready",
            Event::Renamed { .. } => "scenario.renamed",
            Event::Archived { .. } => "scenario.archived",
        }
    }
}
