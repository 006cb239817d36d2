//! `/scenarios/{id}/actors`: the people of a scenario, with the names of what they belong to.

pub(crate) mod by_hand;
pub(crate) mod person;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_projections::actors::{self, Actor, Filter};
use serde::Serialize;

use super::history;
use super::names::{Named, Names};
use super::scenarios::exists;
use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

const BEHIND: [&str; 4] = ["actors", "members", "units", "scenarios"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios/{scenario}/actors", get(list).post(by_hand::create))
        .route("/scenarios/{scenario}/actors/{actor}", get(read).patch(by_hand::edit))
        .route("/scenarios/{scenario}/actors/{actor}/unsync", post(by_hand::unsync))
        .route("/scenarios/{scenario}/actors/{actor}/resync", post(by_hand::resync))
        .route("/scenarios/{scenario}/actors/{actor}/release", post(by_hand::release))
        .route("/scenarios/{scenario}/actors/{actor}/history", get(history::list))
}

/// A person, the fields named as in product.md §8.0.
#[derive(Serialize)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) scenario: String,
    pub(crate) source_hris: Option<String>,
    pub(crate) source_hris_id: Option<String>,
    pub(crate) employee_number: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) preferred_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) job_title: Option<String>,
    pub(crate) departments: Vec<Named>,
    pub(crate) division: Option<Named>,
    pub(crate) location: Option<Named>,
    pub(crate) employment_type: Option<String>,
    pub(crate) active: bool,
    pub(crate) hire_date: Option<String>,
    pub(crate) termination_date: Option<String>,
    pub(crate) manager: Option<Named>,
    pub(crate) photo_url: Option<String>,
    pub(crate) synced: bool,
    pub(crate) out_of_sync_by_hand: bool,
    /// The run that was taken back, while others leave the person alone because of that.
    pub(crate) on_hold: Option<String>,
    pub(crate) source_deleted: bool,
    pub(crate) erased: bool,
    /// The run that changed the person last.
    pub(crate) last_run: Option<String>,
    pub(crate) version: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let q = params.text("q");
    let department = params.text("department");
    let manager = params.text("manager");
    let status = params.word("status", &["active", "inactive", "all"]);
    let synced = params.flag("synced");
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    let filter = Filter {
        q: q.as_deref(),
        department: department.as_deref(),
        manager: manager.as_deref(),
        active: status.filter(|word| word != "all").map(|word| word == "active"),
        synced,
    };
    caught_up(&app, &reader, min, &BEHIND).await?;
    exists(&app, &reader, &scenario).await?;
    let (db, tenant) = (app.projections.db(), reader.id());
    let page = actors::list(db, tenant, &scenario, &filter, piece.after(), piece.limit).await?;
    let names = Names::of(&app, &reader, &scenario, &page.rows).await?;
    Ok(List::of(page, |row| view(row, &names)))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((scenario, actor)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let row = actors::one(app.projections.db(), reader.id(), &scenario, &actor).await?;
    let row = row.ok_or(Code::NotFound)?;
    let names = Names::of(&app, &reader, &scenario, std::slice::from_ref(&row)).await?;
    Ok(Json(view(row, &names)))
}

fn view(row: Actor, names: &Names) -> View {
    let unit = |id: Option<String>| id.map(|id| names.unit(id));
    View {
        id: row.actor,
        scenario: row.scenario,
        source_hris: row.provider,
        source_hris_id: row.source_id,
        employee_number: row.employee_number,
        first_name: row.first_name,
        last_name: row.last_name,
        preferred_name: row.preferred_name,
        email: row.email,
        phone: row.phone,
        job_title: row.job_title,
        departments: row.departments.iter().cloned().map(|id| names.unit(id)).collect(),
        division: unit(row.division),
        location: unit(row.location),
        employment_type: row.employment_type,
        active: row.active,
        hire_date: row.hire_date,
        termination_date: row.termination_date,
        manager: row.manager.map(|id| names.person(id)),
        photo_url: row.photo_url,
        synced: row.synced,
        out_of_sync_by_hand: row.out_of_sync_by_hand,
        on_hold: row.on_hold,
        source_deleted: row.source_deleted,
        erased: row.erased,
        last_run: row.run,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
