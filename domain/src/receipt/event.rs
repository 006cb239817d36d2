//! What has happened to one inbound delivery.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};
use crate::vocabulary::Provider;

/// How a delivery was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Signature,
    SharedSecret,
    /// The key of the endpoint it was posted to.
    ApiKey,
}

/// What a delivery was found to be when it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In time and well-formed: its employees are re-read.
    Accepted,
    /// Correctly signed but old: never applied from its own values; its employees are re-read.
    Stale,
    /// Kept; processed when the connection is resumed.
    Paused,
    /// Kept; the plan does not include live sync, nothing follows.
    SkippedEntitlement,
    /// Correctly signed, but no employee can be read from it: a failed run says so.
    Malformed,
    /// Kept to be looked at; nothing follows by itself.
    Test,
}

impl Verdict {
    pub const ALL: [Verdict; 6] = [
        Verdict::Accepted,
        Verdict::Stale,
        Verdict::Paused,
        Verdict::SkippedEntitlement,
        Verdict::Malformed,
        Verdict::Test,
    ];
    /// Whether something is still to be done with what was delivered.
    pub fn waits(self) -> bool {
        match self {
            Verdict::Accepted | Verdict::Stale | Verdict::Paused | Verdict::Malformed => true,
            Verdict::SkippedEntitlement | Verdict::Test => false,
        }
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Stale => "stale",
            Verdict::Paused => "paused",
            Verdict::SkippedEntitlement => "skipped_entitlement",
            Verdict::Malformed => "malformed",
            Verdict::Test => "test",
        }
    }
}

/// One delivery, as it arrived. The raw body lies in a blob under the same hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub provider: Provider,
    pub connection: String,
    /// The blob that holds the raw body, until its retention ends.
    pub blob: String,
    /// SHA-256 of the raw body, hex.
    pub body_sha256: String,
    pub body_bytes: u64,
    pub content_type: String,
    /// The timestamp header exactly as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The other headers worth keeping; never one that carries a secret.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The provider's event name, such as `employee.updated`.
    pub event_type: String,
    /// The people it names, as subjects (the source ids themselves are personal).
    #[serde(default)]
    pub subjects: Vec<String>,
    /// How many it names, where those are too many to list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u64>,
    pub proof: Proof,
    pub verdict: Verdict,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Received(Received),
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Received(_) => "receipt.received",
        }
    }
}
