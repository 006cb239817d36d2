//! What somebody was told, and who has read it. Nothing personal and nothing secret: recipients are
//! user ids.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::decider::{Nothing, Written};
use crate::vocabulary::{FailureCode, Provider};

/// What is told, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub notification: String,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The webhook endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Why, where something failed or is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
    /// What happened and what to do, as the run says it: one sentence, never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// It was told before, and goes on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Since when it fails, or nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// When it was well again, a plan expires, or an endpoint is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The last day of a credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
    /// How many days are left of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Owners and admins at that moment, by user id.
    pub recipients: Vec<String>,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Raised(Box<Raised>),
    /// By one of its recipients.
    Read {
        user: String,
        /// How often they had marked all of theirs as read before.
        #[serde(default)]
        sweeps: u64,
    },
    Unread {
        user: String,
        #[serde(default)]
        sweeps: u64,
    },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Raised(_) => "notification.raised",
            Event::Read { .. } => "notification.read",
            Event::Unread { .. } => "notification.unread",
        }
    }
}
