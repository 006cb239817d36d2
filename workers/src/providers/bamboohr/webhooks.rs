//! The webhooks a key may have at BambooHR: registered by us, signed with a key it makes up.

use std::fmt;

use rollcall_domain::json;
use secrecy::SecretString;
use serde_json::Value;

use super::BambooHr;
use super::client::{Ask, misshapen};
use super::lists::id_text;
use crate::providers::ProviderError;

/// S2's list. `terminationDate` is not on it: monitoring it is an error; watch `status` instead.
const WORTH_MONITORING: [&str; 10] = [
    "firstName",
    "lastName",
    "jobTitle",
    "department",
    "division",
    "location",
    "workEmail",
    "status",
    "supervisor",
    "hireDate",
];
/// The manager: field 91, whose alias differs or is missing.
const REPORTING_TO: (&str, &str) = ("91", "Reporting to");

const WEBHOOK: &str = "the webhook";

/// How deliveries are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    FormEncoded,
}

/// What to register.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Shown at BambooHR; look for it before registering again.
    pub name: String,
    /// Must be `https://`.
    pub url: String,
    pub format: Format,
    /// Of one family; `employee.updated` needs `monitor_fields`.
    pub events: Vec<String>,
    /// Ids or aliases, as `monitor_fields` offers them.
    pub monitor_fields: Vec<String>,
}

/// What was registered. The key is told this one time and never again.
#[derive(Debug)]
pub struct RegisteredWebhook {
    pub id: String,
    pub private_key: SecretString,
}

/// A webhook as BambooHR describes it; the list leaves out the lower half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: String,
    pub name: String,
    pub url: String,
    /// `YYYY-MM-DD HH:MM:SS`, UTC.
    pub created: Option<String>,
    pub last_sent: Option<String>,
    pub format: Option<String>,
    pub events: Option<Vec<String>>,
    pub monitor_fields: Option<Vec<Value>>,
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

impl Webhook {
    /// None without an id; what else is odd was not said.
    fn read(value: &Value) -> Option<Webhook> {
        let list = |key: &str| -> Option<Vec<Value>> {
            Some(json::elements(&value[key])?.into_iter().cloned().collect())
        };
        let texts = |items: Vec<Value>| items.iter().filter_map(id_text).collect();
        Some(Webhook {
            id: id_text(&value["id"])?,
            name: said(value, "name").unwrap_or_default(),
            url: said(value, "url").unwrap_or_default(),
            created: said(value, "created"),
            last_sent: said(value, "lastSent"),
            format: said(value, "format"),
            events: list("events").map(texts),
            monitor_fields: list("monitorFields"),
            errors: value.get("errors").filter(|errors| !errors.is_null()).cloned(),
        })
    }
}

impl MonitorField {
    fn read(value: &Value) -> Option<MonitorField> {
        Some(MonitorField {
            id: id_text(&value["id"])?,
            name: said(value, "name").unwrap_or_default(),
            alias: said(value, "alias"),
        })
    }
}

impl BambooHr {
    /// Registers a webhook. Asked once: after an error, look whether it is there by its name.
    pub async fn create_webhook(
        &self,
        webhook: &NewWebhook,
    ) -> Result<RegisteredWebhook, ProviderError> {
        let body = serde_json::json!({
            "name": webhook.name,
            "url": webhook.url,
            "format": webhook.format.to_string(),
            "events": webhook.events,
            "monitorFields": webhook.monitor_fields,
        });
        let ask = Ask::post(WEBHOOK, "v1/webhooks", &body).once();
        let created = self.client.tree(&ask).await?;
        let key = created["privateKey"].as_str().map(SecretString::from);
        let made = id_text(&created["id"]).zip(key);
        let (id, private_key) = made.ok_or_else(|| misshapen(WEBHOOK))?;
        Ok(RegisteredWebhook { id, private_key })
    }

    /// The webhooks this key's user registered.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>, ProviderError> {
        let ask = Ask::get("the list of webhooks", "v1/webhooks");
        self.listed(&ask, "webhooks", Webhook::read).await
    }

    /// One of them with all its settings, but without its key.
    pub async fn show_webhook(&self, id: &str) -> Result<Webhook, ProviderError> {
        let shown = self.client.tree(&Ask::get(WEBHOOK, path(id)?)).await?;
        Webhook::read(&shown).ok_or_else(|| misshapen(WEBHOOK))
    }

    /// Removes it. One that is gone already is `Rejected` with `NotFound`.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), ProviderError> {
        self.client.fetch(&Ask::delete(WEBHOOK, path(id)?)).await.map(drop)
    }

    /// What a webhook of this key may watch.
    pub async fn monitor_fields(&self) -> Result<Vec<MonitorField>, ProviderError> {
        let ask = Ask::get("the fields webhooks may watch", "v1/webhooks/monitor_fields");
        self.listed(&ask, "fields", MonitorField::read).await
    }

    /// The elements of an answer's list that can be read.
    async fn listed<T>(
        &self,
        ask: &Ask,
        list: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, ProviderError> {
        let answer = self.client.tree(ask).await?;
        let items = json::elements(&answer[list]).ok_or_else(|| misshapen(ask.what))?;
        Ok(items.into_iter().filter_map(read).collect())
    }
}

/// What to watch of what is offered, by alias where there is one.
pub fn default_monitor_fields(offered: &[MonitorField]) -> Vec<String> {
    let named = |wanted: &str| {
        let known = |field: &&MonitorField| match wanted {
            "supervisor" => {
                field.alias.as_deref() == Some(wanted)
                    || field.id == REPORTING_TO.0
                    || field.name == REPORTING_TO.1
            }
            _ => field.alias.as_deref() == Some(wanted),
        };
        let field = offered.iter().find(known)?;
        Some(field.alias.clone().unwrap_or_else(|| field.id.clone()))
    };
    WORTH_MONITORING.into_iter().filter_map(named).collect()
}

/// Ids become part of a path.
fn path(id: &str) -> Result<String, ProviderError> {
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    match plain {
        true => Ok(format!("v1/webhooks/{id}")),
        false => Err(misshapen("the webhook's id")),
    }
}

fn said(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Json => "json",
            Format::FormEncoded => "form-encoded",
        })
    }
}
