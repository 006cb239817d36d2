//! Where a run stands.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Queued,
    /// For the provider, until a given time.
    Waiting,
    Running,
    /// Its plan waits for a person's approval.
    Held,
    Succeeded,
    /// It ended with errors about single people.
    Partial,
    Failed,
    Skipped,
    /// Its plan was held and a person said no.
    Rejected,
    Cancelled,
}

impl Status {
    pub const ALL: [Status; 10] = [
        Status::Queued,
        Status::Waiting,
        Status::Running,
        Status::Held,
        Status::Succeeded,
        Status::Partial,
        Status::Failed,
        Status::Skipped,
        Status::Rejected,
        Status::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Waiting => "waiting",
            Status::Running => "running",
            Status::Held => "held",
            Status::Succeeded => "succeeded",
            Status::Partial => "partial",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
            Status::Rejected => "rejected",
            Status::Cancelled => "cancelled",
        }
    }
    pub fn parse(text: &str) -> Option<Status> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
    /// Whether nothing more can happen to the run.
    pub fn is_end(self) -> bool {
        match self {
            Status::Queued | Status::Waiting | Status::Running | Status::Held => false,
            Status::Succeeded
            | Status::Partial
            | Status::Failed
            | Status::Skipped
            | Status::Rejected
            | Status::Cancelled => true,
        }
    }
}
