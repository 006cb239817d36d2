//! A plan that was written down, to be looked at and applied later.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Coverage;
use crate::vocabulary::Counts;

/// How long a held plan waits for a person (product.md §8.6).
pub const HELD_FOR: TimeDelta = TimeDelta::days(7);

/// The plans of a run for all its targets. Each lies sealed in a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPlan {
    /// Of all targets together, 64 hex digits.
    pub hash: String,
    pub targets: Vec<PlannedTarget>,
    /// Of a read of everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// What no target carries; `fetched` in it is the whole run's.
    pub uncounted: Counts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTarget {
    pub scenario: String,
    pub blob: String,
    pub hash: String,
    pub counts: Counts,
}

impl StoredPlan {
    pub fn of(
        targets: Vec<PlannedTarget>,
        coverage: Option<Coverage>,
        uncounted: Counts,
    ) -> StoredPlan {
        let mut hash = Sha256::new();
        for target in &targets {
            // Both have one length each.
            hash.update(target.scenario.as_bytes());
            hash.update(target.hash.as_bytes());
        }
        StoredPlan { hash: hex::encode(hash.finalize()), targets, coverage, uncounted }
    }

    pub fn blobs(&self) -> Vec<String> {
        self.targets.iter().map(|target| target.blob.clone()).collect()
    }
}
