//! A plain XML rendering of answers, for clients that forget to ask for JSON.

use serde_json::Value;

/// A whole document; list entries are called `item`, and an object's `id` becomes an attribute.
pub(super) fn document(root: &str, value: &Value) -> String {
    let mut text = String::from("<?xml version=\"1.0\"?>\n");
    element(root, value, &mut text);
    text
}

fn element(name: &str, value: &Value, text: &mut String) {
    let name = if is_name(name) { name } else { "item" };
    text.push('<');
    text.push_str(name);
    if let Some(id) = value.get("id") {
        text.push_str(" id=\"");
        escape(&plain(id), text);
        text.push('"');
    }
    text.push('>');
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "id") {
                element(key, value, text);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| element("item", item, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            escape(&plain(value), text);
        }
    }
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

/// Keys that are numbers are no element names.
fn is_name(key: &str) -> bool {
    key.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn escape(plain: &str, text: &mut String) {
    for letter in plain.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            other => text.push(other),
        }
    }
}
