//! What a BambooHR webhook delivery says, and whether it is genuine (`reference/bamboohr.md` §6).

mod missed;
mod newest;
mod proof;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

pub use missed::{Arrival, Missed, SentDelivery, missed_deliveries, receipts_since};
pub use newest::{Observed, sent_at};
pub use proof::{Freshness, freshness, sign, signature_message, verify};

use crate::json::{self, DAMAGED};

/// One delivery, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `employee.updated`; for field-based deliveries `employee_with_fields` and the action.
    pub event_type: String,
    pub family: Family,
    /// In the order they came; the same person may come twice. Empty for events about the company.
    pub people: Vec<DeliveredPerson>,
    /// How many more were named without an id that can be one.
    pub unreadable: usize,
}

/// The two kinds of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Says who changed, never to what.
    EventBased,
    /// Carries values; may hold several people.
    FieldBased,
}

/// What is said of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredPerson {
    pub source_id: String,
    pub action: DeliveredAction,
    /// Names as the provider spells them; empty is normal for created and deleted.
    pub changed_fields: Vec<String>,
    /// Field-based only: every value sent, changed or not; `None` is explicitly empty.
    pub values: BTreeMap<String, Option<String>>,
    /// When it happened, if the body says so.
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveredAction {
    Created,
    Updated,
    Deleted,
    /// Not said (before mid-2025), or a word we do not know.
    Unknown,
}

/// Why nobody can be read from a body. It shows nothing of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    #[error(
        "the body is not JSON (line {line}, column {column}); check the webhook's format at the provider"
    )]
    NotJson { line: usize, column: usize },
    #[error("the body names neither an event type nor employees; check who sends it")]
    Unrecognised,
    #[error("the body has an employee without an id; check the webhook at the provider")]
    NoId,
}

/// Reads a delivery of either family, as JSON or as a form. What can be told of whom it names is
/// enough: they are read again anyway.
pub fn parse_delivery(content_type: &str, body: &[u8]) -> Result<Delivery, DeliveryError> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let tree = if form { Ok(form_tree(body)) } else { json::tree(body) };
    let tree = match tree {
        Ok(tree) => tree,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            return named_in(body).ok_or(DeliveryError::NotJson { line, column });
        }
    };
    let said = tree.get("type").and_then(Value::as_str);
    let names_one = tree.get("data").is_some_and(|data| data.get("employeeId").is_some());
    match tree.get("employees") {
        Some(Value::Array(rows)) => field_based(listed(rows), said),
        // One row instead of a list of them.
        Some(row) if !form && row.get("id").is_some_and(|id| !id.is_object()) => {
            field_based(listed(std::slice::from_ref(row)), said)
        }
        Some(Value::Object(rows)) => field_based(keyed(rows, form), said),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
            match said {
                Some(said) => event_based(said, &tree),
                None if names_one => event_based("unknown", &tree),
                None => Err(DeliveryError::Unrecognised),
            }
        }
    }
}

/// An ISO 8601 time with `Z` or an offset, with or without the colon RFC 3339 asks for.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|at| at.to_utc())
}

fn event_based(said: &str, tree: &Value) -> Result<Delivery, DeliveryError> {
    let data = tree.get("data");
    let person = match data.and_then(|data| data.get("employeeId")) {
        Some(id) => Some(DeliveredPerson {
            source_id: source_id(id).ok_or(DeliveryError::NoId)?,
            action: action(said.rsplit('.').next().unwrap_or_default()),
            changed_fields: texts(data.and_then(|data| data.get("changedFields"))),
            values: BTreeMap::new(),
            at: tree.get("timestamp").and_then(Value::as_str).and_then(instant),
        }),
        None if said.starts_with("employee") => return Err(DeliveryError::NoId),
        None => None,
    };
    let people = person.into_iter().collect();
    Ok(Delivery { event_type: tidy(said), family: Family::EventBased, people, unreadable: 0 })
}

fn field_based(
    rows: Vec<Option<DeliveredPerson>>,
    said: Option<&str>,
) -> Result<Delivery, DeliveryError> {
    let named = rows.len();
    let people: Vec<DeliveredPerson> = rows.into_iter().flatten().collect();
    if people.is_empty() && named > 0 {
        return Err(DeliveryError::NoId);
    }
    let event_type = said.map_or_else(|| named_by_action(&people), tidy);
    let unreadable = named - people.len();
    Ok(Delivery { event_type, family: Family::FieldBased, people, unreadable })
}

/// Rows with their id in them, or ids alone.
fn listed(rows: &[Value]) -> Vec<Option<DeliveredPerson>> {
    let read = |row: &Value| {
        let id = if row.is_object() { row.get("id")? } else { row };
        Some(person(source_id(id)?, row, row.get("fields")))
    };
    rows.iter().map(read).collect()
}

/// In forms the id is the key, and the values lie beside the other entries. In JSON it is a list
/// with holes, unless the rows have no ids of their own.
fn keyed(rows: &Map<String, Value>, form: bool) -> Vec<Option<DeliveredPerson>> {
    let read = |(key, row): (&String, &Value)| {
        let id = match row.get("id").filter(|_| !form) {
            Some(id) => source_id(id)?,
            None => as_source_id(key)?,
        };
        Some(person(id, row, row.get("fields").or(Some(row))))
    };
    rows.iter().map(read).collect()
}

/// Whom a body names that is no JSON: what stands behind its keys for ids.
fn named_in(body: &[u8]) -> Option<Delivery> {
    let text = json::mended(json::without_mark(body));
    let (family, rest, key) = match text.split_once("\"employees\"") {
        Some((_, rows)) => (Family::FieldBased, rows, "\"id\""),
        None => (Family::EventBased, &*text, "\"employeeId\""),
    };
    let people: Vec<DeliveredPerson> = rest
        .split(key)
        .skip(1)
        .filter_map(|behind| {
            let value = behind.trim_start().strip_prefix(':')?.trim_start();
            let quoted = value.strip_prefix('"').and_then(|text| text.split('"').next());
            let id = quoted.or_else(|| value.split(|c: char| !c.is_ascii_digit()).next())?;
            Some(person(as_source_id(id)?, &Value::Null, None))
        })
        .collect();
    let event_type = "unknown".to_owned();
    (!people.is_empty()).then_some(Delivery { event_type, family, people, unreadable: 1 })
}

fn person(source_id: String, row: &Value, values: Option<&Value>) -> DeliveredPerson {
    let said = |key| row.get(key).and_then(Value::as_str);
    DeliveredPerson {
        source_id,
        action: said("action").map_or(DeliveredAction::Unknown, action),
        changed_fields: texts(row.get("changedFields")),
        values: values.and_then(Value::as_object).map(read_values).unwrap_or_default(),
        at: said("timestamp").and_then(instant),
    }
}

/// Flat values, or `{"value": …}`; what belongs to the row itself is left out.
fn read_values(fields: &Map<String, Value>) -> BTreeMap<String, Option<String>> {
    let own = |name: &str| matches!(name, "changedFields" | "action" | "timestamp");
    let value = |value: &Value| text(value.get("value").unwrap_or(value));
    fields
        .iter()
        .filter(|(name, _)| !own(name))
        .map(|(name, field)| (name.clone(), value(field)))
        .collect()
}

fn action(word: &str) -> DeliveredAction {
    match word.to_ascii_lowercase().as_str() {
        "created" | "inserted" => DeliveredAction::Created,
        "updated" => DeliveredAction::Updated,
        "deleted" => DeliveredAction::Deleted,
        _ => DeliveredAction::Unknown,
    }
}

/// Field-based deliveries often have no type: it follows from what was done, if that is one thing.
fn named_by_action(people: &[DeliveredPerson]) -> String {
    let first = people.first().map(|person| person.action);
    let alike = people.iter().all(|person| Some(person.action) == first);
    let name = match first.filter(|_| alike) {
        Some(DeliveredAction::Created) => "employee_with_fields.created",
        Some(DeliveredAction::Updated) => "employee_with_fields.updated",
        Some(DeliveredAction::Deleted) => "employee_with_fields.deleted",
        Some(DeliveredAction::Unknown) | None => "employee_with_fields",
    };
    name.to_owned()
}

/// A type is stored in clear, so nothing else may hide in it.
fn tidy(said: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match said.len() <= 64 && said.bytes().all(plain) {
        true => said.to_owned(),
        false => "unknown".to_owned(),
    }
}

/// Characters kept of one value; names of fields are far shorter.
const LONGEST: usize = 2_000;
/// Bytes of an id; the provider's are numbers. It becomes part of a URL.
const LONGEST_ID: usize = 200;

fn source_id(value: &Value) -> Option<String> {
    as_source_id(&text(value)?)
}

fn as_source_id(id: &str) -> Option<String> {
    let id = id.trim();
    let fits = (1..=LONGEST_ID).contains(&id.len()) && !id.contains(['\0', DAMAGED]);
    fits.then(|| id.to_owned())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let kept: String = text.trim().chars().filter(|c| *c != '\0').take(LONGEST).collect();
            Some(kept).filter(|text| !text.is_empty())
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(json::elements).unwrap_or_default();
    items.into_iter().filter_map(text).collect()
}

/// Levels of a form's key; the rest of a deeper one is left out, since a tree is dropped on the stack.
const DEEPEST: usize = 8;

/// `data[changedFields][0]=x` as the tree it means.
fn form_tree(body: &[u8]) -> Value {
    let mut tree = Value::Object(Map::new());
    for (key, value) in form_urlencoded::parse(body) {
        let (head, rest) = key.split_once('[').unwrap_or((&key, ""));
        let path =
            rest.strip_suffix(']').unwrap_or(rest).split("][").filter(|part| !part.is_empty());
        let mut at = &mut tree;
        for part in std::iter::once(head).chain(path).take(DEEPEST) {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = at.as_object_mut().expect("made one above").entry(part).or_insert(Value::Null);
        }
        *at = Value::String(value.into_owned());
    }
    tree
}
