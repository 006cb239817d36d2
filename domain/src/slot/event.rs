//! What has happened to a place that only one thing may hold at a time, such as "the tenant's active
//! HRIS connection". It is appended together with what takes or frees it.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Taken { holder: String },
    Freed { holder: String },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Taken { .. } => "slot.taken",
            Event::Freed { .. } => "slot.freed",
        }
    }
}
