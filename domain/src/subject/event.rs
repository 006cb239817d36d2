//! What has happened to the person behind the actors of all scenarios.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Their keys were destroyed. The projection runtime blanks every row that names them.
    Erased { subject: String },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Erased { .. } => "subject.erased",
        }
    }
}
