//! What is asked of a run: said once, and the same in what asks for it, on the lane and in the run.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::StoredPlan;
use crate::vocabulary::{RunKind, Trigger};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    pub kind: RunKind,
    /// That of its first trigger: the provider's name of an event, or one of ours.
    pub event_type: String,
    pub trigger: Trigger,
    /// Deliveries it answers to, by receipt id.
    #[serde(default)]
    pub receipts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<String>,
    /// The run that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// It applies exactly this, which was previewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<StoredPlan>>,
    /// It re-reads whoever changed at the source since then, beside those whom deliveries name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<DateTime<Utc>>,
}

impl RunSpec {
    /// A run of this kind that answers to no delivery.
    pub fn new(kind: RunKind, event_type: &str, trigger: Trigger) -> Self {
        let event_type = event_type.to_owned();
        RunSpec {
            kind,
            event_type,
            trigger,
            receipts: vec![],
            rerun_of: None,
            undoes: None,
            plan: None,
            changed_since: None,
        }
    }

    /// What a request that was posted says of everybody.
    pub fn of_push(receipt: &str, trigger: Trigger) -> Self {
        let receipts = vec![receipt.to_owned()];
        RunSpec { receipts, ..RunSpec::new(RunKind::Push, "push_snapshot", trigger) }
    }

    /// A re-read of those whom deliveries name.
    pub fn of_deliveries(event_type: &str, trigger: Trigger) -> Self {
        RunSpec::new(RunKind::Webhook, event_type, trigger)
    }
}
