//! The registered webhooks, and the rules a registration has to keep.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use super::fields::Field;
use super::sight::Sight;
use super::times::plain;

const FIELD_BASED: &str = "employee_with_fields.";
const EVENTS: &[&str] = &[
    "employee.created",
    "employee.updated",
    "employee.deleted",
    "employee_with_fields.created",
    "employee_with_fields.updated",
    "employee_with_fields.deleted",
    "company-integrations.updated",
    "company.updated",
    "company.deleted",
];

/// One webhook.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub(super) id: u64,
    /// The key it was made with; other keys do not see it.
    pub(super) owner: usize,
    pub(super) private_key: String,
    pub(super) created: DateTime<Utc>,
    pub(super) last_sent: Option<DateTime<Utc>>,
    pub(super) order: Order,
}

/// What a registration asks for.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) form_encoded: bool,
    pub(super) events: Vec<String>,
    /// As they were written: ids or aliases.
    pub(super) monitor: Option<Vec<String>>,
    /// The field, how it was written, and what it is called in payloads.
    pub(super) post: Vec<(&'static Field, String, String)>,
    pub(super) include_company_domain: bool,
}

/// Why a registration is refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refused {
    /// 400.
    Invalid(Vec<String>),
    /// 403, with the fields by reason.
    Fields(Value),
}

/// All webhooks by id.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    by_id: BTreeMap<u64, Webhook>,
    last_id: u64,
}

impl Webhooks {
    pub(super) fn all(&self) -> impl Iterator<Item = &Webhook> {
        self.by_id.values()
    }

    pub(super) fn get(&self, id: u64) -> Option<&Webhook> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Webhook> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.by_id.remove(&id);
    }

    /// Registers it and makes up its key.
    pub(super) fn add(&mut self, owner: usize, created: DateTime<Utc>, order: Order) -> &Webhook {
        self.last_id += 1;
        let private_key = hex::encode(rand::random::<[u8; 16]>());
        let id = self.last_id;
        let webhook = Webhook { id, owner, private_key, created, last_sent: None, order };
        self.by_id.entry(id).or_insert(webhook)
    }
}

impl Webhook {
    pub(super) fn is_field_based(&self) -> bool {
        self.order.events.iter().any(|event| event.starts_with(FIELD_BASED))
    }

    pub(super) fn monitors(&self) -> impl Iterator<Item = &'static Field> {
        self.order.monitor.iter().flatten().filter_map(|name| Field::named(name))
    }

    /// The row of the overview.
    pub(super) fn summary(&self) -> Value {
        json!({
            "id": self.id.to_string(), "name": self.order.name, "created": plain(self.created),
            "lastSent": self.last_sent.map(plain), "url": self.order.url,
        })
    }

    /// Everything but the key.
    pub(super) fn described(&self) -> Value {
        let mut described = self.summary();
        let post = self.order.post.iter().map(|(_, given, name)| (given.clone(), json!(name)));
        described["monitorFields"] = json!(self.order.monitor);
        described["postFields"] = Value::Object(Map::from_iter(post));
        described["format"] = json!(if self.order.form_encoded { "form-encoded" } else { "json" });
        described["includeCompanyDomain"] = json!(self.order.include_company_domain);
        described["events"] = json!(self.order.events);
        described
    }
}

impl Order {
    /// Reads a registration; properties it does not know, `limit` and `frequency` too, are ignored.
    pub(super) fn parse(body: &[u8], sight: &Sight, allow_http: bool) -> Result<Order, Refused> {
        let invalid = |issue: &str| Refused::Invalid(vec![issue.to_owned()]);
        let body: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| invalid("The body must be a JSON object"))?;
        let mut issues = Vec::new();
        let mut required = |name: &str| match body.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                issues.push(format!("{name} is required"));
                String::new()
            }
        };
        let (name, url, format) = (required("name"), required("url"), required("format"));
        if !is_allowed(&url, allow_http) {
            issues.push("url must start with https://".to_owned());
        }
        if !["json", "form-encoded"].contains(&format.as_str()) {
            issues.push("format must be json or form-encoded".to_owned());
        }
        let events = events(&body, &mut issues);
        let monitor = body.get("monitorFields").and_then(Value::as_array);
        let monitor = monitor.map(|names| names.iter().map(field_name).collect::<Vec<String>>());
        let needs_fields = events
            .iter()
            .any(|event| event == "employee.updated" || event == "employee_with_fields.updated");
        if needs_fields && monitor.as_ref().is_none_or(Vec::is_empty) {
            issues.push("monitorFields must not be empty".to_owned());
        }
        if !issues.is_empty() {
            return Err(Refused::Invalid(issues));
        }
        let post = body.get("postFields").and_then(Value::as_object).cloned().unwrap_or_default();
        Ok(Order {
            post: checked_fields(monitor.as_deref().unwrap_or_default(), &post, sight)?,
            name,
            url,
            form_encoded: format == "form-encoded",
            events,
            monitor,
            include_company_domain: body.get("includeCompanyDomain") == Some(&Value::Bool(true)),
        })
    }
}

/// Without any, the three field-based ones.
fn events(body: &Map<String, Value>, issues: &mut Vec<String>) -> Vec<String> {
    let Some(asked) = body.get("events").and_then(Value::as_array).filter(|all| !all.is_empty())
    else {
        return EVENTS[3..6].iter().map(|event| (*event).to_owned()).collect();
    };
    let events: Vec<String> = asked.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if events.len() != asked.len() || !events.iter().all(|event| EVENTS.contains(&event.as_str())) {
        issues.push("events holds an unknown event".to_owned());
    }
    let field_based = events.iter().filter(|event| event.starts_with(FIELD_BASED)).count();
    if field_based != 0 && field_based != events.len() {
        issues.push("events of the two families cannot be mixed".to_owned());
    }
    events
}

/// The post fields, if every field exists, may be monitored and may be seen.
fn checked_fields(
    monitor: &[String],
    post: &Map<String, Value>,
    sight: &Sight,
) -> Result<Vec<(&'static Field, String, String)>, Refused> {
    let (mut hidden_monitor, mut hidden_post, mut unknown) = (vec![], vec![], vec![]);
    let mut repeated = Vec::new();
    for name in monitor {
        match Field::named(name).filter(|field| field.monitored) {
            None => unknown.push(json!({"id": null, "name": name})),
            Some(field) if sight.field(field.alias) => {}
            Some(field) => hidden_monitor.push(json!({"id": field.id, "name": field.alias})),
        }
    }
    let mut checked: Vec<(&'static Field, String, String)> = Vec::new();
    for (given, external) in post {
        let external = external.as_str().unwrap_or(given).to_owned();
        match Field::named(given) {
            None => unknown.push(json!({"id": null, "name": given})),
            Some(field) if !sight.field(field.alias) => {
                hidden_post.push(json!({"id": field.id, "name": field.alias}));
            }
            Some(_) if checked.iter().any(|(_, _, name)| *name == external) => {
                repeated.push(external);
            }
            Some(field) => checked.push((field, given.clone(), external)),
        }
    }
    let fine = hidden_monitor.is_empty() && hidden_post.is_empty();
    if fine && unknown.is_empty() && repeated.is_empty() {
        return Ok(checked);
    }
    Err(Refused::Fields(json!([{
        "error": "Permission denied to the following fields", "monitorFields": hidden_monitor,
        "postFields": hidden_post, "unknownFields": unknown, "duplicatePostString": repeated,
    }])))
}

/// The real service takes https alone; a receiver on loopback has none.
fn is_allowed(url: &str, allow_http: bool) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (allow_http && url.scheme() == "http" && loopback)
}

fn field_name(name: &Value) -> String {
    name.as_str().map_or_else(|| name.to_string(), str::to_owned)
}
