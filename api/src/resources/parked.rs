//! `/parked`: work that was given up until somebody acts.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_store::IntentStatus;
use serde::Serialize;

use crate::answer::List;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

/// The store lists waiting and parked work together, oldest first.
const LOOKED_AT: u32 = 10_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/parked", get(list)).route("/parked/{id}", get(read))
}

#[derive(Serialize)]
struct View {
    id: String,
    kind: String,
    key: String,
    attempts: u32,
    run_at: DateTime<Utc>,
    error: Option<String>,
}

fn view(row: IntentStatus) -> View {
    View {
        id: row.id.to_string(),
        kind: row.kind,
        key: row.key,
        attempts: row.attempts,
        run_at: row.run_at,
        error: row.error,
    }
}

async fn parked(app: &App, reader: &Reader) -> Result<impl Iterator<Item = View>, Problem> {
    let rows = app.store.intents(Some(reader.id()), LOOKED_AT).await?;
    Ok(rows.into_iter().filter(|row| row.parked).map(view))
}

async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let limit = params.limit();
    params.done()?;
    Ok(List::whole(parked(&app, &reader).await?.take(limit as usize).collect()))
}

async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(id): PathIds<String>,
    params: Params,
) -> Result<Json<View>, Problem> {
    params.done()?;
    let found = parked(&app, &reader).await?.find(|row| row.id == id);
    found.map(Json).ok_or_else(|| Code::NotFound.into())
}
