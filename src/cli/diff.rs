//! `rollcall scenario diff`: how two versions of the organisation differ, and who or what did it.

use serde_json::Value;

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::which_scenario::id_of;
use super::{Context, output};
use crate::client::query;
use crate::failure::Failure;

/// More than any two scenarios differ in.
const EVERYTHING: usize = 1_000_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scenario that is asked about, by id or name: who is only here was added.
    scenario: String,
    /// The one it is compared with.
    with: String,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let entries = with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.tenant(context).await?;
        let here = id_of(&client, &args.scenario).await?;
        let there = id_of(&client, &args.with).await?;
        let path = format!("/api/v1/scenarios/{here}/diff{}", query(&[("with", Some(&there))]));
        client.list(&path, EVERYTHING).await
    });
    let entries = entries.await?;
    if context.json {
        return output::json(&Value::Array(entries));
    }
    let rows: Vec<_> = entries.iter().flat_map(rows).collect();
    output::table(&["KIND", "NAME", "CHANGE", "FIELD", "HERE", "THERE", "CHANGED IN"], &rows)
}

/// A line for each field; one for who is on one side only, or erased.
fn rows(entry: &Value) -> Vec<Vec<String>> {
    let one = if entry["here"].is_null() { &entry["there"] } else { &entry["here"] };
    let name = match one["name"].as_str() {
        Some(name) => name.to_owned(),
        None if entry["erased"] == true => "(erased)".to_owned(),
        None => text(one, "id"),
    };
    let head = vec![text(entry, "kind"), name, text(entry, "change")];
    let fields = entry["fields"].as_array().into_iter().flatten();
    let line = |field: &Value| {
        let conflict = if field["conflict"] == true { ", a conflict" } else { "" };
        let tail = [
            text(field, "field"),
            shown(&field["here"]["value"]),
            shown(&field["there"]["value"]),
            format!("{}{conflict}", text(field, "changed_in")),
        ];
        [&head[..], &tail].concat()
    };
    match entry["change"].as_str() {
        Some("changed") if entry["erased"] == false => fields.map(line).collect(),
        Some(_) | None => vec![head],
    }
}

/// A value as a person reads it: names where there are some.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(one) => one.get("name").or(one.get("id")).map(shown).unwrap_or_default(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_a_line_for_each_field() {
        let entry = json!({
            "kind": "person", "change": "changed", "erased": false,
            "here": {"id": "1", "name": "Ada"}, "there": {"id": "2", "name": "Ada"},
            "fields": [
                {"field": "departments", "conflict": true, "changed_in": "both",
                    "here": {"value": [{"id": "d", "name": "Engines"}, {"id": "e"}]},
                    "there": {"value": []}},
                {"field": "active", "conflict": false, "changed_in": null,
                    "here": {"value": true}, "there": {"value": false}},
            ],
        });
        let lines: Vec<String> = rows(&entry).iter().map(|row| row.join("|")).collect();
        assert_eq!(lines[0], "person|Ada|changed|departments|Engines, e||both, a conflict");
        assert_eq!(lines[1], "person|Ada|changed|active|true|false|");
        let erased = json!({"kind": "person", "change": "changed", "erased": true,
            "here": {"id": "1", "name": null}, "there": {"id": "2", "name": null}, "fields": []});
        assert_eq!(rows(&erased), [["person", "(erased)", "changed"]]);
    }
}
