//! A plan that was written down, to be looked at and applied later.

use serde::{Deserialize, Serialize};

use crate::vocabulary::Counts;

/// The plans of a run for all its targets. Each lies sealed in a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPlan {
    /// Of all targets together, 64 hex digits.
    pub hash: String,
    pub targets: Vec<PlannedTarget>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTarget {
    pub scenario: String,
    pub blob: String,
    pub hash: String,
    pub counts: Counts,
}

impl StoredPlan {
    pub fn blobs(&self) -> Vec<String> {
        self.targets.iter().map(|target| target.blob.clone()).collect()
    }
}
