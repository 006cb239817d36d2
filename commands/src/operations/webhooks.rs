//! What may be asked about the webhooks that a connection has at its provider.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookAsk {
    List,
    Show {
        webhook: String,
    },
    /// Registers one and keeps its key; one of the same name and address is not registered again.
    Create(Box<WebhookSettings>),
    /// Replaces all settings.
    Update {
        webhook: String,
        settings: Box<WebhookSettings>,
    },
    Delete {
        webhook: String,
    },
    Log {
        webhook: String,
    },
    MonitorFields,
    PostFields,
    /// Looks for deliveries that never arrived, and for whoever they were about.
    Backfill,
}

/// A webhook as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSettings {
    pub name: String,
    pub url: String,
    #[serde(default)]
    pub form_encoded: bool,
    /// `None`: those that are worth it, by the provider's own word for them.
    #[serde(default)]
    pub events: Option<Vec<String>>,
    /// `None`: what is worth watching of what the provider offers.
    #[serde(default)]
    pub monitor_fields: Option<Vec<String>>,
    /// `None`: in deliveries that carry values, what is watched.
    #[serde(default)]
    pub post_fields: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub include_company_domain: bool,
}

impl WebhookAsk {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            WebhookAsk::List => "list_provider_webhooks",
            WebhookAsk::Show { .. } => "show_provider_webhook",
            WebhookAsk::Create(_) => "create_provider_webhook",
            WebhookAsk::Update { .. } => "update_provider_webhook",
            WebhookAsk::Delete { .. } => "delete_provider_webhook",
            WebhookAsk::Log { .. } => "provider_webhook_log",
            WebhookAsk::MonitorFields => "monitor_fields",
            WebhookAsk::PostFields => "post_fields",
            WebhookAsk::Backfill => "find_missed_deliveries",
        }
    }

    /// Whether it has to be the only one of its connection at a time: two who look for the same
    /// webhook at once would both register it.
    pub(super) fn goes_alone(&self) -> bool {
        match self {
            WebhookAsk::Create(_) | WebhookAsk::Update { .. } | WebhookAsk::Delete { .. } => true,
            WebhookAsk::List
            | WebhookAsk::Show { .. }
            | WebhookAsk::Log { .. }
            | WebhookAsk::MonitorFields
            | WebhookAsk::PostFields
            | WebhookAsk::Backfill => false,
        }
    }
}
