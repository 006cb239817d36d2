//! What a tool takes: told as a JSON Schema, and read as the parameters of the API's question.

use std::collections::BTreeMap;

use rmcp::ErrorData;
use rmcp::model::JsonObject;
use serde_json::{Value, json};

use crate::params::Params;

/// One argument of a tool.
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) says: &'static str,
}

pub(super) enum Kind {
    Text,
    Instant,
    /// One of these.
    Word(fn() -> Vec<&'static str>),
    /// How much of a list.
    Limit,
}

/// How much of a list an assistant gets that says nothing about it.
const ROWS: &str = "20";

impl Argument {
    pub(super) const fn text(name: &'static str, says: &'static str) -> Argument {
        Argument { name, kind: Kind::Text, required: false, says }
    }
    pub(super) const fn instant(name: &'static str, says: &'static str) -> Argument {
        Argument { name, kind: Kind::Instant, required: false, says }
    }
    pub(super) const fn word(
        name: &'static str,
        words: fn() -> Vec<&'static str>,
        says: &'static str,
    ) -> Argument {
        Argument { name, kind: Kind::Word(words), required: false, says }
    }
    pub(super) const fn required(self) -> Argument {
        Argument { required: true, ..self }
    }
    pub(super) const CURSOR: Argument =
        Argument::text("cursor", "Goes on in the list: next_cursor of the answer before.");
    pub(super) const LIMIT: Argument = Argument {
        name: "limit",
        kind: Kind::Limit,
        required: false,
        says: "How many at most; 20 where it is left out.",
    };

    fn schema(&self) -> Value {
        let says = self.says;
        match self.kind {
            Kind::Text => json!({ "type": "string", "description": says }),
            Kind::Instant => {
                json!({ "type": "string", "format": "date-time", "description": says })
            }
            Kind::Word(words) => json!({ "type": "string", "enum": words(), "description": says }),
            Kind::Limit => {
                json!({ "type": "integer", "minimum": 1, "maximum": 200, "description": says })
            }
        }
    }

    /// As it stands in a query; what the words, numbers and instants may be, the question itself knows.
    fn read(&self, given: &Value) -> Result<String, String> {
        match (&self.kind, given) {
            (Kind::Limit, Value::Number(number)) => Ok(number.to_string()),
            (Kind::Limit, _) => Err(format!("`{}` is a number.", self.name)),
            // No database of ours holds NUL.
            (_, Value::String(text)) if !text.contains('\0') => Ok(text.clone()),
            (_, _) => Err(format!("`{}` is a text.", self.name)),
        }
    }
}

/// The schema of an object with these.
pub(super) fn schema(arguments: &[Argument]) -> JsonObject {
    let properties: JsonObject =
        arguments.iter().map(|one| (one.name.to_owned(), one.schema())).collect();
    let required: Vec<_> =
        arguments.iter().filter(|one| one.required).map(|one| one.name).collect();
    [
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), json!(properties)),
        ("required".to_owned(), json!(required)),
        ("additionalProperties".to_owned(), json!(false)),
    ]
    .into_iter()
    .collect()
}

/// What was given, by name.
pub(super) struct Given(BTreeMap<String, String>);

impl Given {
    /// Or everything that is wrong with it.
    pub(super) fn read(known: &[Argument], object: &JsonObject) -> Result<Given, ErrorData> {
        let (mut given, mut wrong) = (BTreeMap::new(), vec![]);
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            match known.iter().find(|one| one.name == name).map(|one| one.read(value)) {
                Some(Ok(text)) => drop(given.insert(name.clone(), text)),
                Some(Err(what)) => wrong.push(what),
                None => wrong.push(format!("There is no argument `{}`.", name.escape_debug())),
            }
        }
        for one in known {
            if one.required && given.get(one.name).is_none_or(String::is_empty) {
                wrong.push(format!("`{}` is missing.", one.name));
            }
            if matches!(one.kind, Kind::Limit) {
                given.entry(one.name.to_owned()).or_insert_with(|| ROWS.to_owned());
            }
        }
        match wrong.is_empty() {
            true => Ok(Given(given)),
            false => Err(ErrorData::invalid_params(wrong.join(" "), None)),
        }
    }

    /// Takes one out that the question's path holds, or that only the tool knows.
    pub(super) fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    /// All that is left, as the question's parameters.
    pub(super) fn params(self) -> Params {
        Params::of(self.0)
    }
}
