//! What is compared of a person, and which events tell of it.

use super::Facts;
use crate::actor::{Event, Personal};
use crate::field::{Changes, Field, Fields, Value, comparable};

/// Beside the fields of product.md §8.0 that have a name in [`Field`].
pub const ACTIVE: &str = "active";

/// What a person's fields mean. `unit` says what a unit's id means on both sides, `manager` whose
/// actor an id is of.
pub fn facts_of_person(
    active: bool,
    fields: &Fields,
    unit: impl Fn(&str) -> String,
    manager: impl Fn(&str) -> String,
) -> Facts {
    let meaning = |field: Field, value: &Value| match (field, value) {
        (Field::Departments, value) => {
            Value::List(value.list().iter().map(|id| unit(id)).collect())
        }
        (Field::Division | Field::Location, Value::Text(id)) => Value::Text(unit(id)),
        (Field::Manager, Value::Text(id)) => Value::Text(manager(id)),
        (field, value) => comparable(field, value).into_owned(),
    };
    let told = fields.iter().map(|(field, value)| (field.as_str(), meaning(*field, value)));
    told.chain([(ACTIVE, Value::Text(active.to_string()))]).collect()
}

/// The fields an event says something new of; `None` for a creation, which says all there is.
pub fn told_of_person(event: &Event) -> Option<Vec<&'static str>> {
    let names = |changes: &Changes| changes.keys().map(|field| field.as_str()).collect::<Vec<_>>();
    match event {
        Event::Created { .. } => None,
        Event::FieldsChanged { changes, personal, .. } => {
            let mut all = names(changes);
            if let Some(Personal::Changes(changes)) = personal {
                all.extend(names(changes));
            }
            Some(all)
        }
        Event::Deactivated { .. } | Event::Reactivated { .. } => Some(vec![ACTIVE]),
        Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::Identified { .. }
        | Event::LinkedTo { .. } => Some(vec![]),
    }
}
