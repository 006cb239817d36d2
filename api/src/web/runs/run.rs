//! One run: where it stands, why, when it did what, and whom it touched.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rollcall_domain::access::Permission;
use rollcall_projections::runs;
use serde_json::Value;

use super::held::{self, Plan};
use super::labels::scenario_names;
use super::people::{self, Rows};
use super::query::Query;
use super::timeline::{Stretch, stretches};
use super::words::{self, Count};
use super::{LOGS, PREVIEWS};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::rerun::repeatable;
use crate::resources::sync_logs::{self, View, progress};
use crate::web::filters::{self, sentence};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::with_status;
use crate::wording;

#[derive(Template)]
#[template(path = "runs/run.html")]
struct Page {
    shell: Shell,
    run: View,
    query: Query,
    page: String,
    title: String,
    provider: String,
    started: &'static str,
    note: Option<Note>,
    progress: Option<Bar>,
    tiles: Vec<Count>,
    stretches: Vec<Stretch>,
    /// From the queue to the end, or until now.
    whole_ms: i64,
    /// Of those that were not written in full: name and why.
    unwritten: Vec<(String, String)>,
    /// What the button of another run like it says.
    rerun: Option<&'static str>,
    may_undo: bool,
    about: Vec<Other>,
    error: Option<Value>,
    details: Value,
    plan: Option<Plan>,
    people: Option<Rows>,
    actions: &'static [&'static str],
    /// Scenarios it was about, to filter by.
    scenarios: Vec<(String, String)>,
    typed: Fields,
    wrong: Wrong,
}

/// Why it is as it is, and what to do.
struct Note {
    hue: &'static str,
    icon: &'static str,
    title: String,
    text: String,
    remedy: String,
    code: String,
}

/// How far it is.
pub(super) struct Bar {
    pub(super) text: String,
    pub(super) done: u64,
    pub(super) total: u64,
}

/// Another run that is about this one.
struct Other {
    words: &'static str,
    page: String,
    id: String,
    status: String,
}

/// A form of the page that was refused.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) typed: Fields,
    pub(super) wrong: Wrong,
}

impl Page {
    fn preview(&self) -> &'static str {
        PREVIEWS
    }
    fn logs(&self) -> &'static str {
        LOGS
    }
    fn is_chosen(&self, actor: &str) -> bool {
        self.typed.all("identity").any(|one| one == actor)
    }
    fn chosen(&self) -> usize {
        self.typed.all("identity").count()
    }
    fn may_cancel(&self) -> bool {
        self.run.status == "queued" && self.shell.may(Permission::IntegrationsManage)
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(run): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    shown(&app, shell, &reader, &run, query, Refused::default()).await
}

/// What is found out beside the run itself.
struct Around {
    names: HashMap<String, String>,
    plan: Option<Plan>,
    people: Option<Rows>,
    about: Vec<Other>,
    rerun: Option<&'static str>,
    now: DateTime<Utc>,
}

/// The same with what was wrong with one of its forms.
pub(super) async fn shown(
    app: &App,
    shell: Shell,
    reader: &Reader,
    run: &str,
    query: Query,
    refused: Refused,
) -> Result<Response, Problem> {
    let id = PathIds(run.to_owned());
    let asked = sync_logs::read(State(app.clone()), reader.clone(), id, Params::read("")).await?.0;
    let plan = held::plan(app, reader, &asked.run, &query).await?;
    let people = match plan.is_none() {
        true => Some(people::of_run(app, reader, run, &query).await?),
        false => None,
    };
    let around = Around {
        names: scenario_names(reader).await?,
        plan,
        people,
        about: about(reader, &asked.run).await?,
        rerun: rerun(app, &shell, reader, &asked).await,
        now: app.now(),
    };
    let status = match refused.wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    with_status(status, &page(shell, asked, query, refused, around))
}

fn page(
    shell: Shell,
    asked: sync_logs::Page,
    query: Query,
    refused: Refused,
    around: Around,
) -> Page {
    let mut details = serde_json::to_value(&asked).unwrap_or_default();
    let error = details.as_object_mut().and_then(|all| all.remove("error"));
    let sync_logs::Page { run, details: more } = asked;
    let Around { names, plan, people, about, rerun, now } = around;
    let named = |id: &String| (id.clone(), names.get(id).unwrap_or(id).clone());
    let manages = shell.may(Permission::IntegrationsManage);
    let batches = run.details["batches"].as_u64().unwrap_or_default();
    let until = run.finished_at.unwrap_or(now);
    Page {
        page: format!("{LOGS}/{}", run.id),
        title: sentence(&run.event_type),
        provider: words::provider(&run.provider).to_owned(),
        started: words::started(&run.trigger),
        note: note(&run, error.as_ref(), &names),
        progress: more.progress.as_ref().map(bar),
        tiles: tiles(&run, plan.as_ref()),
        stretches: stretches(&more.phases, until),
        whole_ms: (until - run.queued_at).num_milliseconds(),
        unwritten: unwritten(&run, &names),
        rerun,
        may_undo: manages && more.progress.is_none() && batches > 0,
        about,
        error: error.filter(|error| !error.is_null()),
        details,
        plan,
        people,
        actions: &sync_logs::ACTIONS,
        scenarios: run.scenarios.iter().map(named).collect(),
        typed: refused.typed,
        wrong: refused.wrong,
        shell,
        run,
        query,
    }
}

/// What the button says, where the run can run again.
async fn rerun(
    app: &App,
    shell: &Shell,
    reader: &Reader,
    asked: &sync_logs::Page,
) -> Option<&'static str> {
    let over = asked.details.progress.is_none() && shell.may(Permission::IntegrationsManage);
    if !over || repeatable(app, reader, &asked.run.id).await.is_err() {
        return None;
    }
    match &*asked.run.kind {
        "reconcile" => Some("Re-run reconciliation"),
        _ => Some("Re-run this sync"),
    }
}

fn tiles(run: &View, plan: Option<&Plan>) -> Vec<Count> {
    match plan.filter(|plan| plan.is_open) {
        Some(plan) => plan.counts.clone(),
        None => words::counts(&run.counts, ["webhook", "undo"].contains(&&*run.kind)).into(),
    }
}

fn unwritten(run: &View, names: &HashMap<String, String>) -> Vec<(String, String)> {
    let ends = run.outcomes.iter().filter_map(|end| Some((end, end.failure.as_ref()?)));
    let told = ends.map(|(end, why)| {
        let name = names.get(&end.scenario).unwrap_or(&end.scenario);
        (name.clone(), words::told_of(&why.summary, names))
    });
    told.collect()
}

async fn about(reader: &Reader, run: &View) -> Result<Vec<Other>, Problem> {
    let db = reader.db();
    let later = runs::about(db, reader.id(), &run.id, run.queued_at).await?;
    let page = |id: &str| format!("{LOGS}/{id}");
    let earlier = [("A re-run of", &run.rerun_of), ("Takes back", &run.undoes)];
    let earlier = earlier.into_iter().filter_map(|(words, id)| {
        let id = id.clone()?;
        Some(Other { words, page: page(&id), id, status: String::new() })
    });
    let later = later.into_iter().map(|other| Other {
        words: if other.undoes.is_some() { "Taken back by" } else { "Run again as" },
        page: page(&other.run),
        id: other.run,
        status: other.status,
    });
    Ok(earlier.chain(later).collect())
}

fn note(run: &View, error: Option<&Value>, names: &HashMap<String, String>) -> Option<Note> {
    let waiting = run.waiting.as_ref().and_then(|waiting| waiting.summary.as_deref());
    if let Some(why) = waiting {
        let (title, text) = parted(why);
        let code =
            run.waiting.as_ref().and_then(|waiting| waiting.code.clone()).unwrap_or_default();
        let remedy = "Nothing: it goes on by itself when the time has come.".to_owned();
        return Some(Note { hue: "waiting", icon: "clock", title, text, remedy, code });
    }
    if let Some((meaning, remedy)) = run.reason.as_deref().and_then(words::skipped) {
        let (title, remedy) = (meaning.to_owned(), remedy.to_owned());
        let code = run.reason.clone().unwrap_or_default();
        return Some(Note {
            hue: "skipped",
            icon: "skip",
            title,
            text: String::new(),
            remedy,
            code,
        });
    }
    if let Some(reason) = &run.reason {
        let (title, text) = parted(reason);
        let (remedy, code) = (String::new(), String::new());
        return Some(Note { hue: "cancelled", icon: "x", title, text, remedy, code });
    }
    let error = error.filter(|error| error.is_object())?;
    let told = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let (title, text) = parted(&words::told_of(&told("summary"), names));
    let (hue, icon) = match &*run.status {
        "held" => ("held", "hand"),
        "failed" => ("failed", "alert"),
        "partial" => ("partial", "alert"),
        _ => ("skipped", "alert"),
    };
    let text = format!("{text} {}", told("meaning")).trim().to_owned();
    Some(Note { hue, icon, title, text, remedy: told("remedy"), code: told("code") })
}

/// What is the case, and what more is said of it.
fn parted(summary: &str) -> (String, String) {
    let (title, text) = summary.split_once("; ").unwrap_or((summary, ""));
    let title = wording::sentence(title);
    (title.trim_end_matches('.').to_owned(), wording::sentence(text))
}

pub(super) fn bar(now: &progress::View) -> Bar {
    let (done, total, what) = match now.phase {
        "applying" => (now.applied, now.planned, " changes written"),
        _ => (now.read, now.of, " people read"),
    };
    let phase = sentence(now.phase);
    let text = match (done, total) {
        (Some(done), Some(total)) => format!("{phase}: {done} of {total}{what}"),
        (Some(done), None) => format!("{phase}: {done}{what}"),
        (None, _) => phase,
    };
    Bar { text, done: done.unwrap_or(0), total: total.unwrap_or(0) }
}
