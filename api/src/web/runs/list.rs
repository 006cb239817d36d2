//! The list: runs newest first, four weeks as bars above it.

use std::collections::HashMap;

use askama::Template;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::access::Permission;
use rollcall_domain::run::Status;
use rollcall_domain::vocabulary::{Provider, RunKind};

use super::LOGS;
use super::days::{self, Days28};
use super::labels::scenario_names;
use super::query::Query;
use super::run::{Bar, bar};
use super::words::{self, Count};
use crate::answer::List;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::sync_logs::{self, View};
use crate::web::filters::{self, sentence};
use crate::web::form::Wrong;
use crate::web::shell::Shell;
use crate::web::with_status;
use crate::wording;

/// So many runs that are under way are asked how far they are.
const WATCHED: usize = 5;
/// The names of the filters, and what a chip calls them.
const CHIPS: [(&str, &str); 7] = [
    ("status", "Status"),
    ("kind", "Kind"),
    ("provider", "Provider"),
    ("since", "From"),
    ("until", "To"),
    ("identity", "Person"),
    ("idempotency_key", "Idempotency key"),
];

#[derive(Template)]
#[template(path = "runs/list.html")]
struct Page {
    shell: Shell,
    query: Query,
    wrong: Wrong,
    days: Option<Days28>,
    lines: Vec<Line>,
    next: Option<String>,
    /// An address that shows the same again.
    here: String,
}

struct Line {
    page: String,
    run: View,
    kind: String,
    provider: String,
    trigger: String,
    /// Those that are not zero.
    counts: Vec<Count>,
    told: Option<String>,
    progress: Option<Bar>,
}

struct Chip {
    words: String,
    without: String,
}

impl Page {
    fn statuses(&self) -> Vec<(&'static str, String)> {
        Status::ALL.map(|one| (one.as_str(), sentence(one.as_str()))).into()
    }
    fn kinds(&self) -> Vec<(&'static str, String)> {
        RunKind::ALL.map(|one| (one.as_str(), sentence(one.as_str()))).into()
    }
    fn providers(&self) -> Vec<(&'static str, String)> {
        Provider::ALL.map(|one| (one.as_str(), words::provider(one.as_str()).to_owned())).into()
    }
    /// Whether something is under way, so that the rows are looked at again.
    fn is_moving(&self) -> bool {
        self.lines.iter().any(|line| moves(&line.run.status))
    }
    fn chips(&self) -> Vec<Chip> {
        let applied = CHIPS.iter().filter(|(name, _)| !self.query.get(name).is_empty());
        let chip = |(name, words): &(&str, &str)| {
            let value = self.query.get(name);
            let value = match *name {
                "status" | "kind" => sentence(value),
                "provider" => words::provider(value).to_owned(),
                _ => value.to_owned(),
            };
            Chip { words: format!("{words}: {value}"), without: self.query.without(name) }
        };
        applied.map(chip).collect()
    }
}

fn moves(status: &str) -> bool {
    ["queued", "waiting", "running"].contains(&status)
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    let params = query.params(&[]);
    let (found, wrong) = match sync_logs::list(State(app.clone()), reader.clone(), params).await {
        Ok(Json(found)) => (found, Wrong::default()),
        Err(problem) => (List { data: vec![], next_cursor: None }, Wrong::of(problem)?),
    };
    let names = scenario_names(&reader).await?;
    let mut lines = Vec::new();
    let mut left = WATCHED;
    for run in found.data {
        let watched = moves(&run.status) && left > 0;
        left -= usize::from(watched);
        let progress = if watched { progress(&app, &reader, &run).await? } else { None };
        lines.push(line(run, progress, &names));
    }
    let days = days::of(&reader, app.now()).await?;
    let here = format!("{LOGS}{}", query.with("", ""));
    let next = found.next_cursor.map(|cursor| query.after(&cursor));
    let status = match wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    with_status(status, &Page { shell, query, wrong, days, lines, next, here })
}

async fn progress(app: &App, reader: &Reader, run: &View) -> Result<Option<Bar>, Problem> {
    let (id, params) = (PathIds(run.id.clone()), Params::read(""));
    let page = sync_logs::read(State(app.clone()), reader.clone(), id, params).await?.0;
    Ok(page.details.progress.as_ref().map(bar))
}

fn line(run: View, progress: Option<Bar>, names: &HashMap<String, String>) -> Line {
    let counts = words::counts(&run.counts, ["webhook", "undo"].contains(&&*run.kind));
    let counts: Vec<Count> = counts.into_iter().filter(is_news).collect();
    let told = match (&*run.status, &run.waiting, &run.error_summary, &run.reason) {
        ("waiting", Some(waiting), ..) => waiting.summary.as_deref().map(wording::sentence),
        (_, _, _, Some(reason)) => Some(why(reason)),
        (_, _, Some(summary), None) => Some(words::told_of(first(summary), names)),
        ("succeeded", ..) if counts.is_empty() => Some("Nothing had changed.".to_owned()),
        ("rejected", ..) => Some("Its plan was rejected; nothing of it was applied.".to_owned()),
        _ => None,
    };
    Line {
        page: format!("{LOGS}/{}", run.id),
        kind: sentence(&run.kind),
        provider: words::provider(&run.provider).to_owned(),
        trigger: words::trigger(&run.trigger),
        counts,
        told,
        progress,
        run,
    }
}

/// What is the case; what more is said of it stands on the run's own page.
fn first(summary: &str) -> &str {
    summary.split("; ").next().unwrap_or(summary)
}

fn why(reason: &str) -> String {
    words::skipped(reason).map_or_else(|| wording::sentence(reason), |(why, _)| why.to_owned())
}

/// What somebody wants to know of a run among many.
fn is_news(count: &Count) -> bool {
    count.number > 0 && !["fetched", "unchanged", "skipped"].contains(&count.name)
}
