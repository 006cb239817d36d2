//! What a request that was posted would do: person by person, with what to be warned of; and having
//! exactly that done.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rollcall_commands::operations::{Request as Asked, operation as asked_for};
use rollcall_domain::access::Permission;
use rollcall_domain::vocabulary::Counts;
use serde_json::Value;

use super::labels::Who;
use super::people::Row;
use super::planned::Planned;
use super::preview::leads_to_run;
use super::query::Query;
use super::waiting::{Failed, Stand, asked, stand};
use super::words::Count;
use super::{LOGS, page_of_run};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::resources::hris_webhooks::requests::{self, Exactly, View, request_of};
use crate::resources::hris_webhooks::view::one;
use crate::resources::operations::Patience;
use crate::web::filters;
use crate::web::form::{Fields, Wrong};
use crate::web::integrations::push::{HOME, place};
use crate::web::shell::Shell;
use crate::web::{done, elsewhere, settled, with_status};
use crate::wording::sentence;

/// So many of those who would leave a department are named at once.
const NAMED: &str = "5";
const CLOSED: &str = "department_closed";

#[derive(Template)]
#[template(path = "runs/simulation.html")]
struct Page {
    shell: Shell,
    query: Query,
    /// The endpoint's page, and this one.
    webhook: String,
    here: String,
    /// Where it is asked for once more.
    again: String,
    /// Of the endpoint.
    status: String,
    request: View,
    under_way: bool,
    failed: Option<Failed>,
    plan: Option<Plan>,
    wrong: Wrong,
}

struct Plan {
    hash: String,
    /// Why a run of it would be held.
    held: Option<String>,
    counts: Vec<Count>,
    targets: Vec<(String, String)>,
    warnings: Vec<String>,
    /// Some of those who would leave departments that only people in sync may be in.
    leaving: Vec<Who>,
    more_leave: bool,
    expires_at: Option<DateTime<Utc>>,
    /// `None` where its time is over.
    rows: Option<Vec<Row>>,
    next: Option<String>,
}

impl Page {
    /// What the list is narrowed to, if it is.
    fn narrowed(&self) -> Option<&'static str> {
        let is = |name: &str, value: &str| self.query.is(name, value);
        let tile = TILES.iter().find(|(_, query)| {
            let (name, value) = query.split_once('=').unwrap_or_default();
            is(name, value)
        });
        match tile {
            Some((name, _)) => Some(name),
            None if is("reason", CLOSED) => Some("would leave a department"),
            None => None,
        }
    }
    fn is_live(&self) -> bool {
        self.status == "active"
    }
}

impl Plan {
    fn changes(&self) -> bool {
        let stays = ["unchanged", "ignored", "conflict"];
        self.counts.iter().any(|one| one.number > 0 && !stays.contains(&one.name))
    }
}

const TILES: [(&str, &str); 8] = [
    ("created", "action=create"),
    ("updated", "action=update"),
    ("reactivated", "action=reactivate"),
    ("deactivated", "action=deactivate"),
    ("unsynced", "action=unsync"),
    ("unchanged", "action=unchanged"),
    ("ignored", "action=skip"),
    ("conflict", "errors=true"),
];

fn page_of(webhook: &str, request: &str, operation: &str) -> String {
    format!("{HOME}/{webhook}/requests/{request}/simulations/{operation}")
}

pub(super) async fn ask(
    State(app): State<App>,
    admin: Reader,
    PathIds((webhook, request)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    let ids = PathIds((webhook.clone(), request.clone()));
    let answer = requests::simulate(State(app), admin, Patience::of_a_page(), ids).await?;
    Ok(elsewhere(&page_of(&webhook, &request, &asked(answer).await?)))
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(ids): PathIds<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    shown(&app, shell, &reader, &ids, (query, Wrong::default())).await
}

async fn shown(
    app: &App,
    shell: Shell,
    reader: &Reader,
    (webhook, request, operation): &(String, String, String),
    (query, wrong): (Query, Wrong),
) -> Result<Response, Problem> {
    let status = match wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let known = asked_for(&app.store, reader.id(), operation).await?.ok_or(Code::NotFound)?;
    let Asked::SimulatePush { connection, receipt } = known.request else {
        return Err(Code::NotFound.into());
    };
    if (&connection, &receipt) != (webhook, request) {
        return Err(Code::NotFound.into());
    }
    let mut page = Page {
        shell,
        query,
        webhook: place(webhook),
        here: page_of(webhook, request, operation),
        again: format!("{HOME}/{webhook}/requests/{request}/simulate"),
        status: one(app, reader, webhook).await?.status,
        request: request_of(reader, webhook, request).await?,
        under_way: false,
        failed: None,
        plan: None,
        wrong,
    };
    match stand(app, reader, operation, "simulate_push").await? {
        Stand::UnderWay => page.under_way = true,
        Stand::Failed(failed) => page.failed = Some(failed),
        Stand::Done(result) => page.plan = Some(plan(app, reader, &result, &page.query).await?),
    }
    with_status(status, &page)
}

async fn plan(app: &App, reader: &Reader, result: &Value, query: &Query) -> Result<Plan, Problem> {
    let planned = Planned::of(result, &super::labels::scenario_names(reader).await?);
    let found = planned.rows(app, reader, query).await?;
    let closed = Query::of([("reason", CLOSED), ("limit", NAMED)]);
    let closed = planned.rows(app, reader, &closed).await?;
    let (leaving, more_leave) = closed.map_or((vec![], false), |closed| {
        (closed.rows.into_iter().map(|row| row.who).collect(), closed.next.is_some())
    });
    let (rows, next) = found.map_or((None, None), |found| (Some(found.rows), found.next));
    let warnings = result["warnings"].as_array().into_iter().flatten();
    let counts = counts(&planned.counts);
    let Planned { hash, held, targets, expires_at, .. } = planned;
    let warnings = warnings.filter_map(Value::as_str).map(sentence).collect();
    Ok(Plan { hash, held, counts, targets, warnings, leaving, more_leave, expires_at, rows, next })
}

/// The plan holds whom it says something of: of whoever stays as they are it has the number.
fn counts(sum: &Counts) -> Vec<Count> {
    let numbers = [
        sum.created,
        sum.updated,
        sum.reactivated,
        sum.deactivated,
        sum.unsynced,
        sum.unchanged,
        sum.skipped,
        sum.errors,
    ];
    let count = |((name, query), number): ((&'static str, &'static str), u64)| Count {
        name,
        number,
        query: match name {
            "unchanged" => None,
            // Those with whom something is wrong are counted apart.
            "ignored" => Some("action=skip&errors=false"),
            _ => Some(query),
        },
    };
    TILES.into_iter().zip(numbers).map(count).collect()
}

pub(super) async fn apply(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(ids): PathIds<(String, String, String)>,
    typed: Fields,
) -> Result<Response, Problem> {
    let (webhook, request, _) = &ids;
    let place = PathIds((webhook.clone(), request.clone()));
    let body = JsonBody(Exactly { hash: typed.raw("hash").to_owned() });
    let (state, patience) = (State(app.clone()), Patience::usual());
    match requests::apply(state, admin.clone(), patience, place, body).await {
        Ok(answer) if leads_to_run(&answer) => {
            let page = page_of_run(answer);
            settled(&app, &admin, &super::acts::BEHIND).await?;
            Ok(done("Exactly this is applied: this is its run.", &page))
        }
        Ok(_) => Ok(done("It is being checked; its run appears here if nothing moved.", LOGS)),
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            shown(&app, shell, &admin, &ids, (Query::default(), wrong)).await
        }
    }
}
