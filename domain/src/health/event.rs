//! What has happened to the health of a connection.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Reach;
use crate::decider::{Nothing, Written};
use crate::vocabulary::FailureCode;

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It was healthy, and a run of it failed.
    Failed {
        run: String,
        code: FailureCode,
        /// What the run was to read.
        reach: Reach,
        at: DateTime<Utc>,
        /// Nobody is told, since it flaps.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        quiet: bool,
    },
    /// A run that was to read more than the others failed, too: only that much heals it now.
    Spread {
        run: String,
        reach: Reach,
        at: DateTime<Utc>,
    },
    /// For so long that it is told again.
    StillFailing {
        /// The last of its runs known to have failed.
        run: String,
        code: FailureCode,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    Recovered {
        run: String,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        quiet: bool,
    },
    /// It has failed and recovered so often that nothing more is told until it is calm.
    Flapping {
        transitions: u32,
        at: DateTime<Utc>,
    },
    Calmed {
        at: DateTime<Utc>,
    },
    /// Nothing ran since then, for longer than its schedule allows.
    WentStale {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    /// Something ran again, or nothing has to.
    Freshened {
        at: DateTime<Utc>,
    },
    /// The last day of its credentials is near.
    CredentialExpiring {
        on: NaiveDate,
        days: u32,
        /// Which of the warnings it is: so many days before.
        warning: u32,
    },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Failed { .. } => "health.failed",
            Event::Spread { .. } => "health.spread",
            Event::StillFailing { .. } => "health.still_failing",
            Event::Recovered { .. } => "health.recovered",
            Event::Flapping { .. } => "health.flapping",
            Event::Calmed { .. } => "health.calmed",
            Event::WentStale { .. } => "health.went_stale",
            Event::Freshened { .. } => "health.freshened",
            Event::CredentialExpiring { .. } => "health.credential_expiring",
        }
    }
}
