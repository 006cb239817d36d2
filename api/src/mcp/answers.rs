//! What the tools answer: questions of the API, cut to what an assistant needs, and put in a few words.

use axum::extract::State;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::Provider;
use rollcall_projections::{scenarios, tenants};
use serde_json::{Value, json};

use super::arguments::Given;
use super::{Said, value};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::integrations::{self, View};
use crate::resources::{catalogue, run_plans, sync_logs};

type Answer = Result<Said, Problem>;

/// What a list says of a run.
const OF_RUN: [&str; 15] = [
    "id",
    "integration",
    "provider",
    "kind",
    "event_type",
    "trigger",
    "status",
    "reason",
    "queued_at",
    "finished_at",
    "duration_ms",
    "waiting",
    "counts",
    "error_summary",
    "held_at",
];

pub(super) async fn connection_health(app: App, reader: Reader, given: Given) -> Answer {
    let connections = connections(&app, &reader, given.params()).await?;
    let plan = tenants::one(reader.db(), reader.id()).await?.map(|row| row.plan);
    let entitled = plan.as_deref().and_then(Plan::parse).is_some_and(Plan::includes_live_sync);
    let (mut told, mut shown) = (vec![], vec![]);
    for one in connections {
        let failure = why_it_fails(&app, &reader, &one).await?;
        told.push(health_in_words(&one, &failure));
        shown.push(json!({
            "id": one.id,
            "provider": one.provider,
            "status": one.status,
            "last_run": one.last_run,
            "last_status": one.last_status,
            "last_sync_at": one.last_sync_at,
            "last_reconcile_at": one.last_reconcile_at,
            "last_read": one.last_read,
            "next_run": one.next_run,
            "failure": failure,
        }));
    }
    if shown.is_empty() {
        told.push("No HR system is connected.".to_owned());
    }
    if !entitled {
        told.push("The tenant's plan does not include syncing: nothing runs.".to_owned());
    }
    let all = json!({ "plan": plan, "entitled": entitled, "connections": shown });
    Ok(Said { summary: told.join("\n"), all })
}

/// The error of a connection's last run, where that is why it needs somebody.
async fn why_it_fails(app: &App, reader: &Reader, one: &View) -> Result<Value, Problem> {
    let Some(run) = one.last_run.clone().filter(|_| one.status == "error") else {
        return Ok(Value::Null);
    };
    let asked = sync_logs::read(State(app.clone()), reader.clone(), PathIds(run), Params::none());
    let mut run = value(asked.await?)?;
    Ok(run["error"].take())
}

fn health_in_words(one: &View, failure: &Value) -> String {
    let label = label(&one.provider);
    let mut told = format!("{label} ({}): {}", one.id, one.status);
    if let Some(at) = one.last_sync_at {
        told.push_str(&format!(", last synced {}", at.to_rfc3339()));
    }
    if let Some(read) = one.last_read.as_ref().filter(|read| !read.complete) {
        told.push_str(&match read.total {
            Some(total) => format!(", {} of {total} people visible", read.visible),
            None => format!(", {} people visible, not all", read.visible),
        });
    }
    told.push('.');
    for part in ["summary", "meaning", "remedy"] {
        if let Some(text) = failure[part].as_str() {
            told.push(' ');
            told.push_str(text);
        }
    }
    told
}

pub(super) async fn recent_runs(app: App, reader: Reader, given: Given) -> Answer {
    let answer = sync_logs::list(State(app), reader, given.params()).await?;
    let mut all = value(answer)?;
    for run in rows(&mut all) {
        *run = cut(run, &OF_RUN);
    }
    Ok(Said { summary: in_words(&mut all, ["run", "runs"], run_in_words), all })
}

fn run_in_words(run: &Value) -> String {
    let text = |name: &str| run[name].as_str().unwrap_or_default();
    let why = match text("error_summary") {
        "" => String::new(),
        summary => format!(": {summary}"),
    };
    format!("{} {} {} {}{why}", text("id"), text("queued_at"), text("event_type"), text("status"))
}

pub(super) async fn run_diagnostics(app: App, reader: Reader, mut given: Given) -> Answer {
    let run = PathIds(given.take("run"));
    let mut all = value(sync_logs::read(State(app), reader, run, given.params()).await?)?;
    if let Some(run) = all.as_object_mut() {
        // Addresses in the API, which the tools stand for.
        run.remove("links");
    }
    let counts = all["counts"].as_object().into_iter().flatten();
    let counts: Vec<_> = counts
        .filter(|(_, count)| count.as_u64() != Some(0))
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let mut summary = run_in_words(&all);
    if !counts.is_empty() {
        summary.push_str(&format!("\n{}", counts.join(", ")));
    }
    for part in ["meaning", "remedy"] {
        if let Some(text) = all["error"][part].as_str() {
            summary.push_str(&format!("\n{text}"));
        }
    }
    Ok(Said { summary, all })
}

pub(super) async fn affected_people(app: App, reader: Reader, mut given: Given) -> Answer {
    let run = PathIds(given.take("run"));
    let answer = sync_logs::identities(State(app), reader, run, given.params()).await?;
    let mut all = value(answer)?;
    Ok(Said { summary: in_words(&mut all, ["person", "people"], person_in_words), all })
}

pub(super) async fn planned_people(app: App, reader: Reader, mut given: Given) -> Answer {
    let run = PathIds(given.take("run"));
    let answer = run_plans::read(State(app), reader, run, given.params()).await?;
    let mut all = value(answer)?;
    Ok(Said { summary: in_words(&mut all, ["person", "people"], person_in_words), all })
}

fn person_in_words(person: &Value) -> String {
    let text = |name: &str| person[name].as_str().unwrap_or_default();
    let fields = person["fields"].as_array().into_iter().flatten();
    let fields: Vec<_> = fields.filter_map(|one| one["field"].as_str()).collect();
    format!("{} {} {} {}", text("source_hris_id"), text("email"), text("action"), fields.join(", "))
}

pub(super) async fn explain_error(mut given: Given) -> Answer {
    let code = given.take("code");
    let mut all = value(catalogue::list(given.params()).await?)?;
    if let Some(rows) = all["data"].as_array_mut() {
        rows.retain(|row| row["code"] == code.as_str());
    }
    let summary = rows(&mut all)
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            format!("{} ({}): {} {}", code, text("kind"), text("meaning"), text("remedy"))
        })
        .collect::<Vec<_>>()
        .join("\n");
    if summary.is_empty() {
        let none = "The catalogue has no such code; it stands in an error as `code` or `reason`.";
        return Err(Problem::new(Code::NotFound).detail(none));
    }
    Ok(Said { summary, all })
}

pub(super) async fn targets(app: App, reader: Reader, given: Given) -> Answer {
    let connections = connections(&app, &reader, given.params()).await?;
    let names = scenarios::list(reader.db(), reader.id()).await?;
    let (mut told, mut shown) = (vec![], vec![]);
    for one in connections {
        let chosen: Vec<_> = one
            .targets
            .scenarios
            .iter()
            .map(|id| {
                let known = names.iter().find(|row| row.scenario == *id);
                json!({ "id": id, "name": known.map(|row| &row.name) })
            })
            .collect();
        told.push(format!(
            "{} ({}): live baseline {}, {} chosen scenarios, all future scenarios {}.",
            label(&one.provider),
            one.id,
            if one.targets.live_baseline { "yes" } else { "no" },
            chosen.len(),
            if one.targets.all_future { "yes" } else { "no" },
        ));
        shown.push(json!({
            "integration": one.id,
            "provider": one.provider,
            "live_baseline": one.targets.live_baseline,
            "scenarios": chosen,
            "all_future": one.targets.all_future,
        }));
    }
    Ok(of_connections(&told, &shown))
}

pub(super) async fn schedule(app: App, reader: Reader, given: Given) -> Answer {
    let connections = connections(&app, &reader, given.params()).await?;
    let (mut told, mut shown) = (vec![], vec![]);
    for one in connections {
        let zone = one.settings.schedule_zone();
        told.push(format!(
            "{} ({}): every night at {:02}:00{}; next: {}.",
            label(&one.provider),
            one.id,
            one.schedule.hour,
            zone.map_or_else(|| " server time".to_owned(), |zone| format!(" {zone}")),
            one.next_run.map_or_else(|| "none".to_owned(), |at| at.to_rfc3339()),
        ));
        shown.push(json!({
            "integration": one.id,
            "provider": one.provider,
            "status": one.status,
            "hour": one.schedule.hour,
            "zone": one.schedule.zone,
            "next_run": one.next_run,
            "last_reconcile_at": one.last_reconcile_at,
        }));
    }
    Ok(of_connections(&told, &shown))
}

pub(super) async fn held_plans(app: App, reader: Reader, given: Given) -> Answer {
    let params = given.with("status", "held").params();
    let mut all = value(sync_logs::list(State(app), reader, params).await?)?;
    for run in rows(&mut all) {
        let mut held = cut(run, &[&OF_RUN[..], &["error"]].concat());
        let targets = run["plan"]["targets"].as_array().into_iter().flatten();
        let targets = targets.map(|one| cut(one, &["scenario", "counts"]));
        held["plan"] =
            json!({ "hash": run["plan"]["hash"], "targets": targets.collect::<Vec<_>>() });
        *run = held;
    }
    Ok(Said { summary: in_words(&mut all, ["held plan", "held plans"], run_in_words), all })
}

async fn connections(app: &App, reader: &Reader, params: Params) -> Result<Vec<View>, Problem> {
    let answer = integrations::list(State(app.clone()), reader.clone(), params).await?;
    Ok(answer.0.data)
}

fn of_connections(told: &[String], shown: &[Value]) -> Said {
    let summary = match told.is_empty() {
        true => "No HR system is connected.".to_owned(),
        false => told.join("\n"),
    };
    Said { summary, all: json!({ "connections": shown }) }
}

fn label(provider: &str) -> &str {
    Provider::parse(provider).map_or(provider, |known| known.label())
}

fn rows(answer: &mut Value) -> impl Iterator<Item = &mut Value> {
    answer["data"].as_array_mut().into_iter().flatten()
}

/// Only these members.
fn cut(row: &Value, names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), row[*name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// How many, and each in a line.
fn in_words(answer: &mut Value, [one, many]: [&str; 2], say: impl Fn(&Value) -> String) -> String {
    let lines: Vec<String> = rows(answer).map(|row| say(row)).collect();
    let more = if answer["next_cursor"].is_null() { "" } else { ", and there are more" };
    let what = if lines.len() == 1 { one } else { many };
    [vec![format!("{} {what}{more}.", lines.len())], lines].concat().join("\n")
}
