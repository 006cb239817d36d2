//! Webhooks at a provider that lets them be managed by its interface: the engine asks for this part
//! of a [`Provider`](super::Provider), and does without where there is none.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::Value;

use super::ProviderError;

/// A provider's webhooks: those that our credentials made, and no others.
#[async_trait]
pub trait ProviderWebhooks: Send + Sync {
    /// Those that are there, without the lower half of their settings.
    async fn list(&self) -> Result<Vec<Webhook>, ProviderError>;

    /// One of them with all its settings, but without its key.
    async fn show(&self, id: &str) -> Result<Webhook, ProviderError>;

    /// Registers one. Asked once: after an error, look whether it is there by its name.
    async fn create(&self, order: &WebhookOrder) -> Result<RegisteredWebhook, ProviderError>;

    /// Replaces all its settings. The key stays.
    async fn replace(&self, id: &str, order: &WebhookOrder) -> Result<Webhook, ProviderError>;

    /// Removes it. One that is gone already is `Rejected` with `NotFound`.
    async fn delete(&self, id: &str) -> Result<(), ProviderError>;

    /// What it sent lately, as far back as the provider tells.
    async fn log(&self, id: &str) -> Result<Vec<LoggedDelivery>, ProviderError>;

    /// What a webhook of these credentials may watch.
    async fn monitor_fields(&self) -> Result<Vec<MonitorField>, ProviderError>;

    /// What a delivery may carry.
    async fn post_fields(&self) -> Result<Vec<PostField>, ProviderError>;

    /// What is worth watching of what is offered.
    fn worth_watching(&self, offered: &[MonitorField]) -> Vec<String>;

    /// The events that are worth being told of.
    fn worth_telling(&self) -> Vec<String>;

    /// What deliveries of these events should carry of what is watched.
    fn worth_carrying(&self, events: &[String], watched: &[String]) -> BTreeMap<String, String>;
}

/// How deliveries are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    FormEncoded,
}

/// What to register.
#[derive(Debug, Clone)]
pub struct WebhookOrder {
    /// Shown at the provider.
    pub name: String,
    /// Must be `https://`, but for a simulator.
    pub url: String,
    pub format: Format,
    /// Of one family.
    pub events: Vec<String>,
    /// Ids or aliases, as `monitor_fields` offers them.
    pub monitor_fields: Vec<String>,
    /// Id or alias, and what it is called in deliveries.
    pub post_fields: BTreeMap<String, String>,
    /// Whether deliveries name the account they are about.
    pub include_company_domain: bool,
}

/// What was registered. The key is told this one time and never again.
#[derive(Debug)]
pub struct RegisteredWebhook {
    pub webhook: Webhook,
    pub private_key: SecretString,
}

/// A webhook as the provider describes it; the list leaves out the lower half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: String,
    pub name: String,
    pub url: String,
    pub created: Option<DateTime<Utc>>,
    pub last_sent: Option<DateTime<Utc>>,
    pub format: Option<String>,
    pub events: Option<Vec<String>>,
    pub monitor_fields: Option<Vec<String>>,
    pub post_fields: Option<BTreeMap<String, String>>,
    pub include_company_domain: Option<bool>,
    /// Set when its owner lost the right to see something it should tell of.
    pub errors: Option<Value>,
}

/// A field a webhook may watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorField {
    pub id: String,
    pub name: String,
    pub alias: Option<String>,
}

/// A field a delivery may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostField {
    pub id: String,
    pub name: String,
    pub alias: Option<String>,
    pub kind: Option<String>,
}

/// A delivery in the provider's log, however often it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedDelivery {
    pub url: String,
    /// The last try, by the provider's clock.
    pub attempted: Option<DateTime<Utc>>,
    pub succeeded: Option<DateTime<Utc>>,
    /// What the last try was answered with; `None` where nobody answered.
    pub status: Option<u16>,
    pub format: Option<String>,
    /// Whom it named, by source id.
    pub people: Vec<String>,
}
