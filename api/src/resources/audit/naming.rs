//! What the ids in events are called: whom and what they are about, and what they changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rollcall_projections::{actors, connections, runs, scenarios, tenants, units, users};
use serde_json::{Value, json};

use super::content::{Change, Content};
use crate::caller::Reader;
use crate::edge::Problem;
use crate::resources::names::{Named, full_name};

const UNITS: [&str; 3] = ["departments", "division", "location"];
const MANAGER: &str = "manager";
/// Ids that one query may ask for.
const AT_ONCE: usize = 1_000;

/// Names in one scenario, by id.
#[derive(Default)]
struct Names {
    units: HashMap<String, String>,
    people: HashMap<String, String>,
}

pub(super) async fn named(reader: &Reader, contents: Vec<&mut Content>) -> Result<(), Problem> {
    let (mut inside, mut outside) = (BTreeMap::<String, Vec<&mut Content>>::new(), vec![]);
    for content in contents {
        let is_member = ["actor", "unit"].contains(&content.about.kind.as_str());
        match content.scenario.clone().filter(|_| is_member) {
            Some(scenario) => inside.entry(scenario).or_default().push(content),
            None => outside.push(content),
        }
    }
    for (scenario, contents) in inside {
        let names = Names::of(reader, &scenario, &contents).await?;
        contents.into_iter().for_each(|content| names.give(content));
    }
    let mut known = BTreeMap::new();
    for content in outside {
        // Of one list of all members, an event is about one of them.
        let id = content.member().unwrap_or(&content.about.id).to_owned();
        let key = (content.about.kind.clone(), id);
        if let Some(name) = known.get(&key) {
            content.about.name = Option::clone(name);
            continue;
        }
        content.about.name = name(reader, &key.0, &key.1).await?;
        known.insert(key, content.about.name.clone());
    }
    Ok(())
}

/// What something outside a scenario is called.
async fn name(reader: &Reader, kind: &str, id: &str) -> Result<Option<String>, Problem> {
    let (db, tenant) = (reader.db(), reader.id());
    Ok(match kind {
        "run" => runs::one(db, tenant, id).await?.map(|run| run.event_type),
        "connection" | "health" | "lane" => {
            connections::one(db, tenant, id).await?.map(|one| one.connection.provider)
        }
        "scenario" => scenarios::one(db, tenant, id).await?.map(|one| one.name),
        "members" => {
            let found = users::by_ids(db, &[id.to_owned()]).await?.pop();
            found.and_then(|user| user.name.or(user.email))
        }
        "tenant" => tenants::one(db, tenant).await?.map(|one| one.name),
        _ => None,
    })
}

impl Names {
    async fn of(
        reader: &Reader,
        scenario: &str,
        contents: &[&mut Content],
    ) -> Result<Names, Problem> {
        let (db, tenant) = (reader.db(), reader.id());
        let mut names = Names::default();
        for some in ids_in(contents, "unit", &UNITS).chunks(AT_ONCE) {
            let found = units::by_ids(db, tenant, scenario, some).await?;
            names.units.extend(found.into_iter().map(|unit| (unit.unit, unit.name)));
        }
        for some in ids_in(contents, "actor", &[MANAGER]).chunks(AT_ONCE) {
            let found = actors::named(db, tenant, scenario, some).await?;
            names
                .people
                .extend(found.into_iter().filter_map(|(id, who)| Some((id, full_name(&who)?))));
        }
        Ok(names)
    }

    fn give(&self, content: &mut Content) {
        let known = if content.about.kind == "actor" { &self.people } else { &self.units };
        content.about.name = known.get(&content.about.id).cloned();
        for change in &mut content.changes {
            let known = match change.field.as_str() {
                MANAGER => &self.people,
                field if UNITS.contains(&field) => &self.units,
                _ => continue,
            };
            (change.old, change.new) = (shown(&change.old, known), shown(&change.new, known));
        }
    }
}

fn ids_in(contents: &[&mut Content], kind: &str, fields: &[&str]) -> Vec<String> {
    let about = contents.iter().map(|content| &content.about).filter(|about| about.kind == kind);
    let changes = contents.iter().flat_map(|content| &content.changes);
    let of = changes.filter(|change| fields.contains(&change.field.as_str()));
    let changed = of.flat_map(|change: &Change| [&change.old, &change.new]).flat_map(texts);
    let ids: BTreeSet<&str> = about.map(|about| about.id.as_str()).chain(changed).collect();
    ids.into_iter().map(str::to_owned).collect()
}

/// A text, or those of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().into_iter().flatten();
    many.chain(Some(value)).filter_map(Value::as_str)
}

fn shown(value: &Value, names: &HashMap<String, String>) -> Value {
    let one =
        |id: &str| json!(Named { id: id.to_owned(), name: names.get(id).cloned(), path: None });
    match value {
        Value::String(id) => one(id),
        Value::Array(ids) => ids.iter().filter_map(Value::as_str).map(one).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}
