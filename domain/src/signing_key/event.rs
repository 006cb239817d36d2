//! What has happened to a tenant's signature key.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// By the name of its vault entry.
    Made { vault: String },
    /// The old one signs no more.
    Regenerated { old: String, new: String },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Made { .. } => "signing_key.made",
            Event::Regenerated { .. } => "signing_key.regenerated",
        }
    }
}
