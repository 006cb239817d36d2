//! Who changed since some time, deletions included.

use chrono::{DateTime, SecondsFormat, Utc};
use rollcall_domain::delivery::instant;
use rollcall_domain::json::DAMAGED;
use serde_json::Value;

use super::BambooHr;
use super::client::Ask;
use super::lists::id_text;
use crate::providers::calls::misshapen;
use crate::providers::{ChangeKind, Changed, Changes, ProviderError};

const WHAT: &str = "the list of changes";

impl BambooHr {
    pub(super) async fn changes(&self, since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        let since_text = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let ask = Ask::get(WHAT, "v1/employees/changed").query("since", since_text);
        let answer = self.client.tree(&ask).await?;
        let entries: Vec<(Option<&String>, &Value)> = match &answer["employees"] {
            Value::Object(entries) => entries.iter().map(|(key, one)| (Some(key), one)).collect(),
            // An empty map may be written as a list.
            Value::Array(entries) => entries.iter().map(|one| (None, one)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(misshapen(WHAT));
            }
        };
        let told: Vec<Changed> =
            entries.iter().filter_map(|(key, entry)| changed(*key, entry)).collect();
        let unreadable = (entries.len() - told.len()) as u64;
        let said = answer["latest"].as_str().and_then(instant);
        let newest = told.iter().filter_map(|person| person.at).max();
        Ok(Changes { latest: said.or(newest).unwrap_or(since), people: told, unreadable })
    }
}

/// Whoever is named somehow is read again, whatever else the entry says or does not say.
fn changed(key: Option<&String>, entry: &Value) -> Option<Changed> {
    let kind = match entry["action"].as_str().unwrap_or_default() {
        "Inserted" | "Created" => ChangeKind::Inserted,
        "Deleted" => ChangeKind::Deleted,
        _ => ChangeKind::Updated,
    };
    let source_id = id_text(&entry["id"]).or_else(|| key.cloned())?;
    let plain = !source_id.contains(DAMAGED);
    let at = entry["lastChanged"].as_str().and_then(instant);
    plain.then_some(Changed { source_id, kind, at })
}
