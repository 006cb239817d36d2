//! `…/actors/{actor}/history`: what happened to a person, from the log itself.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::actor::{Actor, Event, Personal};
use rollcall_domain::field::{Changes, Field, Fields, Value};
use rollcall_domain::{Decider, Written};
use rollcall_store::Stored;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{List, Token, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::shapes;
use crate::params::{Params, Piece};
use crate::problems::internal;

#[derive(Serialize, ToSchema)]
#[schema(as = ActorEvent)]
pub(crate) struct Entry {
    pub(crate) event_id: String,
    pub(crate) r#type: String,
    pub(crate) version: u64,
    pub(crate) position: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) effective_at: Option<DateTime<Utc>>,
    pub(crate) principal: String,
    pub(crate) run: Option<String>,
    /// The deliveries that run answered to.
    pub(crate) receipts: Vec<String>,
    /// Why the person was deactivated, or whether somebody took them out of sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<serde_json::Value>,
    pub(crate) changes: Vec<Change>,
    /// The personal part can no longer be read.
    pub(crate) erased: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub(crate) struct Change {
    pub(crate) field: &'static str,
    #[schema(value_type = Option<shapes::FieldValue>)]
    pub(crate) old: Option<Value>,
    #[schema(value_type = Option<shapes::FieldValue>)]
    pub(crate) new: Option<Value>,
}

/// What it takes from a projection: which deliveries a run answered to.
const BEHIND: [&str; 1] = ["runs"];

/// Oldest first. What happened comes from the log, which is never behind.
pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds((scenario, actor)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<List<Entry>>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let stored = app.store.read_stream(reader.id(), &Actor::stream(&actor), 0).await?;
    let events = stored.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if events.first().is_none_or(|(_, event)| event.scenario() != scenario) {
        return Err(Code::NotFound.into());
    }
    let (rows, next_cursor) = cut(events, &piece)?;
    let mut data = Vec::with_capacity(rows.len());
    for (stored, event) in rows {
        let receipts = receipts(&app, &reader, stored.correlation.as_deref()).await?;
        data.push(entry(stored, event, receipts));
    }
    Ok(Json(List { data, next_cursor: piece.next(next_cursor) }))
}

fn read(stored: Stored) -> Result<(Stored, Event), Problem> {
    let event = Event::read(&stored.payload, stored.personal.as_deref());
    event.map(|event| (stored, event)).map_err(|error| internal(&error))
}

type Rows = Vec<(Stored, Event)>;

/// A cursor is `v` and the version the next piece follows.
fn cut(events: Rows, piece: &Piece) -> Result<(Rows, Option<String>), Problem> {
    let after = match piece.after() {
        None => 0,
        Some(text) => {
            text.strip_prefix('v').and_then(|text| text.parse().ok()).ok_or_else(|| {
                Problem::new(Code::InvalidRequest)
                    .violation("cursor", "It is none that a list returned as next_cursor.")
            })?
        }
    };
    let mut rows: Rows = events.into_iter().filter(|(one, _)| one.version > after).collect();
    let more = rows.len() > piece.limit as usize;
    rows.truncate(piece.limit as usize);
    let next = rows.last().filter(|_| more).map(|(one, _)| format!("v{}", one.version));
    Ok((rows, next))
}

/// The receipts of the run an event belongs to.
pub(crate) async fn receipts(
    app: &App,
    reader: &Reader,
    run: Option<&str>,
) -> Result<Vec<String>, Problem> {
    let Some(run) = run else { return Ok(vec![]) };
    let run = rollcall_projections::runs::one(app.projections.db(), reader.id(), run).await?;
    Ok(run.map(|run| run.receipts.to_vec()).unwrap_or_default())
}

fn entry(stored: Stored, event: Event, receipts: Vec<String>) -> Entry {
    let erased = stored.sealed.is_some() && stored.personal.is_none();
    Entry {
        event_id: stored.event_id,
        r#type: stored.kind.to_string(),
        version: stored.version,
        position: Token { shard: stored.shard, position: stored.position }.to_string(),
        recorded_at: stored.recorded_at,
        effective_at: stored.effective_at,
        principal: stored.principal.to_string(),
        run: stored.correlation.as_deref().map(str::to_owned),
        receipts,
        cause: cause(&event),
        changes: changes(event),
        erased,
    }
}

fn cause(event: &Event) -> Option<serde_json::Value> {
    match event {
        Event::Deactivated { cause, .. } => serde_json::to_value(cause).ok(),
        Event::Unsynced { by_hand, .. } => Some(if *by_hand { "by_hand" } else { "absent" }.into()),
        Event::Created { .. }
        | Event::FieldsChanged { .. }
        | Event::Reactivated { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::LinkedTo { .. } => None,
        Event::Identified { matched_by, .. } => Some(matched_by.as_str().into()),
    }
}

/// Field by field; a creation changes everything it knows from nothing.
fn changes(event: Event) -> Vec<Change> {
    match event {
        Event::Created { fields, personal, .. } => {
            let mut all = from_nothing(fields);
            if let Some(Personal::Profile { fields, .. }) = personal {
                all.extend(from_nothing(fields));
            }
            all
        }
        Event::FieldsChanged { changes, personal, .. } => {
            let mut all = changed(changes);
            if let Some(Personal::Changes(changes)) = personal {
                all.extend(changed(changes));
            }
            all
        }
        Event::Deactivated { .. } => vec![active(true, false)],
        Event::Reactivated { .. } => vec![active(false, true)],
        Event::Identified { personal: Some(Personal::Identity { old, new }), .. } => {
            let (old, new) = (old.map(Value::Text), Some(Value::Text(new)));
            vec![Change { field: "source_hris_id", old, new }]
        }
        Event::Identified { .. }
        | Event::LinkedTo { .. }
        | Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. } => vec![],
    }
}

fn from_nothing(fields: Fields) -> Vec<Change> {
    let new = |(field, value): (Field, Value)| Change {
        field: field.as_str(),
        old: None,
        new: Some(value),
    };
    fields.into_iter().map(new).collect()
}

fn changed(changes: Changes) -> Vec<Change> {
    let change = |(field, (old, new)): (Field, _)| Change { field: field.as_str(), old, new };
    changes.into_iter().map(change).collect()
}

fn active(old: bool, new: bool) -> Change {
    let word = |flag: bool| Some(Value::Text(flag.to_string()));
    Change { field: "active", old: word(old), new: word(new) }
}
