//! A JSON list: every element says something by itself.

use serde_json::{Map, Value};

use super::{COLUMNS, Entry, Line, Wrong};

const EXPECTED: &str = "a list of objects with source_id, and actor, email or new, such as \
                        [{\"source_id\": \"303\", \"new\": true}]";

pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, String> {
    let read: Value = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("line {line}, column {column}: it is no JSON; expected is {EXPECTED}")
    })?;
    let Value::Array(elements) = read else { return Err(format!("expected is {EXPECTED}")) };
    Ok((1..).zip(elements.iter().map(entry)).collect())
}

fn entry(element: &Value) -> Result<Entry, Wrong> {
    let Value::Object(said) = element else {
        let why = "it is no object with source_id, and actor, email or new".to_owned();
        return Err(Wrong { source_id: String::new(), why });
    };
    let source_id = source_id(said);
    let shown = source_id.clone().unwrap_or_default();
    let wrong = |why: String| Wrong { source_id: shown.clone(), why };
    let known = |name: &&String| COLUMNS.contains(&name.as_str());
    let unknown: Vec<_> =
        said.keys().filter(|name| !known(name)).map(|name| format!("{name:?}")).collect();
    if !unknown.is_empty() {
        return Err(wrong(format!("unknown fields: {}", unknown.join(", "))));
    }
    let source_id = source_id.map_err(|why| wrong(why.to_owned()))?;
    let text = |name: &str| match said.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|it| !it.is_empty())),
        Some(_) => Err(wrong(format!("{name} must be a text"))),
    };
    let (actor, email) = (text("actor")?, text("email")?);
    let new = match said.get("new") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(new)) => *new,
        Some(_) => return Err(wrong("new must be true or false".to_owned())),
    };
    Ok(Entry { source_id, actor, email, new })
}

/// Many write ids as numbers.
fn source_id(said: &Map<String, Value>) -> Result<String, &'static str> {
    match said.get("source_id") {
        None | Some(Value::Null) => Err("source_id is missing"),
        Some(Value::String(text)) if text.trim().is_empty() => Err("source_id is missing"),
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        Some(_) => Err("source_id must be a text or a whole number"),
    }
}
