//! What a delivery says: both families, as JSON or as a form.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::company::{Action, Change, Company};
use super::faults::{Faults, Spelling};
use super::fields::Field;
use super::webhooks::Webhook;

/// The company id inside event-based payloads.
pub(super) const COMPANY_ID: &str = "4711";

/// The content of one delivery.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Event(Event),
    Rows(Rows),
}

/// Event-based: one employee, no values.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Data,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    company_id: &'static str,
    employee_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_fields: Option<Vec<&'static str>>,
}

/// Field-based: any number of employees, with the post fields.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Rows {
    pub(super) employees: Vec<Row>,
}

/// One employee of a field-based delivery; the keys stand in alphabetical order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    changed_fields: Vec<String>,
    fields: Value,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
}

/// What a webhook hears of a change: nothing, one delivery, or two when fields are split.
pub(super) fn contents(
    company: &Company,
    webhook: &Webhook,
    change: &Change,
    faults: &Faults,
) -> Vec<Content> {
    let field_based = webhook.is_field_based();
    let family = if field_based { "employee_with_fields" } else { "employee" };
    let kind = format!("{family}.{}", verb(change.action).to_lowercase());
    if !webhook.order.events.contains(&kind) {
        return vec![];
    }
    let changed: Vec<&'static Field> = webhook
        .monitors()
        .filter(|field| change.columns.contains(&field.column))
        .filter(|field| !faults.hidden_fields.contains(field.alias))
        .collect();
    if change.action == Action::Updated && changed.is_empty() {
        return vec![];
    }
    let now = company.clock.now();
    if field_based {
        let row = row(company, webhook, change, &changed, faults, now);
        return vec![Content::Rows(Rows { employees: vec![row] })];
    }
    let event = |fields: Option<Vec<&'static Field>>| {
        let aliases = |fields: Vec<&Field>| fields.iter().map(|field| field.alias).collect();
        let data = Data {
            company_id: COMPANY_ID,
            employee_id: change.employee.to_string(),
            changed_fields: fields.map(aliases),
        };
        let timestamp = stamp(now, &faults.spelling);
        Content::Event(Event { kind: kind.clone(), timestamp, data })
    };
    if change.action != Action::Updated {
        return vec![event(None)];
    }
    let apart = |field: &&Field| field.is_custom() && !faults.join_custom_fields;
    let (custom, standard): (Vec<_>, Vec<_>) = changed.into_iter().partition(apart);
    let parts = [standard, custom].into_iter().filter(|fields| !fields.is_empty());
    parts.map(|fields| event(Some(fields))).collect()
}

fn row(
    company: &Company,
    webhook: &Webhook,
    change: &Change,
    changed: &[&'static Field],
    faults: &Faults,
    now: DateTime<Utc>,
) -> Row {
    let spelling = &faults.spelling;
    let mut fields = Map::new();
    let mut changed_fields = Vec::new();
    if let (Action::Updated, Some(person)) = (change.action, company.people.get(&change.employee)) {
        let view = company.view(true);
        let post = webhook.order.post.iter();
        for (field, _, name) in
            post.filter(|(field, ..)| !faults.hidden_fields.contains(field.alias))
        {
            let value = company.cell(person, field.column, view).to_value();
            let value = if spelling.value_objects { json!({ "value": value }) } else { value };
            fields.insert(name.clone(), value);
        }
        changed_fields = changed.iter().map(|field| external(webhook, field)).collect();
    }
    let fields = match fields.is_empty() && spelling.empty_map_as_list {
        true => json!([]),
        false => Value::Object(fields),
    };
    Row {
        action: (!spelling.before_2025).then(|| verb(change.action)),
        changed_fields,
        fields,
        id: change.employee.to_string(),
        timestamp: (!spelling.before_2025).then(|| stamp(now, spelling)),
    }
}

/// Webhooks say Created where `/employees/changed` says Inserted.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Inserted => "Created",
        Action::Updated => "Updated",
        Action::Deleted => "Deleted",
    }
}

/// The name a field has in a webhook's payloads: its own there, else its English name.
fn external(webhook: &Webhook, field: &Field) -> String {
    let mut post = webhook.order.post.iter();
    let named = post.find(|(posted, ..)| posted.column == field.column);
    named.map_or_else(|| field.name.to_owned(), |(_, _, name)| name.clone())
}

/// The offset has no colon.
fn stamp(at: DateTime<Utc>, spelling: &Spelling) -> String {
    let zone = if spelling.zulu_times { "Z" } else { "+0000" };
    format!("{}{zone}", at.format("%Y-%m-%dT%H:%M:%S"))
}

impl Content {
    pub(super) fn employees(&self) -> Vec<u64> {
        match self {
            Content::Event(event) => event.data.employee_id.parse().into_iter().collect(),
            Content::Rows(rows) => {
                rows.employees.iter().filter_map(|row| row.id.parse().ok()).collect()
            }
        }
    }

    /// The bytes that go out.
    pub(super) fn encoded(&self, form: bool) -> Bytes {
        let encoded = match (self, form) {
            (Content::Event(event), false) => serde_json::to_vec(event),
            (Content::Rows(rows), false) => serde_json::to_vec(rows),
            (Content::Event(event), true) => Ok(event_form(event)),
            (Content::Rows(rows), true) => Ok(rows_form(rows)),
        };
        Bytes::from(encoded.expect("payloads have text keys only"))
    }
}

/// `type`, `data[companyId]`, …; a form has no time in it.
fn event_form(event: &Event) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("type", &event.kind);
    form.append_pair("data[companyId]", event.data.company_id);
    form.append_pair("data[employeeId]", &event.data.employee_id);
    for (index, field) in event.data.changed_fields.iter().flatten().enumerate() {
        form.append_pair(&format!("data[changedFields][{index}]"), field);
    }
    form.finish().into_bytes()
}

/// Values stand directly under the employee's id; a form has no action and no time in it.
fn rows_form(rows: &Rows) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for row in &rows.employees {
        let id = &row.id;
        if row.changed_fields.is_empty() {
            form.append_pair(&format!("employees[{id}][changedFields]"), "");
        }
        for (index, field) in row.changed_fields.iter().enumerate() {
            form.append_pair(&format!("employees[{id}][changedFields][{index}]"), field);
        }
        for (name, value) in row.fields.as_object().into_iter().flatten() {
            let (key, value) = match value.get("value") {
                Some(inner) => (format!("employees[{id}][{name}][value]"), inner),
                None => (format!("employees[{id}][{name}]"), value),
            };
            let text = value.as_str().map_or_else(|| flag(value), str::to_owned);
            form.append_pair(&key, &text);
        }
    }
    form.finish().into_bytes()
}

/// PHP writes flags as 1 and nothing.
fn flag(value: &Value) -> String {
    if *value == Value::Bool(true) { "1".to_owned() } else { String::new() }
}
