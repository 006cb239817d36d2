//! From how many changes on a plan waits for a person (product.md §8.6).

use serde::{Deserialize, Serialize};

/// More than any of these, and the plan is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrakeLimits {
    /// People who stop being active, whatever the target's size.
    pub deactivated: u32,
    /// The same in percent of a target with 100 active synced people or more.
    pub deactivated_percent: u8,
    /// The same of a smaller one, of which `small_deactivated` may always go.
    pub small_deactivated_percent: u8,
    pub small_deactivated: u32,
    /// People who get another source id, in percent; 5 may always.
    pub replaced_percent: u8,
    /// People of whom one field is cleared or replaced, in percent of those who have it; from
    /// `changed` people on.
    pub changed_percent: u8,
    pub changed: u32,
}

impl Default for BrakeLimits {
    fn default() -> Self {
        BrakeLimits {
            deactivated: 25,
            deactivated_percent: 20,
            small_deactivated_percent: 30,
            small_deactivated: 5,
            replaced_percent: 5,
            changed_percent: 30,
            changed: 10,
        }
    }
}

impl BrakeLimits {
    pub(super) fn are_usual(&self) -> bool {
        *self == BrakeLimits::default()
    }
}
