//! Switches that make the simulator misbehave the way the real service has been seen to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::lists::ListKind;
use super::spoil::Spoiled;
use crate::disturbance;
pub use crate::disturbance::{Disturbance, RetryAfter, Wrong};

/// Everything that can be made to go wrong; the default is a healthy service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Faults {
    /// Answers that are not what was asked for; the first that applies is used.
    pub answers: Vec<Disturbance>,
    /// Field aliases the key's owner may no longer see.
    pub hidden_fields: BTreeSet<String>,
    /// Employees the key's owner may not see: 403 alone, absent from lists.
    pub hidden_employees: BTreeSet<u64>,
    /// Reports, the directory and the list hold nobody.
    pub empty_report: bool,
    /// Only so many people are shown, the first by id; the total of the list and that of the
    /// dataset still tell how many there are.
    pub shown: Option<usize>,
    /// Whose fields are all null, the status too.
    pub nulls: Whom,
    /// Single fields that are no good JSON, no good Unicode or no text.
    pub spoiled: Vec<Spoiled>,
    /// Photo addresses are signed anew in their query each time they are read.
    pub photos_signed_anew: bool,
    /// Lists whose `options` are an object with numbers for keys, as PHP writes a list with holes.
    pub options_as_object: Vec<ListKind>,
    /// Answers are compressed for whoever accepts it.
    pub gzip: bool,
    /// The webhook log answers 200 with an error object.
    pub log_over_limit: bool,
    /// Every delivery is sent twice, byte for byte.
    pub duplicate_deliveries: bool,
    /// Deliveries are held back, and go out newest first once this is switched off or on `settle`.
    pub reorder_deliveries: bool,
    /// Signatures are made with another key.
    pub wrong_signature: bool,
    /// Deliveries carry a timestamp this many seconds old, correctly signed.
    pub stale_timestamp_seconds: Option<u64>,
    /// Changes of custom and standard fields come in one event; the real service splits them.
    pub join_custom_fields: bool,
    /// Field-based changes are held back, and go out with several employees in one delivery.
    pub bundle_employees: bool,
    /// How payloads are spelled.
    pub spelling: Spelling,
}

/// Differences between deliveries that were documented, observed, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Spelling {
    /// `{"value": …}` instead of the bare value in field-based deliveries.
    pub value_objects: bool,
    /// An empty `fields` map is `[]`.
    pub empty_map_as_list: bool,
    /// Times inside payloads end in `Z` instead of `+0000`.
    pub zulu_times: bool,
    /// Field-based rows without `action` and `timestamp`, as before mid-2025.
    pub before_2025: bool,
}

/// Of whom something is true.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Whom {
    #[default]
    Nobody,
    Everybody,
    Only(BTreeSet<u64>),
}

impl Faults {
    /// 429 with `Retry-After` in seconds, for the next so many requests.
    pub fn throttle(&mut self, times: u32, retry_after_seconds: u32) {
        let retry_after = RetryAfter::Seconds(retry_after_seconds);
        let wrong = Wrong::Throttle { status: 429, retry_after };
        self.answers.push(Disturbance::always(wrong).times(times));
    }

    /// 429 that names no time to come back, for the next so many requests.
    pub fn throttle_without_a_time(&mut self, times: u32) {
        let wrong = Wrong::Throttle { status: 429, retry_after: RetryAfter::Absent };
        self.answers.push(Disturbance::always(wrong).times(times));
    }

    /// The wrong answer for a request, used up if it was limited.
    pub(super) fn take(&mut self, path: &str) -> Option<Wrong> {
        disturbance::take(&mut self.answers, path)
    }
}

impl Whom {
    pub(super) fn includes(&self, id: u64) -> bool {
        match self {
            Whom::Nobody => false,
            Whom::Everybody => true,
            Whom::Only(ids) => ids.contains(&id),
        }
    }
}
