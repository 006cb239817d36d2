//! The body of a message, laid out as in the sample that receivers are written for.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ConnectorStatus, Context, Kind, Message, Reached};
use crate::recorded::{Fact, Recorded};
use crate::run;

/// How much of a person a message tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Ids and the names of the fields that changed: whoever is told asks for the rest.
    Thin,
    /// The record as it is after the event, and what changed from what to what.
    #[default]
    Full,
}

impl Detail {
    pub const ALL: [Detail; 2] = [Detail::Thin, Detail::Full];

    pub fn as_str(self) -> &'static str {
        match self {
            Detail::Thin => "thin",
            Detail::Full => "full",
        }
    }
    pub fn parse(text: &str) -> Option<Detail> {
        Self::ALL.into_iter().find(|detail| detail.as_str() == text)
    }
}

/// Whom a body is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFace {
    pub webhook_id: String,
    pub url: String,
}

impl Message {
    /// The body for one endpoint. The same message gives the same body, unless somebody was erased.
    pub fn body(&self, endpoint: &EndpointFace, detail: Detail) -> Value {
        json!({
            "webhook": {
                "webhook_id": endpoint.webhook_id,
                "url": endpoint.url,
                "event": self.kind.as_str(),
            },
            "event_id": self.id,
            "occurred_at": instant(self.occurred_at),
            "connector": self.connector(),
            "data": self.data(detail),
            "log": {
                "position": format!("{}-{}", self.shard, self.position),
                "checkpoint": null,
            },
        })
    }

    fn connector(&self) -> Value {
        let context = &self.told.context;
        let Some(connector) = &context.connector else { return Value::Null };
        let status = match (connector.paused, self.kind) {
            (true, _) => ConnectorStatus::Paused,
            (false, Kind::SyncError) => ConnectorStatus::Error,
            (false, Kind::Synced) => ConnectorStatus::Complete,
            // A run is writing.
            (false, Kind::SyncStarted | Kind::EmployeeChanged | Kind::DataModified) => {
                ConnectorStatus::Syncing
            }
        };
        json!({
            "id": connector.connection,
            "display_name": connector.provider.label(),
            "categories": ["HRIS"],
            "org_name": context.org_name,
            "connector_status": status.as_str(),
            "end_user_name": connector.end_user.name,
            "end_user_email": connector.end_user.email,
        })
    }

    fn data(&self, detail: Detail) -> Map<String, Value> {
        let (recorded, context) = (&self.told.recorded, &self.told.context);
        let mut data = Map::new();
        let mut set = |name: &str, value: Value| data.insert(name.to_owned(), value);
        set("id", json!(id(recorded, context)));
        let run = context.run.as_ref();
        set("integration_name", json!(run.map(|run| run.provider.as_str())));
        set("initial_sync", json!(run.map(super::RunFace::is_initial)));
        set("category", json!("HRIS"));
        set("display_status", json!(run.map(|_| display_status(self.kind))));
        let started = run.and_then(|run| run.started_at).map(instant);
        set("last_sync_start_time", json!(started));
        set("run", json!(run.map(|run| &run.run)));
        if self.kind.is_of_sync() {
            set("run_kind", json!(run.map(|run| run.kind.as_str())));
            set("event_type", json!(run.map(|run| &run.event_type)));
            set("trigger", json!(run.map(|run| run.trigger.as_str())));
        }
        if let Fact::Run(event) = &recorded.fact {
            data.extend(of_run(event));
        } else {
            data.extend(of_change(recorded, context, detail));
        }
        data
    }
}

/// What is affected: the person, the unit, or the run itself.
fn id<'a>(recorded: &'a Recorded, context: &'a Context) -> &'a str {
    let named = || recorded.stream.split_once('/').map_or("", |(_, id)| id);
    context.reached.as_ref().map_or_else(named, Reached::id)
}

fn display_status(kind: Kind) -> &'static str {
    match kind {
        Kind::SyncError => "Error",
        Kind::Synced => "Complete",
        Kind::SyncStarted | Kind::EmployeeChanged | Kind::DataModified => "Syncing",
    }
}

/// What a run says of itself; nothing of a person is in it.
fn of_run(event: &run::Event) -> Map<String, Value> {
    let ended = |counts: &crate::vocabulary::Counts, failure: Option<&run::Failure>| {
        let error = failure
            .map(|failure| json!({ "code": failure.code.as_str(), "summary": failure.summary }));
        json!({ "counts": counts, "error": error })
    };
    let told = match event {
        run::Event::Started { scenarios, .. } => json!({ "scenarios": scenarios }),
        run::Event::Succeeded { counts, targets, .. } => with_targets(ended(counts, None), targets),
        run::Event::Partial { counts, failure, targets, .. }
        | run::Event::Failed { failure, counts, targets } => {
            with_targets(ended(counts, Some(failure)), targets)
        }
        run::Event::Queued { .. }
        | run::Event::Joined { .. }
        | run::Event::Fetched { .. }
        | run::Event::Waiting { .. }
        | run::Event::Applied { .. }
        | run::Event::Noted { .. }
        | run::Event::Held { .. }
        | run::Event::Approved { .. }
        | run::Event::Rejected { .. }
        | run::Event::Skipped { .. }
        | run::Event::Cancelled { .. } => Value::Null,
    };
    members(told)
}

fn with_targets(mut told: Value, targets: &[run::TargetEnd]) -> Value {
    let scenarios: Vec<&str> = targets.iter().map(|target| &*target.scenario).collect();
    if !scenarios.is_empty() {
        told["scenarios"] = json!(scenarios);
    }
    told
}

/// What happened to a person or unit, and in which scenario.
fn of_change(recorded: &Recorded, context: &Context, detail: Detail) -> Map<String, Value> {
    let what = recorded.kind.split_once('.').map(|(_, what)| what);
    let scenario = context.scenario.as_ref().map(|scenario| {
        let (id, name) = (&scenario.scenario, &scenario.name);
        json!({ "id": id, "name": name, "kind": scenario.kind.as_str() })
    });
    let reached = context.reached.as_ref();
    let changes = reached.map(Reached::changes).unwrap_or_default();
    let fields: Vec<&str> = changes.iter().map(|change| &*change.field).collect();
    let mut told = json!({
        "model": reached.map(Reached::model),
        "change": what,
        "scenario": scenario,
        "changed_fields": fields,
    });
    match detail {
        Detail::Thin => {}
        Detail::Full => {
            let change = |change: &super::changes::Change| json!({ "field": change.field, "old": change.old, "new": change.new });
            told["changes"] = changes.iter().map(change).collect();
            told["record"] = json!(reached.map(Reached::record));
        }
    }
    members(told)
}

fn members(told: Value) -> Map<String, Value> {
    match told {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// As in the sample: microseconds and an offset.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}
