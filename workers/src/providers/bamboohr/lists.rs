//! The option lists: names as employees show them, and the ids behind them that survive a renaming.

use std::collections::HashMap;

use rollcall_domain::field::normalised;
use rollcall_domain::json::{self, DAMAGED};
use rollcall_domain::plan::UnitOption;
use rollcall_domain::unit::Kind;
use serde_json::Value;

/// Departments, divisions and locations; archived options too, so that history resolves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) options: Vec<UnitOption>,
    /// The kinds whose list came at all, were it empty.
    pub(super) came: Vec<Kind>,
    /// By kind, then by name: first as spelled, then in lower case.
    ids: [HashMap<String, String>; 3],
}

impl Lists {
    /// Reads the answer of `GET /meta/lists`. What can't be read of it is a list that did not come,
    /// or an option that is not there; the rest counts.
    pub(super) fn parse(body: &[u8]) -> Lists {
        let mut lists = Lists::default();
        let all = json::tree(body).unwrap_or_default();
        for list in json::elements(&all).unwrap_or_default() {
            if let Some((kind, options)) = kind(list).zip(json::elements(&list["options"])) {
                lists.came.push(kind);
                lists.add(kind, &options);
            }
        }
        lists
    }

    /// The lists as far as these names need them.
    pub(super) fn of_keys(keys: impl IntoIterator<Item = (Kind, String, String)>) -> Lists {
        let mut lists = Lists::default();
        for (kind, name, id) in keys {
            lists.ids[kind as usize].insert(normalised(&name).into_owned(), id);
        }
        lists
    }

    /// The option's id; `None` where no option has that name, whatever its case.
    pub(super) fn id(&self, kind: Kind, name: &str) -> Option<&str> {
        let (ids, name) = (&self.ids[kind as usize], &*normalised(name));
        let id = ids.get(name).or_else(|| ids.get(&name.to_lowercase()));
        id.map(String::as_str)
    }

    /// A living option wins over archived ones of the same name.
    fn add(&mut self, kind: Kind, options: &[&Value]) {
        let archived = |option: &&Value| option["archived"].as_str() == Some("yes");
        let (old, living): (Vec<&Value>, Vec<&Value>) = options.iter().copied().partition(archived);
        for option in living.into_iter().chain(old) {
            let (id, name) = (id_text(&option["id"]), id_text(&option["name"]));
            let Some((id, name)) = id.zip(name).filter(|(_, name)| !name.contains(DAMAGED)) else {
                continue;
            };
            let name = normalised(&name).into_owned();
            let ids = &mut self.ids[kind as usize];
            ids.entry(name.clone()).or_insert_with(|| id.clone());
            ids.entry(name.to_lowercase()).or_insert_with(|| id.clone());
            self.options.push(UnitOption { kind, source_key: id, name, parent: None });
        }
    }
}

/// Field ids differ by tenant, so a list is known by its alias, else by its English name.
fn kind(list: &Value) -> Option<Kind> {
    let said = |key: &str| list[key].as_str().filter(|said| !said.is_empty());
    let said = said("alias").or(said("name"))?;
    Kind::ALL.into_iter().find(|kind| said.eq_ignore_ascii_case(kind.as_str()))
}

/// Ids come as numbers or as text; so do, now and then, names.
pub(super) fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
