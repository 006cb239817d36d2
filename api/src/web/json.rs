//! JSON to read: indented, its parts marked for the stylesheet, all of it escaped.

use askama::filters::{Html, escape};
use serde_json::Value;

/// Markup for a `pre`.
pub(crate) fn shown(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => span("v", &value.to_string(), out),
        Value::String(_) => span("s", &value.to_string(), out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                line(at > 0, depth + 1, out);
                write(item, depth + 1, out);
            }
            close(']', depth, out);
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (name, field)) in fields.iter().enumerate() {
                line(at > 0, depth + 1, out);
                span("k", &Value::from(name.as_str()).to_string(), out);
                out.push_str(": ");
                write(field, depth + 1, out);
            }
            close('}', depth, out);
        }
    }
}

fn line(comma: bool, depth: usize, out: &mut String) {
    out.push_str(if comma { ",\n" } else { "\n" });
    out.push_str(&"  ".repeat(depth));
}

fn close(bracket: char, depth: usize, out: &mut String) {
    line(false, depth, out);
    out.push(bracket);
}

fn span(class: &str, text: &str, out: &mut String) {
    let text = escape(text, Html).map(|safe| safe.to_string()).unwrap_or_default();
    out.push_str(&format!("<span class=\"{class}\">{text}</span>"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_looks_like_markup_is_text() {
        let told = shown(&json!({ "a": ["<b>", 1, {}], "c": null }));

        let expected = "{\n  <span class=\"k\">&#34;a&#34;</span>: [\n    \
            <span class=\"s\">&#34;&#60;b&#62;&#34;</span>,\n    <span class=\"v\">1</span>,\n    {}\n  ],\n  \
            <span class=\"k\">&#34;c&#34;</span>: <span class=\"v\">null</span>\n}";
        assert_eq!(told, expected);
    }
}
