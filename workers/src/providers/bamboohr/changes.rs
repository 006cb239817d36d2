//! Who changed since some time, deletions included.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use rollcall_domain::delivery::instant;
use serde::Deserialize;
use serde_json::Value;

use super::BambooHr;
use super::client::Ask;
use super::lists::id_text;
use crate::providers::{ChangeKind, Changed, Changes, Flaw, ProviderError};

const WHAT: &str = "the list of changes";

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    latest: Option<String>,
    employees: People,
}

/// A map by id; an empty one may be written as a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum People {
    Map(BTreeMap<String, Entry>),
    List(Vec<Entry>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    last_changed: Option<String>,
}

impl BambooHr {
    pub(super) async fn changes(&self, since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        let since_text = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let ask = Ask::get(WHAT, "v1/employees/changed").query("since", since_text);
        let answer: Answer = self.client.json(&ask).await?;
        let people = match answer.employees {
            People::Map(entries) => {
                entries.into_iter().map(|(key, entry)| changed(key, &entry)).collect()
            }
            People::List(entries) => entries
                .iter()
                .map(|entry| Some(changed(id_text(&entry.id)?, entry)))
                .collect::<Option<Vec<_>>>()
                .ok_or(ProviderError::Malformed { what: WHAT, flaw: Flaw::Shape })?,
        };
        let said = answer.latest.as_deref().and_then(instant);
        let newest = people.iter().filter_map(|person| person.at).max();
        Ok(Changes { latest: said.or(newest).unwrap_or(since), people })
    }
}

fn changed(key: String, entry: &Entry) -> Changed {
    let kind = match entry.action.as_deref().unwrap_or_default() {
        "Inserted" | "Created" => ChangeKind::Inserted,
        "Deleted" => ChangeKind::Deleted,
        _ => ChangeKind::Updated,
    };
    Changed {
        source_id: id_text(&entry.id).unwrap_or(key),
        kind,
        at: entry.last_changed.as_deref().and_then(instant),
    }
}
