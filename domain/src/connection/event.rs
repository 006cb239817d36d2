//! What has happened to a tenant's link to a provider. Credentials lie in the vault; an event only
//! refers to them.

use serde::{Deserialize, Serialize};

use crate::decider::{Nothing, Written};
use crate::vocabulary::Provider;

/// Over what a webhook's signature is made. A connection has one; there is no falling back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureForm {
    /// The raw body followed by the timestamp header: what BambooHR sends.
    #[default]
    BodyTimestamp,
    /// The timestamp, a dot, the raw body.
    TimestampDotBody,
    /// The raw body alone; no timestamp is needed.
    Body,
}

/// Where incoming changes apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    pub live_baseline: bool,
    /// Scenarios chosen one by one.
    #[serde(default)]
    pub scenarios: Vec<String>,
    /// Whether scenarios created from now on are added.
    #[serde(default)]
    pub all_future: bool,
}

/// What the connection was configured with, except secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// BambooHR: the subdomain.
    pub account: String,
    /// Where the provider answers, when it is not its usual address (simulators, proxies).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(default)]
    pub signature_form: SignatureForm,
    /// Older signed deliveries are not applied from their own values but re-read.
    #[serde(default = "five_minutes")]
    pub freshness_seconds: u32,
}

fn five_minutes() -> u32 {
    300
}

/// One webhook secret, known by its fingerprint (first 16 hex digits of its SHA-256).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// Name of the vault entry.
    pub vault: String,
    pub fingerprint: String,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It was saved; scheduled reconciliation is on.
    Connected {
        connection: String,
        provider: Provider,
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
    WebhookSecretAdded(SecretRef),
    WebhookSecretRemoved(SecretRef),
    Paused,
    Resumed,
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
            Event::WebhookSecretAdded(_) => "connection.webhook_secret_added",
            Event::WebhookSecretRemoved(_) => "connection.webhook_secret_removed",
            Event::Paused => "connection.paused",
            Event::Resumed => "connection.resumed",
            Event::Disconnected => "connection.disconnected",
        }
    }
}
