//! Taking a run back: first what that would do, part by part, then doing it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use rollcall_domain::field::Value as FieldValue;
use serde_json::Value;

use super::acts::{BEHIND, refused};
use super::labels::{Diff, Labels, Wanted, Who};
use super::query::Query;
use super::waiting::{Failed, Stand, asked, stand};
use super::words::noted;
use super::{LOGS, page_of_run};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::operations::Patience;
use crate::resources::undo;
use crate::web::filters;
use crate::web::shell::Shell;
use crate::web::{done, elsewhere, page, settled};

/// So many people of each kind stand on a page.
const SHOWN: usize = 50;
const BUCKETS: [(&str, &str, &str); 3] = [
    ("reversed", "Goes back to what it was", "updated"),
    ("kept", "Stays: somebody changed it since", "skipped"),
    ("impossible", "Can’t be taken back", "error"),
];

#[derive(Template)]
#[template(path = "runs/undo.html")]
struct Page {
    shell: Shell,
    run_page: String,
    here: String,
    under_way: bool,
    failed: Option<Failed>,
    buckets: Vec<Bucket>,
    /// People who are not shown one by one.
    more: u64,
    /// Departments and the like stay, since the source names them.
    units: Vec<String>,
    closed: Vec<(String, String)>,
}

struct Bucket {
    code: &'static str,
    title: &'static str,
    hue: &'static str,
    count: u64,
    rows: Vec<Row>,
    /// Where the next of them stand.
    next: Option<usize>,
}

struct Row {
    who: Who,
    scenario: String,
    diffs: Vec<Diff>,
    reasons: Vec<String>,
}

impl Page {
    fn reversed(&self) -> u64 {
        self.buckets.first().map_or(0, |bucket| bucket.count)
    }
}

pub(super) async fn preview(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(run): PathIds<String>,
) -> Result<Response, Problem> {
    let (id, only) = (PathIds(run.clone()), Params::read("preview=true"));
    let patience = Patience::of_a_page();
    match undo::undo(State(app.clone()), admin.clone(), patience, id, only).await {
        Ok(answer) => Ok(elsewhere(&format!("{LOGS}/{run}/undo/{}", asked(answer).await?))),
        Err(problem) => refused(&app, shell, &admin, &run, problem).await,
    }
}

pub(super) async fn confirm(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(run): PathIds<String>,
) -> Result<Response, Problem> {
    let (id, all) = (PathIds(run.clone()), Params::read(""));
    match undo::undo(State(app.clone()), admin.clone(), Patience::usual(), id, all).await {
        Ok(answer) => {
            let page = page_of_run(answer);
            settled(&app, &admin, &BEHIND).await?;
            Ok(done("The undo was asked for: this is its run.", &page))
        }
        Err(problem) => refused(&app, shell, &admin, &run, problem).await,
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds((run, operation)): PathIds<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    let mut shown = Page {
        shell,
        run_page: format!("{LOGS}/{run}"),
        here: format!("{LOGS}/{run}/undo/{operation}"),
        under_way: false,
        failed: None,
        buckets: vec![],
        more: 0,
        units: vec![],
        closed: vec![],
    };
    match stand(&app, &reader, &operation, "preview_undo").await? {
        Stand::UnderWay => shown.under_way = true,
        Stand::Failed(failed) => shown.failed = Some(failed),
        Stand::Done(result) => fill(&mut shown, &reader, &result, &query).await?,
    }
    page(&shown)
}

async fn fill(
    shown: &mut Page,
    reader: &Reader,
    result: &Value,
    query: &Query,
) -> Result<(), Problem> {
    let people: Vec<&Value> = result["people"].as_array().into_iter().flatten().collect();
    let mut wanted = Wanted::default();
    let mut parts = Vec::new();
    for (code, ..) in BUCKETS {
        let from =
            if query.is("bucket", code) { query.get("from").parse().unwrap_or(0) } else { 0 };
        let of = |person: &&&Value| parts_in(person, code).next().is_some();
        let some: Vec<&Value> =
            people.iter().filter(of).skip(from).take(SHOWN + 1).copied().collect();
        for person in some.iter().take(SHOWN) {
            let scenario = text(person, "scenario");
            wanted.person(scenario, person["actor"].as_str());
            for part in parts_in(person, code) {
                wanted.value(scenario, text(part, "part"), value(&part["old"]).as_ref());
                wanted.value(scenario, text(part, "part"), value(&part["new"]).as_ref());
            }
        }
        parts.push((from, some));
    }
    let labels = Labels::of(reader, wanted).await?;
    for ((code, title, hue), (from, some)) in BUCKETS.into_iter().zip(parts) {
        let next = (some.len() > SHOWN).then_some(from + SHOWN);
        let rows = some.into_iter().take(SHOWN).map(|person| row(person, code, &labels)).collect();
        let count = result["counts"][code].as_u64().unwrap_or_default();
        shown.buckets.push(Bucket { code, title, hue, count, rows, next });
    }
    let list = |name: &str| result[name].as_array().cloned().unwrap_or_default();
    shown.more = result["more"].as_u64().unwrap_or_default();
    shown.units = list("units").iter().map(|unit| text(unit, "name").to_owned()).collect();
    let closed = |one: &Value| {
        (labels.scenario(text(one, "scenario")).to_owned(), text(one, "reason").to_owned())
    };
    shown.closed = list("closed").iter().map(closed).collect();
    Ok(())
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

fn value(json: &Value) -> Option<FieldValue> {
    serde_json::from_value(json.clone()).ok()
}

fn parts_in<'a>(person: &'a Value, bucket: &str) -> impl Iterator<Item = &'a Value> {
    let parts = person["parts"].as_array().into_iter().flatten();
    parts.filter(move |part| part["bucket"] == bucket)
}

fn row(person: &Value, bucket: &str, labels: &Labels) -> Row {
    let scenario = text(person, "scenario");
    let told = [None, person["email"].as_str(), person["source_hris_id"].as_str()];
    let diff = |part: &Value| {
        let (old, new) = (value(&part["old"]), value(&part["new"]));
        labels.diff(scenario, text(part, "part"), old.as_ref(), new.as_ref())
    };
    let reason = |part: &Value| {
        let why = noted(part["reason"].as_str()?);
        let by = part["changed_by"]["principal"].as_str();
        Some(by.map_or(why.clone(), |by| format!("{why} ({by})")))
    };
    let mut reasons: Vec<String> = parts_in(person, bucket).filter_map(reason).collect();
    reasons.dedup();
    Row {
        who: labels.who(scenario, person["actor"].as_str(), told),
        scenario: labels.scenario(scenario).to_owned(),
        diffs: parts_in(person, bucket).map(diff).collect(),
        reasons,
    }
}
