//! What has happened to a tenant's link to a provider. Credentials lie in the vault; an event only
//! refers to them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Settings, Targets};
use crate::decider::{Nothing, Written};

/// One webhook secret, known by its fingerprint (first 16 hex digits of its SHA-256).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// Name of the vault entry.
    pub vault: String,
    pub fingerprint: String,
    /// The webhook at the provider that signs with it, where we registered that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It was saved; scheduled reconciliation is on.
    Connected {
        connection: String,
        settings: Settings,
        targets: Targets,
        /// Name of the vault entry that holds the credentials.
        credentials: String,
    },
    SettingsChanged {
        old: Settings,
        new: Settings,
    },
    TargetsChanged {
        old: Targets,
        new: Targets,
    },
    CredentialsReplaced {
        old: String,
        new: String,
    },
    /// The last day of the credentials, as somebody entered it; new ones have none at first.
    CredentialExpiryChanged {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<NaiveDate>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<NaiveDate>,
    },
    WebhookSecretAdded(SecretRef),
    WebhookSecretRemoved(SecretRef),
    Paused,
    Resumed,
    /// What is sent is applied from now on (push only).
    Enabled,
    /// Nothing is taken in from now on (push only).
    Disabled,
    /// It was changed: what is sent is kept and changes nothing until somebody has looked (push only).
    ReturnedToTest,
    /// Everything stopped; the credentials were destroyed.
    Disconnected,
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Connected { .. } => "connection.connected",
            Event::SettingsChanged { .. } => "connection.settings_changed",
            Event::TargetsChanged { .. } => "connection.targets_changed",
            Event::CredentialsReplaced { .. } => "connection.credentials_replaced",
            Event::CredentialExpiryChanged { .. } => "connection.credential_expiry_changed",
            Event::WebhookSecretAdded(_) => "connection.webhook_secret_added",
            Event::WebhookSecretRemoved(_) => "connection.webhook_secret_removed",
            Event::Paused => "connection.paused",
            Event::Resumed => "connection.resumed",
            Event::Enabled => "connection.enabled",
            Event::Disabled => "connection.disabled",
            Event::ReturnedToTest => "connection.returned_to_test",
            Event::Disconnected => "connection.disconnected",
        }
    }
}
