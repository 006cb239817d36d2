//! The webhooks a key may have at BambooHR: registered by us, signed with a key it makes up
//! (`reference/bamboohr.md` §5).

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, Utc};
use rollcall_domain::json;
use secrecy::SecretString;
use serde_json::Value;

use super::BambooHr;
use super::client::Ask;
use super::lists::id_text;
use crate::providers::calls::misshapen;
use crate::providers::{
    Format, LoggedDelivery, MonitorField, PostField, ProviderError, ProviderWebhooks,
    RegisteredWebhook, Webhook, WebhookOrder,
};

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
/// The family that carries no values: the one BambooHR recommends.
const WORTH_TELLING: [&str; 3] = ["employee.created", "employee.updated", "employee.deleted"];
/// The family that carries values.
const FIELD_BASED: &str = "employee_with_fields.";

const WEBHOOK: &str = "the webhook";
const LOG: &str = "the webhook's delivery log";
/// How long the log is closed, where it says so with a status of 200 and names no time.
const LOG_PAUSE: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

#[async_trait]
impl ProviderWebhooks for BambooHr {
    async fn list(&self) -> Result<Vec<Webhook>, ProviderError> {
        let ask = Ask::get("the list of webhooks", "v1/webhooks");
        self.listed(&ask, "webhooks", webhook).await
    }

    async fn show(&self, id: &str) -> Result<Webhook, ProviderError> {
        let shown = self.client.tree(&Ask::get(WEBHOOK, path(id)?)).await?;
        webhook(&shown).ok_or_else(|| misshapen(WEBHOOK))
    }

    async fn create(&self, order: &WebhookOrder) -> Result<RegisteredWebhook, ProviderError> {
        self.client.calls.can_be_reached(&order.url)?;
        let ask = Ask::post(WEBHOOK, "v1/webhooks", &body(order)).once();
        let created = self.client.tree(&ask).await?;
        let key = created["privateKey"].as_str().map(SecretString::from);
        let made = webhook(&created).zip(key);
        let (webhook, private_key) = made.ok_or_else(|| misshapen(WEBHOOK))?;
        Ok(RegisteredWebhook { webhook, private_key })
    }

    async fn replace(&self, id: &str, order: &WebhookOrder) -> Result<Webhook, ProviderError> {
        self.client.calls.can_be_reached(&order.url)?;
        let replaced = self.client.tree(&Ask::put(WEBHOOK, path(id)?, &body(order))).await?;
        webhook(&replaced).ok_or_else(|| misshapen(WEBHOOK))
    }

    async fn delete(&self, id: &str) -> Result<(), ProviderError> {
        self.client.fetch(&Ask::delete(WEBHOOK, path(id)?)).await.map(drop)
    }

    async fn log(&self, id: &str) -> Result<Vec<LoggedDelivery>, ProviderError> {
        let answer = self.client.tree(&Ask::get(LOG, format!("{}/log", path(id)?))).await?;
        if id_text(&answer["error"]["code"]).as_deref() == Some("429") {
            return Err(ProviderError::RateLimited {
                until: self.client.calls.clock.now() + LOG_PAUSE,
            });
        }
        let rows = json::elements(&answer).filter(|_| answer.get("error").is_none());
        let rows = rows.ok_or_else(|| misshapen(LOG))?;
        Ok(rows.into_iter().map(logged).collect())
    }

    async fn monitor_fields(&self) -> Result<Vec<MonitorField>, ProviderError> {
        let ask = Ask::get("the fields webhooks may watch", "v1/webhooks/monitor_fields");
        let read = |value: &Value| {
            let (id, name) = (id_text(&value["id"])?, said(value, "name").unwrap_or_default());
            Some(MonitorField { id, name, alias: said(value, "alias") })
        };
        self.listed(&ask, "fields", read).await
    }

    async fn post_fields(&self) -> Result<Vec<PostField>, ProviderError> {
        let ask = Ask::get("the fields webhooks may carry", "v1/webhooks/post-fields");
        let read = |value: &Value| {
            let (id, name) = (id_text(&value["id"])?, said(value, "name").unwrap_or_default());
            let (alias, kind) = (said(value, "alias"), said(value, "type"));
            Some(PostField { id, name, alias, kind })
        };
        self.listed(&ask, "fields", read).await
    }

    fn worth_watching(&self, offered: &[MonitorField]) -> Vec<String> {
        default_monitor_fields(offered)
    }

    fn worth_telling(&self) -> Vec<String> {
        WORTH_TELLING.map(str::to_owned).to_vec()
    }

    /// Under their own aliases, by which their values are understood.
    fn worth_carrying(&self, events: &[String], watched: &[String]) -> BTreeMap<String, String> {
        let carries_values = events.iter().any(|event| event.starts_with(FIELD_BASED));
        let is_alias = |field: &&String| field.bytes().any(|b| !b.is_ascii_digit());
        let carried = watched.iter().filter(is_alias).filter(|_| carries_values);
        carried.map(|alias| (alias.clone(), alias.clone())).collect()
    }
}

impl BambooHr {
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

/// Everything is said: what a replacement leaves out goes back to BambooHR's defaults, and without
/// `events` those are the older family.
fn body(order: &WebhookOrder) -> Value {
    serde_json::json!({
        "name": order.name,
        "url": order.url,
        "format": match order.format {
            Format::Json => "json",
            Format::FormEncoded => "form-encoded",
        },
        "events": order.events,
        "monitorFields": order.monitor_fields,
        "postFields": order.post_fields,
        "includeCompanyDomain": order.include_company_domain,
    })
}

/// None without an id; what else is odd was not said.
fn webhook(value: &Value) -> Option<Webhook> {
    let texts = |key: &str| -> Option<Vec<String>> {
        Some(json::elements(&value[key])?.into_iter().filter_map(id_text).collect())
    };
    let post = value["postFields"].as_object().map(|fields| {
        let named = fields.iter().filter_map(|(id, name)| Some((id.clone(), id_text(name)?)));
        named.collect::<BTreeMap<_, _>>()
    });
    Some(Webhook {
        id: id_text(&value["id"])?,
        name: said(value, "name").unwrap_or_default(),
        url: said(value, "url").unwrap_or_default(),
        created: time(&value["created"]),
        last_sent: time(&value["lastSent"]),
        format: said(value, "format"),
        events: texts("events"),
        monitor_fields: texts("monitorFields"),
        post_fields: post,
        include_company_domain: value["includeCompanyDomain"].as_bool(),
        errors: value.get("errors").filter(|errors| !errors.is_null()).cloned(),
    })
}

/// Times may be words, such as `Webhook Not Found`; then there was none.
fn logged(row: &Value) -> LoggedDelivery {
    let people = json::elements(&row["employeeIds"]).unwrap_or_default();
    LoggedDelivery {
        url: said(row, "url").unwrap_or_default(),
        attempted: time(&row["lastAttempted"]),
        succeeded: time(&row["lastSuccess"]),
        status: id_text(&row["statusCode"]).and_then(|code| code.parse().ok()),
        format: said(row, "format"),
        people: people.into_iter().filter_map(id_text).collect(),
    }
}

/// `YYYY-MM-DD HH:MM:SS`, UTC without saying so.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?.trim();
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok().map(|at| at.and_utc())
}

/// What to watch of what is offered, by alias where there is one.
fn default_monitor_fields(offered: &[MonitorField]) -> Vec<String> {
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
