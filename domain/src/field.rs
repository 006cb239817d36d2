//! What is known of a person: the fields of product.md §8.0, their values, and differences.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::vocabulary::Provider;

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

    /// Whether this provider has a place for it (product.md §8.0): then it is the provider's word that
    /// counts, and nobody edits it by hand.
    pub fn is_told_by(self, provider: Provider) -> bool {
        match self {
            Field::EmployeeNumber
            | Field::FirstName
            | Field::LastName
            | Field::Email
            | Field::Phone
            | Field::JobTitle
            | Field::Departments
            | Field::HireDate
            | Field::Manager => true,
            Field::PreferredName | Field::Division => provider == Provider::BambooHr,
            Field::PhotoUrl => provider != Provider::Dynamics365,
            Field::Location | Field::EmploymentType | Field::TerminationDate => {
                provider != Provider::HrisWebhook
            }
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

/// Whether changes say anything new. Another spelling of the same value is no change of its own; it
/// goes along with one that is.
pub fn say_something(changes: &Changes) -> bool {
    changes.iter().any(|(field, (old, new))| match (old, new) {
        (Some(old), Some(new)) => comparable(*field, old) != comparable(*field, new),
        (None, Some(_)) | (Some(_), None) => true,
        (None, None) => false,
    })
}

/// What of a value is compared: text as [`normalised`], a URL without its query, which is signed
/// anew at every read.
pub fn comparable(field: Field, value: &Value) -> Cow<'_, Value> {
    let Value::Text(text) = value else {
        return Cow::Borrowed(value);
    };
    let said = match (field, text.split_once(['?', '#'])) {
        (Field::PhotoUrl, Some((place, _))) => Cow::Borrowed(place),
        _ => normalised(text),
    };
    if said.len() == text.len() && *said == **text {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(Value::Text(said.into_owned()))
    }
}

/// Without what is not seen: blanks of every kind at both ends, and other ways to write the same
/// characters (NFC). Case stays.
pub fn normalised(text: &str) -> Cow<'_, str> {
    let unseen = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
    let text = text.trim_matches(unseen);
    if text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn news(field: Field, old: Option<&str>, new: Option<&str>) -> bool {
        let value = |text: Option<&str>| text.map(Value::from);
        say_something(&Changes::from([(field, (value(old), value(new)))]))
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for spelling in ["  Zoë ", "\u{a0}Zoe\u{308}\u{202f}", "\u{feff}Zoë\u{200b}\t"] {
            assert_eq!(normalised(spelling), "Zoë", "{spelling:?}");
            assert!(!news(Field::FirstName, Some("Zoë"), Some(spelling)), "{spelling:?}");
        }
        for other in ["zoë", "Zoe", "Zo ë"] {
            assert!(news(Field::FirstName, Some("Zoë"), Some(other)), "{other:?}");
        }
        assert!(news(Field::FirstName, Some("Zoë"), None));
        assert!(news(Field::FirstName, None, Some("Zoë")));
    }

    #[test]
    fn a_photo_that_is_signed_anew_is_the_same_photo() {
        let photo = |place: &str, signed: &str| format!("https://img.example/{place}{signed}");
        let old = photo("11.jpg", "?Policy=AAA&Signature=aaa");
        for same in ["?Policy=BBB&Signature=bbb", "", "#top"] {
            assert!(!news(Field::PhotoUrl, Some(&old), Some(&photo("11.jpg", same))), "{same}");
        }
        assert!(news(Field::PhotoUrl, Some(&old), Some(&photo("12.jpg", ""))));
        assert!(news(Field::JobTitle, Some("Who?"), Some("Who")));
    }
}
