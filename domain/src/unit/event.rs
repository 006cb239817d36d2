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
    },
    Renamed {
        unit: String,
        scenario: String,
        old: String,
        new: String,
    },
}

impl Event {
    pub fn unit(&self) -> &str {
        match self {
            Event::Created { unit, .. } | Event::Renamed { unit, .. } => unit,
        }
    }
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Created { .. } => "unit.created",
            Event::Renamed { .. } => "unit.renamed",
        }
    }
}
