//! `…/actors/{actor}/history`: what happened to a person, from the log itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::actor::{Actor, Event, KnownActor, Personal};
use rollcall_domain::field::{Changes, Field, Fields, Value};
use rollcall_domain::{Decider, Written};
use rollcall_projections::runs::{self, Run};
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
    /// What that run was about, such as `nightly_reconciliation`.
    pub(crate) run_event_type: Option<String>,
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

/// Oldest first, or with `order=newest` the other way round. What happened comes from the log, which is
/// never behind.
pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds((scenario, actor)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<List<Entry>>, Problem> {
    let order = params.word("order", &["oldest", "newest"]);
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let story = story(&app, &reader, &scenario, &actor).await?;
    let newest = order.is_some_and(|order| order == "newest");
    Ok(Json(story.piece(&reader, &piece, newest).await?))
}

/// Everything that happened to a person, oldest first.
pub(crate) struct Story(Vec<(Stored, Event)>);

/// What gave a field the value that it has.
pub(crate) struct Origin {
    pub(crate) version: u64,
    pub(crate) run: Option<String>,
    pub(crate) principal: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// Of somebody of this scenario.
pub(crate) async fn story(
    app: &App,
    reader: &Reader,
    scenario: &str,
    actor: &str,
) -> Result<Story, Problem> {
    let stored = app.store.read_stream(reader.id(), &Actor::stream(actor), 0).await?;
    let events = stored.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    match events.first().is_some_and(|(_, event)| event.scenario() == scenario) {
        true => Ok(Story(events)),
        false => Err(Code::NotFound.into()),
    }
}

fn read(stored: Stored) -> Result<(Stored, Event), Problem> {
    let event = Event::read(&stored.payload, stored.personal.as_deref());
    event.map(|event| (stored, event)).map_err(|error| internal(&error))
}

impl Story {
    pub(crate) fn version(&self) -> u64 {
        self.0.last().map_or(0, |(stored, _)| stored.version)
    }

    /// The person as they were after a version.
    pub(crate) fn at(&self, version: u64) -> Option<KnownActor> {
        let until = self.0.iter().take_while(|(stored, _)| stored.version <= version);
        until.fold(Actor::default(), |actor, (_, event)| actor.evolve(event)).known
    }

    /// Of each field that ever had a value; `active` among them.
    pub(crate) fn origins(&self) -> BTreeMap<&'static str, Origin> {
        let mut origins = BTreeMap::new();
        for (stored, event) in &self.0 {
            for change in changes(event.clone()) {
                let origin = Origin {
                    version: stored.version,
                    run: stored.correlation.as_deref().map(str::to_owned),
                    principal: stored.principal.to_string(),
                    recorded_at: stored.recorded_at,
                };
                origins.insert(change.field, origin);
            }
        }
        origins
    }

    /// A cursor is `v` and the version the piece follows, in whichever order.
    pub(crate) async fn piece(
        self,
        reader: &Reader,
        piece: &Piece,
        newest: bool,
    ) -> Result<List<Entry>, Problem> {
        let after = match piece.after() {
            None => None,
            Some(text) => {
                let version = text.strip_prefix('v').and_then(|text| text.parse::<u64>().ok());
                Some(version.ok_or_else(|| {
                    Problem::new(Code::InvalidRequest)
                        .violation("cursor", "It is none that a list returned as next_cursor.")
                })?)
            }
        };
        let mut rows = self.0;
        if newest {
            rows.retain(|(one, _)| after.is_none_or(|after| one.version < after));
            rows.reverse();
        } else {
            rows.retain(|(one, _)| after.is_none_or(|after| one.version > after));
        }
        let more = rows.len() > piece.limit as usize;
        rows.truncate(piece.limit as usize);
        let last = rows.last().filter(|_| more).map(|(one, _)| format!("v{}", one.version));
        let next_cursor = piece.next(last);
        let runs = runs_of(reader, &rows).await?;
        let shown = |(stored, event): (Stored, Event)| {
            let run = stored.correlation.as_deref().and_then(|run| runs.get(run));
            entry(stored, event, run)
        };
        Ok(List { data: rows.into_iter().map(shown).collect(), next_cursor })
    }
}

/// The runs that events belong to, each read once.
async fn runs_of(
    reader: &Reader,
    rows: &[(Stored, Event)],
) -> Result<HashMap<String, Run>, Problem> {
    let ids: BTreeSet<&str> =
        rows.iter().filter_map(|(stored, _)| stored.correlation.as_deref()).collect();
    let mut found = HashMap::new();
    for id in ids {
        let run = runs::one(reader.db(), reader.id(), id).await?;
        found.extend(run.map(|run| (id.to_owned(), run)));
    }
    Ok(found)
}

fn entry(stored: Stored, event: Event, run: Option<&Run>) -> Entry {
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
        run_event_type: run.map(|run| run.event_type.clone()),
        receipts: run.map(|run| run.receipts.to_vec()).unwrap_or_default(),
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
pub(crate) fn changes(event: Event) -> Vec<Change> {
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
