//! `/scenarios/{id}/departments`: who is together, with how many they are.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_domain::unit::Kind;
use rollcall_projections::units::{self, Counted};
use serde::Serialize;

use super::scenarios::exists;
use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

const BEHIND: [&str; 4] = ["units", "members", "actors", "scenarios"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios/{scenario}/departments", get(list))
        .route("/scenarios/{scenario}/departments/{department}", get(read))
}

#[derive(Serialize)]
struct View {
    id: String,
    scenario: String,
    kind: String,
    name: String,
    members: u64,
    source_hris: Option<String>,
    source_key: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

fn view(row: Counted) -> View {
    let Counted { unit, members } = row;
    View {
        id: unit.unit,
        scenario: unit.scenario,
        kind: unit.kind,
        name: unit.name,
        members,
        source_hris: unit.provider,
        source_key: unit.source_key,
        created_at: unit.created_at,
        updated_at: unit.updated_at,
    }
}

/// Departments, or with `kind` divisions or locations.
async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let kind = params.word("kind", &Kind::ALL.map(Kind::as_str));
    let kind = kind.as_deref().unwrap_or(Kind::Department.as_str());
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    exists(&app, &reader, &scenario).await?;
    let (db, tenant) = (app.projections.db(), reader.id());
    let page = units::list(db, tenant, &scenario, Some(kind), piece.after(), piece.limit).await?;
    Ok(List::of(page, view))
}

async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((scenario, department)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let row = units::one(app.projections.db(), reader.id(), &scenario, &department).await?;
    row.map(|row| Json(view(row))).ok_or_else(|| Code::NotFound.into())
}
