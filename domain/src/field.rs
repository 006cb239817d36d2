//! What is known of a person: the fields of product.md §8.0, their values, and differences.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// One field of an actor. Stored by name, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    EmployeeNumber,
    FirstName,
    LastName,
    PreferredName,
    Email,
    Phone,
    JobTitle,
    /// Ids of departments, in the source's order.
    Departments,
    Division,
    Location,
    EmploymentType,
    HireDate,
    TerminationDate,
    /// The manager's actor id. It may name somebody who is not there yet.
    Manager,
    PhotoUrl,
}

impl Field {
    pub const ALL: [Field; 15] = [
        Field::EmployeeNumber,
        Field::FirstName,
        Field::LastName,
        Field::PreferredName,
        Field::Email,
        Field::Phone,
        Field::JobTitle,
        Field::Departments,
        Field::Division,
        Field::Location,
        Field::EmploymentType,
        Field::HireDate,
        Field::TerminationDate,
        Field::Manager,
        Field::PhotoUrl,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Field::EmployeeNumber => "employee_number",
            Field::FirstName => "first_name",
            Field::LastName => "last_name",
            Field::PreferredName => "preferred_name",
            Field::Email => "email",
            Field::Phone => "phone",
            Field::JobTitle => "job_title",
            Field::Departments => "departments",
            Field::Division => "division",
            Field::Location => "location",
            Field::EmploymentType => "employment_type",
            Field::HireDate => "hire_date",
            Field::TerminationDate => "termination_date",
            Field::Manager => "manager",
            Field::PhotoUrl => "photo_url",
        }
    }

    /// Whether its values are sealed with the person's key.
    pub fn is_personal(self) -> bool {
        match self {
            Field::EmployeeNumber
            | Field::FirstName
            | Field::LastName
            | Field::PreferredName
            | Field::Email
            | Field::Phone
            | Field::HireDate
            | Field::TerminationDate
            | Field::PhotoUrl => true,
            Field::JobTitle
            | Field::Departments
            | Field::Division
            | Field::Location
            | Field::EmploymentType
            | Field::Manager => false,
        }
    }
}

/// A value: text (dates as `YYYY-MM-DD`) or, for departments, an ordered list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    List(Vec<String>),
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::List(_) => None,
        }
    }
    pub fn list(&self) -> &[String] {
        match self {
            Value::Text(_) => &[],
            Value::List(items) => items,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Value;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("text or a list of text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(items))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The fields that have a value; one that is missing is empty.
pub type Fields = BTreeMap<Field, Value>;

/// Field by field, what it was and what it is now; `None` is empty.
pub type Changes = BTreeMap<Field, (Option<Value>, Option<Value>)>;

/// Splits anything keyed by field into its clear and its personal part.
pub fn split<T>(all: BTreeMap<Field, T>) -> (BTreeMap<Field, T>, BTreeMap<Field, T>) {
    all.into_iter().partition(|(field, _)| !field.is_personal())
}

/// What a source said of each field: missing = not said, `None` = explicitly empty.
pub type Seen = BTreeMap<Field, Option<Value>>;

/// What differs. A field the source did not mention keeps its value.
pub fn differences(known: &Fields, seen: &Seen) -> Changes {
    seen.iter()
        .filter(|(field, now)| known.get(field) != now.as_ref())
        .map(|(field, now)| (*field, (known.get(field).cloned(), now.clone())))
        .collect()
}

/// Applies changes to known fields.
pub fn apply(known: &mut Fields, changes: &Changes) {
    for (field, (_, now)) in changes {
        match now {
            Some(value) => known.insert(*field, value.clone()),
            None => known.remove(field),
        };
    }
}
