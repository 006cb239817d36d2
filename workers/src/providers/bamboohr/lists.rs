//! The option lists: names as employees show them, and the ids behind them that survive a renaming.

use std::collections::HashMap;

use rollcall_domain::plan::UnitOption;
use rollcall_domain::unit::Kind;
use serde::Deserialize;
use serde_json::Value;

use super::client::read_json;
use crate::providers::ProviderError;

/// Departments, divisions and locations; archived options too, so that history resolves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) options: Vec<UnitOption>,
    /// The kinds whose list came at all, were it empty.
    pub(super) came: Vec<Kind>,
    /// By kind, then by name: first as spelled, then in lower case.
    ids: [HashMap<String, String>; 3],
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    alias: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    options: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    id: Value,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    archived: Option<String>,
}

impl Lists {
    /// Reads the answer of `GET /meta/lists`.
    pub(super) fn parse(body: &[u8]) -> Result<Lists, ProviderError> {
        let all: Vec<List> = read_json("the option lists", body)?;
        let mut lists = Lists::default();
        for list in &all {
            if let Some(kind) = kind(list) {
                lists.came.push(kind);
                lists.add(kind, &list.options);
            }
        }
        Ok(lists)
    }

    /// The lists as far as these names need them.
    pub(super) fn of_keys(keys: impl IntoIterator<Item = (Kind, String, String)>) -> Lists {
        let mut lists = Lists::default();
        for (kind, name, id) in keys {
            lists.ids[kind as usize].insert(name, id);
        }
        lists
    }

    /// The option's id; `None` where no option has that name, whatever its case.
    pub(super) fn id(&self, kind: Kind, name: &str) -> Option<&str> {
        let ids = &self.ids[kind as usize];
        let id = ids.get(name).or_else(|| ids.get(&name.to_lowercase()));
        id.map(String::as_str)
    }

    /// A living option wins over archived ones of the same name.
    fn add(&mut self, kind: Kind, choices: &[Choice]) {
        let archived = |choice: &&Choice| choice.archived.as_deref() == Some("yes");
        let (old, living): (Vec<&Choice>, Vec<&Choice>) = choices.iter().partition(archived);
        for choice in living.into_iter().chain(old) {
            let name = choice.name.as_deref().unwrap_or_default().trim();
            let Some(id) = id_text(&choice.id).filter(|_| !name.is_empty()) else {
                continue;
            };
            let ids = &mut self.ids[kind as usize];
            ids.entry(name.to_owned()).or_insert_with(|| id.clone());
            ids.entry(name.to_lowercase()).or_insert_with(|| id.clone());
            self.options.push(UnitOption { kind, source_key: id, name: name.to_owned() });
        }
    }
}

/// Field ids differ by tenant, so a list is known by its alias, else by its English name.
fn kind(list: &List) -> Option<Kind> {
    let said = list.alias.as_deref().filter(|alias| !alias.is_empty()).or(list.name.as_deref())?;
    Kind::ALL.into_iter().find(|kind| said.eq_ignore_ascii_case(kind.as_str()))
}

/// Ids come as numbers or as text.
pub(super) fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
