//! A person or unit as the outside reads it, and what differs between two states of it.

use serde_json::{Map, Value, json};

use super::Reached;
use crate::actor::KnownActor;
use crate::field::{self, Field};
use crate::unit::{Kind, KnownUnit};

/// One field, what it was and what it is.
pub(super) struct Change {
    pub(super) field: String,
    pub(super) old: Value,
    pub(super) new: Value,
}

impl Reached {
    pub(super) fn id(&self) -> &str {
        match self {
            Reached::Person { after, .. } => &after.actor,
            Reached::Unit { after, .. } => &after.unit,
        }
    }

    /// What it is a record of.
    pub(super) fn model(&self) -> &'static str {
        match self {
            Reached::Person { .. } => "employee",
            Reached::Unit { after, .. } => match after.kind {
                Kind::Department => "department",
                Kind::Division => "division",
                Kind::Location => "location",
            },
        }
    }

    /// As it is after the event.
    pub(super) fn record(&self) -> Map<String, Value> {
        match self {
            Reached::Person { after, .. } => person(after),
            Reached::Unit { after, .. } => unit(after),
        }
    }

    /// What the event changed; of a creation, everything that has a value.
    pub(super) fn changes(&self) -> Vec<Change> {
        let before = match self {
            Reached::Person { before, .. } => before.as_deref().map(person),
            Reached::Unit { before, .. } => before.as_deref().map(unit),
        };
        let was = |field: &str| before.as_ref().and_then(|before| before.get(field)).cloned();
        let change = |(field, new): (String, Value)| {
            let old = was(&field).unwrap_or(Value::Null);
            // Where it is does not change, and what a creation leaves empty is no news.
            let same = old == new || field == "id" || field == "scenario";
            let unsaid = before.is_none() && is_empty(&new);
            (!same && !unsaid).then_some(Change { field, old, new })
        };
        self.record().into_iter().filter_map(change).collect()
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}

/// Every field is there; one without a value, or that can no longer be read, is `null`.
fn person(known: &KnownActor) -> Map<String, Value> {
    let mut record = Map::new();
    let mut set = |name: &str, value: Value| record.insert(name.to_owned(), value);
    set("id", json!(known.actor));
    set("scenario", json!(known.scenario));
    set("source_hris", json!(known.source.as_ref().map(|source| source.provider.as_str())));
    set("source_hris_id", json!(known.source_id));
    for field in Field::ALL {
        let none = if field == Field::Departments { json!([]) } else { Value::Null };
        set(field.as_str(), known.fields.get(&field).map_or(none, value));
    }
    set("active", json!(known.active));
    set("synced", json!(known.synced));
    set("on_hold", json!(known.on_hold.is_some()));
    set("source_deleted", json!(known.source_deleted));
    set("erased", json!(known.erased));
    record
}

fn unit(known: &KnownUnit) -> Map<String, Value> {
    let mut record = Map::new();
    let mut set = |name: &str, value: Value| record.insert(name.to_owned(), value);
    set("id", json!(known.unit));
    set("scenario", json!(known.scenario));
    set("kind", json!(known.kind.as_str()));
    set("name", json!(known.name));
    set("source_hris", json!(known.source.as_ref().map(|source| source.provider.as_str())));
    set("source_key", json!(known.source_key));
    set("retired", json!(known.retired));
    record
}

fn value(value: &field::Value) -> Value {
    match value {
        field::Value::Text(text) => json!(text),
        field::Value::List(items) => json!(items),
    }
}
