//! `/scenarios`: the versions of the organisation.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_projections::scenarios::{self, Scenario};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{List, Stamped, caught_up, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios", get(list).post(create))
        .route("/scenarios/{scenario}", get(read))
}

#[derive(Serialize)]
struct View {
    id: String,
    kind: String,
    name: String,
    status: String,
    copied_from: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

fn view(row: Scenario) -> View {
    View {
        id: row.scenario,
        kind: row.kind,
        name: row.name,
        status: row.state,
        copied_from: row.copied_from,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &["scenarios"]).await?;
    let rows = scenarios::list(app.projections.db(), reader.id()).await?;
    Ok(List::whole(rows.into_iter().map(view).collect()))
}

async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &["scenarios"]).await?;
    exists(&app, &reader, &scenario).await.map(|row| Json(view(row)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
}

/// An empty scenario.
async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let id = ulid::Ulid::generate().to_string();
    let cause = admin.caller.cause();
    rollcall_commands::create_scenario(&app.store, admin.id(), &id, &new.name, &cause).await?;
    let place = [(LOCATION, format!("/api/v1/scenarios/{id}"))];
    let answer = (StatusCode::CREATED, place, Json(json!({ "id": id })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

/// The scenario, or 404: what is inside one that does not exist does not exist either.
pub(super) async fn exists(
    app: &App,
    reader: &Reader,
    scenario: &str,
) -> Result<Scenario, Problem> {
    let row = scenarios::one(app.projections.db(), reader.id(), scenario).await?;
    row.ok_or_else(|| Code::NotFound.into())
}
