//! `…/{position}`: one event with what it says.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::{Fact, actor};
use rollcall_store::Stored;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::naming::named;
use super::{View, view_of};
use crate::answer::Token;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::problems::internal;
use crate::resources::history;

/// An event and its content.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEventInFull)]
pub(crate) struct Full {
    #[serde(flatten)]
    pub(crate) event: View,
    pub(crate) schema_version: u16,
    pub(crate) effective_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What an event says.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEventContent)]
pub(crate) struct Content {
    pub(crate) about: About,
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

/// What it happened to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditEventAbout)]
pub(crate) struct About {
    /// `actor`, `unit`, `run` and so on: the first part of the stream.
    pub(crate) kind: String,
    pub(crate) id: String,
    /// What it is called now; of a run its event type, of a connection its provider.
    pub(crate) name: Option<String>,
}

impl Content {
    /// Whom an event of the members' list is about.
    pub(super) fn member(&self) -> Option<&str> {
        inside(&self.data)["user"].as_str().filter(|_| self.about.kind == "members")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditEventChange)]
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
    named(&reader, vec![&mut content]).await?;
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
    named(reader, known.values_mut().collect()).await?;
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
        | Fact::Health(_)
        | Fact::Identity(_)
        | Fact::Inbox(_)
        | Fact::Lane(_)
        | Fact::Mail(_)
        | Fact::Members(_)
        | Fact::Notification(_)
        | Fact::Pushes(_)
        | Fact::Receipt(_)
        | Fact::Run(_)
        | Fact::Scenario(_)
        | Fact::SigningKey(_)
        | Fact::Slot(_)
        | Fact::Subject(_)
        | Fact::Tenant(_)
        | Fact::Unit(_)
        | Fact::User(_)
        | Fact::WebhookEndpoint(_) => changed(inside(&data)),
    };
    let (kind, id) = stored.stream.split_once('/').unwrap_or((&stored.stream, ""));
    Ok(Content {
        about: About { kind: kind.to_owned(), id: id.to_owned(), name: None },
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
