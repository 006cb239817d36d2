//! The webhooks a key may have at BambooHR: registered by us, signed with a key it makes up.

use std::fmt;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::BambooHr;
use super::client::Ask;
use super::lists::id_text;
use crate::providers::{Flaw, ProviderError};

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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub url: String,
    /// `YYYY-MM-DD HH:MM:SS`, UTC.
    #[serde(default)]
    pub created: Option<String>,
    #[serde(default)]
    pub last_sent: Option<String>,
    #[serde(default)]
    pub format: Option<String>,
    #[serde(default)]
    pub events: Option<Vec<String>>,
    #[serde(default)]
    pub monitor_fields: Option<Vec<Value>>,
    /// Set when its owner lost the right to see something it should tell of.
    #[serde(default)]
    pub errors: Option<Value>,
}

/// A field a webhook may watch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MonitorField {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub alias: Option<String>,
}

impl BambooHr {
    /// Registers a webhook. Asked once: after an error, look whether it is there by its name.
    pub async fn create_webhook(
        &self,
        webhook: &NewWebhook,
    ) -> Result<RegisteredWebhook, ProviderError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Created {
            #[serde(deserialize_with = "id")]
            id: String,
            private_key: String,
        }
        let body = json!({
            "name": webhook.name,
            "url": webhook.url,
            "format": webhook.format.to_string(),
            "events": webhook.events,
            "monitorFields": webhook.monitor_fields,
        });
        let ask = Ask::post(WEBHOOK, "v1/webhooks", &body).once();
        let created: Created = self.client.json(&ask).await?;
        Ok(RegisteredWebhook {
            id: created.id,
            private_key: SecretString::from(created.private_key),
        })
    }

    /// The webhooks this key's user registered.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>, ProviderError> {
        #[derive(Deserialize)]
        struct Listed {
            webhooks: Vec<Webhook>,
        }
        let ask = Ask::get("the list of webhooks", "v1/webhooks");
        Ok(self.client.json::<Listed>(&ask).await?.webhooks)
    }

    /// One of them with all its settings, but without its key.
    pub async fn show_webhook(&self, id: &str) -> Result<Webhook, ProviderError> {
        self.client.json(&Ask::get(WEBHOOK, path(id)?)).await
    }

    /// Removes it. One that is gone already is `Rejected` with `NotFound`.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), ProviderError> {
        self.client.fetch(&Ask::delete(WEBHOOK, path(id)?)).await.map(drop)
    }

    /// What a webhook of this key may watch.
    pub async fn monitor_fields(&self) -> Result<Vec<MonitorField>, ProviderError> {
        #[derive(Deserialize)]
        struct Offered {
            fields: Vec<MonitorField>,
        }
        let ask = Ask::get("the fields webhooks may watch", "v1/webhooks/monitor_fields");
        Ok(self.client.json::<Offered>(&ask).await?.fields)
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
        false => Err(ProviderError::Malformed { what: "the webhook's id", flaw: Flaw::Shape }),
    }
}

/// Text today, a number in older versions.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = Value::deserialize(deserializer)?;
    id_text(&id).ok_or_else(|| serde::de::Error::custom("no id"))
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Json => "json",
            Format::FormEncoded => "form-encoded",
        })
    }
}
