//! `/parked`: what was given up until somebody acts: work of ours, and deliveries that name somebody
//! of whom the HR system says nothing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::{Loaded, load};
use rollcall_domain::lane::{GivenUp, TRIES};
use rollcall_domain::receipt::{Receipt, Received};
use rollcall_projections::connections;
use rollcall_store::IntentStatus;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::{List, Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

/// The store lists waiting and parked work together, oldest first.
const LOOKED_AT: u32 = 10_000;
/// Numbers of work are shorter.
const SHORTEST_HASH: usize = 20;
/// What a delivery is called among kinds of work.
const DELIVERY: &str = "delivery";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/parked", get(list))
        .route("/parked/{id}", get(read))
        .route("/parked/{id}/retry", post(retry))
        .route("/parked/{id}/skip", post(skip))
}

pub(super) fn operations() -> Vec<Operation> {
    let act = |path, id, summary| openapi::post(Tag::Engine, path, id, summary);
    vec![
        openapi::get(Tag::Engine, "/parked", "list_parked", "Work that waits for somebody.")
            .list::<View>(),
        openapi::get(Tag::Engine, "/parked/{id}", "read_parked", "One of it.")
            .json::<View>(200, "It."),
        act("/parked/{id}/retry", "retry_parked", "Tries it again.")
            .placed::<shapes::Queued>(202, "The run that reads whom a delivery names; else empty."),
        act("/parked/{id}/skip", "skip_parked", "Lets go of it.").empty(204, "Nobody does it."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Parked)]
pub(crate) struct View {
    /// Of a delivery, its receipt's.
    pub(crate) id: String,
    pub(crate) kind: String,
    /// What it belongs to; of a delivery its connection.
    pub(crate) key: String,
    pub(crate) attempts: u32,
    /// When work was last put off to.
    pub(crate) run_at: Option<DateTime<Utc>>,
    pub(crate) error: Option<String>,
    /// The last run that tried.
    pub(crate) run: Option<String>,
}

fn of_work(row: IntentStatus) -> View {
    View {
        id: row.id.to_string(),
        kind: row.kind,
        key: row.key,
        attempts: row.attempts,
        run_at: Some(row.run_at),
        error: row.error,
        run: None,
    }
}

fn of_delivery(connection: &str, given_up: &GivenUp) -> View {
    let error = format!(
        "{TRIES} runs could not read somebody it names; see the last one, then try it again, or skip it"
    );
    View {
        id: given_up.receipt.to_string(),
        kind: DELIVERY.to_owned(),
        key: connection.to_owned(),
        attempts: TRIES,
        run_at: None,
        error: Some(error),
        run: Some(given_up.run.to_string()),
    }
}

/// Work as it was asked for, then deliveries.
pub(crate) async fn parked(app: &App, admin: &Admin) -> Result<Vec<View>, Problem> {
    let rows = app.store.intents(Some(admin.id()), LOOKED_AT).await?;
    let mut all: Vec<View> = rows.into_iter().filter(|row| row.parked).map(of_work).collect();
    for connection in connections::open(admin.db(), admin.id()).await? {
        let lane = app.runs.lane(&app.store, admin.id(), &connection).await?.state;
        all.extend(lane.given_up().iter().map(|one| of_delivery(&connection, one)));
    }
    all.sort_unstable_by(|one, other| place(&one.id).cmp(&place(&other.id)));
    Ok(all)
}

/// Where it stands in the list, also when it is gone from there.
fn place(id: &str) -> (i64, &str) {
    (number(id).unwrap_or(i64::MAX), id)
}

pub(crate) async fn list(
    State(app): State<App>,
    admin: Admin,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let piece = params.piece();
    params.done()?;
    if piece.after().is_some_and(|id| number(id).is_none() && id.len() < SHORTEST_HASH) {
        let what = "It is none that a list returned as next_cursor.";
        return Err(Problem::new(Code::InvalidRequest).violation("cursor", what));
    }
    let mut data = parked(&app, &admin).await?;
    data.retain(|row| piece.after().is_none_or(|last| place(&row.id) > place(last)));
    let more = data.len() > piece.limit as usize;
    data.truncate(piece.limit as usize);
    let next_cursor = piece.next(data.last().filter(|_| more).map(|last| last.id.clone()));
    Ok(Json(List { data, next_cursor }))
}

pub(crate) async fn read(
    State(app): State<App>,
    admin: Admin,
    PathIds(id): PathIds<String>,
    params: Params,
) -> Result<Json<View>, Problem> {
    params.done()?;
    let found = parked(&app, &admin).await?.into_iter().find(|row| row.id == id);
    found.map(Json).ok_or_else(|| Code::NotFound.into())
}

/// Work is due again as if it had never been tried; a delivery gets a run, which is named.
pub(crate) async fn retry(
    State(app): State<App>,
    admin: Admin,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    if let Some(work) = number(&id) {
        found(app.store.retry_parked(admin.id(), work).await?)?;
        let position = position(&app, &admin.tenant).await?;
        return Ok(Stamped(position, StatusCode::ACCEPTED).into_response());
    }
    let connection = received(&app, &admin, &id).await?.connection;
    let (runs, cause) = (&app.runs, admin.caller.cause());
    let run = runs.retry_delivery(&app.store, admin.id(), &connection, &id, &cause).await?;
    let place = [(LOCATION, format!("/api/v1/integration_sync_logs/{run}"))];
    let answer = (StatusCode::ACCEPTED, place, Json(json!({ "run": run })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer).into_response())
}

/// Nobody does it any more. The retention of a delivery's body begins. A reason is not taken: as free
/// text it would be personal data in an event that can't be erased, and work that is let go of leaves
/// no event to say it in.
pub(crate) async fn skip(
    State(app): State<App>,
    admin: Admin,
    PathIds(id): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    if let Some(work) = number(&id) {
        found(app.store.drop_parked(admin.id(), work).await?)?;
    } else {
        let connection = received(&app, &admin, &id).await?.connection;
        let (runs, cause) = (&app.runs, admin.caller.cause());
        runs.skip_delivery(&app.store, admin.id(), &connection, &id, &cause).await?;
    }
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

/// Work has a number; a delivery has the hash that is its receipt's id.
fn number(id: &str) -> Option<i64> {
    (id.len() < SHORTEST_HASH).then(|| id.parse().ok())?
}

fn found(there_was_one: bool) -> Result<(), Problem> {
    if there_was_one { Ok(()) } else { Err(Code::NotFound.into()) }
}

pub(crate) async fn received(app: &App, admin: &Admin, id: &str) -> Result<Received, Problem> {
    let loaded: Loaded<Receipt> = load(&app.store, admin.id(), id).await?;
    loaded.state.received.ok_or_else(|| Code::NotFound.into())
}
