//! What has happened to what somebody was told, as a whole.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Everything raised up to this position of the log.
    AllRead { user: String, up_to: u64 },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::AllRead { .. } => "inbox.all_read",
        }
    }
}
