//! `/settings/integrations/hris/preview`: what a sync would do, before it, after it and the difference;
//! and having exactly that done.

use askama::Template;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::people::Row;
use super::planned::Planned;
use super::query::Query;
use super::waiting::{Failed, Stand, asked, stand};
use super::words::Count;
use super::{LOGS, PREVIEWS, page_of_run};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::{OptionalBody, PathIds};
use crate::params::Params;
use crate::resources::integrations::{self, plans};
use crate::resources::operations::Patience;
use crate::web::filters;
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, elsewhere, settled, with_status};

/// The ways to look at a plan: code, label, and what the last column is called.
const VIEWS: [(&str, &str, &str); 3] = [
    ("before", "Before", "As they are now"),
    ("after", "After", "As they would be"),
    ("changes", "Changes", "Fields, old → new"),
];
const TILES: [(&str, &str); 6] = [
    ("to deactivate", "deactivate"),
    ("to take out of sync", "unsync"),
    ("to reactivate", "reactivate"),
    ("to create", "create"),
    ("to update", "update"),
    ("to skip", "skip"),
];

#[derive(Template)]
#[template(path = "runs/preview.html")]
struct Page {
    shell: Shell,
    query: Query,
    here: String,
    under_way: bool,
    failed: Option<Failed>,
    plan: Option<Plan>,
    wrong: Wrong,
}

struct Plan {
    integration: String,
    hash: String,
    /// Why a run of it would be held.
    held: Option<String>,
    complete: Option<bool>,
    fetched: u64,
    counts: Vec<Count>,
    targets: Vec<(String, String)>,
    expires_at: Option<DateTime<Utc>>,
    /// `None` where its time is over.
    rows: Option<Vec<Row>>,
    next: Option<String>,
}

impl Page {
    fn views(&self) -> [(&'static str, &'static str, &'static str); 3] {
        VIEWS
    }
    fn view(&self) -> &str {
        let asked = VIEWS.iter().find(|(code, ..)| self.query.is("view", code));
        asked.map_or("changes", |(code, ..)| code)
    }
    fn column(&self) -> &'static str {
        let shown = VIEWS.iter().find(|(code, ..)| *code == self.view());
        shown.map_or("", |(_, _, column)| column)
    }
}

impl Plan {
    fn changes(&self) -> u64 {
        self.counts.iter().filter(|one| one.name != "to skip").map(|one| one.number).sum()
    }
}

pub(super) async fn ask(
    State(app): State<App>,
    admin: Reader,
    typed: Fields,
) -> Result<Response, Problem> {
    let integration = match typed.text("integration") {
        Some(integration) => integration,
        None => connected(&app, &admin).await?,
    };
    let named = typed.raw("identities").split([',', ' ', '\n', '\r', '\t']);
    let identities = named.filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let wanted = plans::Asked { identities, rerun_of: typed.text("rerun_of") };
    let (id, body) = (PathIds(integration), OptionalBody(Some(wanted)));
    let answer = plans::preview(State(app), admin, Patience::of_a_page(), id, body).await?;
    Ok(elsewhere(&format!("{PREVIEWS}/{}", asked(answer).await?)))
}

/// The connection that is not gone for good.
async fn connected(app: &App, admin: &Reader) -> Result<String, Problem> {
    let params = Params::read("");
    let Json(all) = integrations::list(State(app.clone()), admin.clone(), params).await?;
    let found =
        all.data.into_iter().find(|one| one.status != "disconnected" && !one.settings.is_pushed());
    found.map(|one| one.id).ok_or_else(|| {
        Problem::new(Code::NotFound).detail("No HR system is connected; connect one first.")
    })
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(operation): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    shown(&app, shell, &reader, &operation, query, Wrong::default()).await
}

async fn shown(
    app: &App,
    shell: Shell,
    reader: &Reader,
    operation: &str,
    query: Query,
    wrong: Wrong,
) -> Result<Response, Problem> {
    let status = match wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let here = format!("{PREVIEWS}/{operation}");
    let mut page = Page { shell, query, here, under_way: false, failed: None, plan: None, wrong };
    match stand(app, reader, operation, "preview").await? {
        Stand::UnderWay => page.under_way = true,
        Stand::Failed(failed) => page.failed = Some(failed),
        Stand::Done(result) => page.plan = Some(plan(app, reader, &result, &page.query).await?),
    }
    with_status(status, &page)
}

async fn plan(app: &App, reader: &Reader, result: &Value, query: &Query) -> Result<Plan, Problem> {
    let planned = Planned::of(result, &super::labels::scenario_names(reader).await?);
    let found = planned.rows(app, reader, query).await?;
    let sum = planned.counts;
    let numbers =
        [sum.deactivated, sum.unsynced, sum.reactivated, sum.created, sum.updated, sum.skipped];
    let tile = |((name, action), number): ((&'static str, &'static str), u64)| Count {
        name,
        number,
        query: Some(action),
    };
    let (rows, next) = found.map_or((None, None), |found| (Some(found.rows), found.next));
    let counts = TILES.into_iter().zip(numbers).map(tile).collect();
    let Planned { integration, hash, held, targets, expires_at, .. } = planned;
    let complete = result["complete"].as_bool();
    let fetched = result["fetched"].as_u64().unwrap_or_default();
    Ok(Plan { integration, hash, held, complete, fetched, counts, targets, expires_at, rows, next })
}

pub(super) async fn apply(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(operation): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let place = PathIds((typed.raw("integration").to_owned(), typed.raw("hash").to_owned()));
    let asked = plans::apply(State(app.clone()), admin.clone(), Patience::usual(), place).await;
    match asked {
        Ok(answer) if leads_to_run(&answer) => {
            let page = page_of_run(answer);
            settled(&app, &admin, &super::acts::BEHIND).await?;
            Ok(done("Exactly this is applied: this is its run.", &page))
        }
        Ok(_) => Ok(done("It is being checked; its run appears here if nothing moved.", LOGS)),
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            shown(&app, shell, &admin, &operation, Query::default(), wrong).await
        }
    }
}

/// Checking may take longer than a page waits.
pub(super) fn leads_to_run(answer: &Response) -> bool {
    let place = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    place.is_some_and(|place| place.contains("/integration_sync_logs/"))
}
