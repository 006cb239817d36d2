//! `…/{position}`: one event with what it says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::{Fact, actor};
use rollcall_projections::actors::{self, Actor};
use rollcall_projections::units;
use rollcall_store::Stored;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{View, view_of};
use crate::answer::Token;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::problems::internal;
use crate::resources::history;
use crate::resources::names::{Named, full_name};

const UNITS: [&str; 3] = ["departments", "division", "location"];
const MANAGER: &str = "manager";

/// An event and its content.
#[derive(Serialize)]
pub(crate) struct Full {
    #[serde(flatten)]
    pub(crate) event: View,
    pub(crate) schema_version: u16,
    pub(crate) effective_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What an event says.
#[derive(Serialize)]
pub(crate) struct Content {
    /// In which scenario it happened.
    pub(crate) scenario: Option<String>,
    /// What it changed, with names behind ids.
    pub(crate) changes: Vec<Change>,
    /// How much it was, of the events of a run.
    pub(crate) counts: Map<String, Value>,
    /// Why, as a code or sentence, where that is no change.
    pub(crate) why: Option<String>,
    /// As it was stored, without what is personal.
    pub(crate) data: Value,
    /// What only the person's own key opens.
    pub(crate) personal: Option<Value>,
    /// The personal part can no longer be read.
    pub(crate) erased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    pub(crate) field: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(position): PathIds<String>,
    params: Params,
) -> Result<Json<Full>, Problem> {
    params.done()?;
    let token = Token::parse(&position).filter(|token| token.shard == reader.tenant.shard);
    let token = token.ok_or(Code::NotFound)?;
    let stored = stored(&app, &reader, token.position).await?.ok_or(Code::NotFound)?;
    let mut content = content(&stored)?;
    named(&app, &reader, [&mut content].into_iter()).await?;
    let (schema_version, effective_at) = (stored.schema_version, stored.effective_at);
    Ok(Json(Full { event: view_of(stored), schema_version, effective_at, content }))
}

/// What these events say, by position; read one by one, so for a page of them.
pub(crate) async fn contents(
    app: &App,
    reader: &Reader,
    events: &[View],
) -> Result<HashMap<String, Content>, Problem> {
    let mut known = HashMap::with_capacity(events.len());
    for event in events {
        let Some(token) = Token::parse(&event.position) else { continue };
        if let Some(stored) = stored(app, reader, token.position).await? {
            known.insert(event.position.clone(), content(&stored)?);
        }
    }
    named(app, reader, known.values_mut()).await?;
    Ok(known)
}

/// The event of the tenant at a position of its shard.
async fn stored(app: &App, reader: &Reader, position: u64) -> Result<Option<Stored>, Problem> {
    let Some(before) = position.checked_sub(1) else { return Ok(None) };
    let mut found = app.store.read_shard(reader.tenant.shard, before, 1).await?;
    found.retain(|one| one.position == position && *one.tenant == *reader.tenant.id);
    app.store.unseal(&mut found).await?;
    Ok(found.pop())
}

fn content(stored: &Stored) -> Result<Content, Problem> {
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes).map_err(|error| internal(&error));
    let data: Value = parse(&stored.payload)?;
    let personal = stored.personal.as_deref().map(parse).transpose()?;
    let fact = Fact::read(&stored.kind, &stored.payload, stored.personal.as_deref());
    let changes = match fact.map_err(|error| internal(&error))? {
        Fact::Actor(event) => of_person(event),
        Fact::Connection(_)
        | Fact::Identity(_)
        | Fact::Lane(_)
        | Fact::Receipt(_)
        | Fact::Run(_)
        | Fact::Scenario(_)
        | Fact::Slot(_)
        | Fact::Subject(_)
        | Fact::Tenant(_)
        | Fact::Unit(_) => changed(inside(&data)),
    };
    Ok(Content {
        scenario: inside(&data)["scenario"].as_str().map(str::to_owned),
        changes,
        counts: inside(&data)["counts"].as_object().cloned().unwrap_or_default(),
        why: why(inside(&data)),
        erased: stored.sealed.is_some() && personal.is_none(),
        data,
        personal,
    })
}

/// An event is written as its name and what belongs to it.
fn inside(data: &Value) -> &Value {
    let only = data.as_object().filter(|object| object.len() == 1);
    only.and_then(|object| object.values().next()).unwrap_or(&Value::Null)
}

fn of_person(event: actor::Event) -> Vec<Change> {
    let change = |one: history::Change| Change {
        field: one.field.to_owned(),
        old: json!(one.old),
        new: json!(one.new),
    };
    history::changes(event).into_iter().map(change).collect()
}

/// Old and new, field by field where they are settings.
fn changed(data: &Value) -> Vec<Change> {
    let (old, new) = match (data.get("old"), data.get("new")) {
        (None, None) => return vec![],
        (old, new) => (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null)),
    };
    let mut changes = vec![];
    differing("", old, new, &mut changes);
    changes
}

fn differing(field: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    match (old, new) {
        (Value::Object(was), Value::Object(is)) => {
            let fields: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            for inner in fields {
                differing(inner, &old[inner], &new[inner], changes);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            let field = if field.is_empty() { "name" } else { field }.to_owned();
            changes.push(Change { field, old: old.clone(), new: new.clone() });
        }
    }
}

fn why(data: &Value) -> Option<String> {
    let places = ["/failure/summary", "/summary", "/reason", "/cause", "/verdict", "/matched_by"];
    let said = places.into_iter().find_map(|place| data.pointer(place)?.as_str());
    said.map(str::to_owned)
}

/// Says who and what the ids in changes of people are.
async fn named(
    app: &App,
    reader: &Reader,
    contents: impl Iterator<Item = &mut Content>,
) -> Result<(), Problem> {
    let mut by_scenario: BTreeMap<String, Vec<&mut Change>> = BTreeMap::new();
    for content in contents {
        let Some(scenario) = &content.scenario else { continue };
        by_scenario.entry(scenario.clone()).or_default().extend(&mut content.changes);
    }
    let db = app.projections.db();
    for (scenario, changes) in by_scenario {
        let unit_ids = ids_in(&changes, &UNITS);
        let mut names = HashMap::new();
        for some in unit_ids.chunks(1_000) {
            let found = units::by_ids(db, reader.id(), &scenario, some).await?;
            names.extend(found.into_iter().map(|unit| (unit.unit, unit.name)));
        }
        let managers = ids_in(&changes, &[MANAGER]);
        let people = actors::named(db, reader.id(), &scenario, &managers).await?;
        for change in changes {
            let is_manager = change.field == MANAGER;
            if !is_manager && !UNITS.contains(&change.field.as_str()) {
                continue;
            }
            let name = |id: &str| match is_manager {
                true => people.get(id).and_then(|known: &Arc<Actor>| full_name(known)),
                false => names.get(id).cloned(),
            };
            (change.old, change.new) = (shown(&change.old, name), shown(&change.new, name));
        }
    }
    Ok(())
}

fn ids_in(changes: &[&mut Change], fields: &[&str]) -> Vec<String> {
    let of = changes.iter().filter(|change| fields.contains(&change.field.as_str()));
    let ids: BTreeSet<&str> =
        of.flat_map(|change| [&change.old, &change.new]).flat_map(texts).collect();
    ids.into_iter().map(str::to_owned).collect()
}

/// A text, or those of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().into_iter().flatten();
    many.chain(Some(value)).filter_map(Value::as_str)
}

fn shown(value: &Value, name: impl Fn(&str) -> Option<String>) -> Value {
    let one = |id: &str| json!(Named { id: id.to_owned(), name: name(id) });
    match value {
        Value::String(id) => one(id),
        Value::Array(ids) => ids.iter().filter_map(Value::as_str).map(one).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}
