//! `/scenarios/{id}/actors`: the people of a scenario, with the names of what they belong to.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_projections::actors::{self, Actor, Filter};
use rollcall_projections::units;
use serde::Serialize;

use super::history;
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
        .route("/scenarios/{scenario}/actors", get(list))
        .route("/scenarios/{scenario}/actors/{actor}", get(read))
        .route("/scenarios/{scenario}/actors/{actor}/history", get(history::list))
}

/// A person, the fields named as in product.md §8.0.
#[derive(Serialize)]
struct View {
    id: String,
    scenario: String,
    source_hris: Option<String>,
    source_hris_id: Option<String>,
    employee_number: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    preferred_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    job_title: Option<String>,
    departments: Vec<Named>,
    division: Option<Named>,
    location: Option<Named>,
    employment_type: Option<String>,
    active: bool,
    hire_date: Option<String>,
    termination_date: Option<String>,
    manager: Option<Named>,
    photo_url: Option<String>,
    synced: bool,
    out_of_sync_by_hand: bool,
    source_deleted: bool,
    erased: bool,
    /// The run that changed the person last.
    last_run: Option<String>,
    version: u64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Something referred to; without a name where it is not there (yet).
#[derive(Serialize)]
struct Named {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

async fn list(
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

async fn read(
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

/// What the ids in some rows are called.
struct Names(HashMap<String, String>);

impl Names {
    async fn of(
        app: &App,
        reader: &Reader,
        scenario: &str,
        rows: &[Actor],
    ) -> Result<Names, Problem> {
        let unit_ids = |row: &Actor| -> Vec<String> {
            let one = [&row.division, &row.location];
            row.departments.iter().chain(one.into_iter().flatten()).cloned().collect()
        };
        let units: BTreeSet<String> = rows.iter().flat_map(unit_ids).collect();
        let managers: BTreeSet<String> =
            rows.iter().filter_map(|row| row.manager.clone()).collect();
        let (units, managers) = (Vec::from_iter(units), Vec::from_iter(managers));
        let db = app.projections.db();
        let mut names = HashMap::new();
        // A page refers to more units than one query may ask for only if people are in many.
        for some in units.chunks(1_000) {
            let units = units::by_ids(db, reader.id(), scenario, some).await?;
            names.extend(units.into_iter().map(|unit| (unit.unit, unit.name)));
        }
        let managers = actors::by_ids(db, reader.id(), scenario, &managers).await?;
        names.extend(managers.into_iter().map(|row| (row.actor.clone(), full_name(&row))));
        Ok(Names(names))
    }

    fn name(&self, id: String) -> Named {
        let name = self.0.get(&id).cloned();
        Named { id, name }
    }
}

fn full_name(row: &Actor) -> String {
    let first = row.preferred_name.as_deref().or(row.first_name.as_deref());
    let parts = [first, row.last_name.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn view(row: Actor, names: &Names) -> View {
    let named = |id: Option<String>| id.map(|id| names.name(id));
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
        departments: row.departments.iter().cloned().map(|id| names.name(id)).collect(),
        division: named(row.division),
        location: named(row.location),
        employment_type: row.employment_type,
        active: row.active,
        hire_date: row.hire_date,
        termination_date: row.termination_date,
        manager: named(row.manager),
        photo_url: row.photo_url,
        synced: row.synced,
        out_of_sync_by_hand: row.out_of_sync_by_hand,
        source_deleted: row.source_deleted,
        erased: row.erased,
        last_run: row.run,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
