//! What has happened at one endpoint that HR systems post to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};

/// One request that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub receipt: String,
    /// SHA-256 of the body, hex.
    pub body_sha256: String,
    /// What the endpoint was set to: see [`super::configuration`].
    pub configuration: String,
    pub at: DateTime<Utc>,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Taken(Taken),
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Taken(_) => "pushes.taken",
        }
    }
}
