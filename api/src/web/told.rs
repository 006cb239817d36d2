//! Values of the API as people read them.

use serde_json::Value;

/// A text, a number, a name, or several of them; `None` where there is nothing.
pub(crate) fn words(value: &Value) -> Option<String> {
    let said = match value {
        Value::Null => return None,
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(words).collect::<Vec<_>>().join(", "),
        Value::Object(named) => match (named.get("name"), named.get("id")) {
            (Some(Value::String(text)), _) | (_, Some(Value::String(text))) => text.clone(),
            (_, _) => value.to_string(),
        },
    };
    (!said.is_empty()).then_some(said)
}
