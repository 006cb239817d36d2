//! What has happened to an outbound endpoint.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::decider::{Nothing, Written};

/// A signing secret, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// Name of the vault entry.
    pub vault: String,
    pub made_at: DateTime<Utc>,
}

/// Headers that are sent along; their values are secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadersRef {
    pub names: Vec<String>,
    /// Name of the vault entry with the values.
    pub vault: String,
}

/// Why nothing is sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Somebody wanted it so: that is the event's principal.
    Person,
    /// The receiver answered 410.
    Gone,
    /// Five days of failure without a success.
    Failing,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Person => "person",
            Reason::Gone => "gone",
            Reason::Failing => "failing",
        }
    }
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created {
        settings: Settings,
        secret: SecretRef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        headers: Option<HeadersRef>,
    },
    Changed {
        old: Settings,
        new: Settings,
    },
    HeadersReplaced {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<HeadersRef>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<HeadersRef>,
    },
    /// The one before signs along until then; those before it are over.
    SecretRotated {
        new: SecretRef,
        old_until: DateTime<Utc>,
    },
    Enabled {
        at: DateTime<Utc>,
    },
    Disabled {
        reason: Reason,
        at: DateTime<Utc>,
        /// Since when everything failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<DateTime<Utc>>,
    },
    /// Everything has failed for this part of the time after which it is disabled.
    Failing {
        since: DateTime<Utc>,
        percent: u8,
        at: DateTime<Utc>,
    },
    /// Something was delivered again.
    Recovered {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    Removed,
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Created { .. } => "webhook_endpoint.created",
            Event::Changed { .. } => "webhook_endpoint.changed",
            Event::HeadersReplaced { .. } => "webhook_endpoint.headers_replaced",
            Event::SecretRotated { .. } => "webhook_endpoint.secret_rotated",
            Event::Enabled { .. } => "webhook_endpoint.enabled",
            Event::Disabled { .. } => "webhook_endpoint.disabled",
            Event::Failing { .. } => "webhook_endpoint.failing",
            Event::Recovered { .. } => "webhook_endpoint.recovered",
            Event::Removed => "webhook_endpoint.removed",
        }
    }
}
