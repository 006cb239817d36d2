//! What has happened to a department, division or location in one scenario.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};
use crate::vocabulary::Source;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Department,
    Division,
    Location,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Department, Kind::Division, Kind::Location];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Department => "department",
            Kind::Division => "division",
            Kind::Location => "location",
        }
    }
    pub fn parse(text: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created {
        unit: String,
        scenario: String,
        kind: Kind,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Source>,
        /// The source's stable option id, or `name:` and the lower-cased name where it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_key: Option<String>,
        /// What it is a copy of, in the scenario that this one is a copy of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copied_from: Option<String>,
        /// What it is part of; `None` for one that stands by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
    },
    Renamed {
        unit: String,
        scenario: String,
        old: String,
        new: String,
    },
    /// The source knows it under this key from now on.
    Identified {
        unit: String,
        scenario: String,
        source: Source,
        source_key: String,
        /// The id derived from the key, whose stream says `LinkedTo`.
        claim: String,
    },
    /// On the stream that is derived from a source key: what has the key is another unit.
    LinkedTo {
        unit: String,
        scenario: String,
        to: String,
    },
    /// The source lists it no longer. It is shown as long as people are in it.
    Retired {
        unit: String,
        scenario: String,
    },
    /// The source lists it again.
    Restored {
        unit: String,
        scenario: String,
    },
}

impl Event {
    pub fn unit(&self) -> &str {
        match self {
            Event::Created { unit, .. }
            | Event::Renamed { unit, .. }
            | Event::Identified { unit, .. }
            | Event::LinkedTo { unit, .. }
            | Event::Retired { unit, .. }
            | Event::Restored { unit, .. } => unit,
        }
    }
    pub fn scenario(&self) -> &str {
        match self {
            Event::Created { scenario, .. }
            | Event::Renamed { scenario, .. }
            | Event::Identified { scenario, .. }
            | Event::LinkedTo { scenario, .. }
            | Event::Retired { scenario, .. }
            | Event::Restored { scenario, .. } => scenario,
        }
    }
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Created { .. } => "unit.created",
            Event::Renamed { .. } => "unit.renamed",
            Event::Identified { .. } => "unit.identified",
            Event::LinkedTo { .. } => "unit.linked_to",
            Event::Retired { .. } => "unit.retired",
            Event::Restored { .. } => "unit.restored",
        }
    }
}
