//! `/scenarios/{id}/departments`: who is together, with how many they are.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::NewUnit;
use rollcall_domain::ids;
use rollcall_domain::unit::Kind;
use rollcall_projections::units::{self, BELOW, Counted, Filter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::scenarios::exists;
use crate::answer::{List, Stamped, caught_up, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

const BEHIND: [&str; 4] = ["units", "members", "actors", "scenarios"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios/{scenario}/departments", get(list).post(create))
        .route("/scenarios/{scenario}/departments/{department}", get(read).patch(rename))
}

pub(super) fn operations() -> Vec<Operation> {
    const LIST: &str = "/scenarios/{scenario}/departments";
    const ONE: &str = "/scenarios/{scenario}/departments/{department}";
    let kinds = Kind::ALL.map(Kind::as_str);
    let named = json!({ "name": "Research" });
    let about = "Departments, or another kind, each behind what it is part of.";
    vec![
        openapi::get(Tag::People, LIST, "list_departments", about)
            .query([
                openapi::word("kind", "Which kind.", &kinds),
                openapi::text("q", "Part of a name."),
                openapi::flag("synced", "Only those an HR system keeps, or only the others."),
            ])
            .list::<View>()
            .min_position(),
        openapi::post(Tag::People, LIST, "create_department", "Adds one by hand.")
            .body::<New>(&named)
            .placed::<shapes::Made>(201, "What was added."),
        openapi::get(Tag::People, ONE, "read_department", "One of them.")
            .json::<View>(200, "It.")
            .min_position(),
        openapi::patch(Tag::People, ONE, "rename_department", "Renames one made by hand.")
            .body::<Rename>(&named)
            .empty(204, "Renamed.")
            .refuses([Code::SyncedField]),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Department)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) scenario: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// What it is part of; `null` for one that stands by itself.
    pub(crate) parent: Option<String>,
    /// The names from the top down to its own, such as `Engineering > Mobile`.
    pub(crate) path: String,
    /// How many are above it.
    #[serde(skip)]
    pub(crate) level: usize,
    pub(crate) members: u64,
    pub(crate) source_hris: Option<String>,
    pub(crate) source_key: Option<String>,
    /// Whether its source still lists it; `null` for one made by hand.
    pub(crate) listed_at_source: Option<bool>,
    /// What keeps it from being renamed by hand; told of a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lock: Option<Lock>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Who names it.
#[derive(Serialize, ToSchema)]
#[schema(as = DepartmentLock)]
pub(crate) struct Lock {
    pub(crate) connection: String,
    pub(crate) source_hris: String,
    /// Whether nobody may be in it who is not in sync.
    pub(crate) closed: bool,
}

fn view(row: Counted) -> View {
    let Counted { unit, members, path } = row;
    View {
        listed_at_source: unit.provider.as_ref().map(|_| !unit.retired),
        id: unit.unit,
        scenario: unit.scenario,
        kind: unit.kind,
        name: unit.name,
        parent: unit.parent,
        level: path.len().saturating_sub(1),
        path: path.join(BELOW),
        members,
        source_hris: unit.provider,
        source_key: unit.source_key,
        lock: None,
        created_at: unit.created_at,
        updated_at: unit.updated_at,
    }
}

/// Departments, or with `kind` divisions or locations.
pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let kind = params.word("kind", &Kind::ALL.map(Kind::as_str));
    let (q, synced) = (params.text("q"), params.flag("synced"));
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    exists(&reader, &scenario).await?;
    let (db, tenant) = (reader.db(), reader.id());
    let kind = kind.as_deref().unwrap_or(Kind::Department.as_str());
    let filter = Filter { kind, q: q.as_deref(), synced };
    let page = units::list(db, tenant, &scenario, &filter, piece.after(), piece.limit).await?;
    Ok(List::of(page, &piece, view))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((scenario, department)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let row = units::one(reader.db(), reader.id(), &scenario, &department).await?;
    let row = row.ok_or(Code::NotFound)?;
    let source = row.unit.known().and_then(|known| known.source);
    let lock = match &source {
        Some(_) => rollcall_commands::unit_lock(&app.store, reader.id(), &scenario).await?,
        None => None,
    };
    let lock = lock.filter(|lock| source.as_ref() == Some(&lock.source)).map(|lock| Lock {
        closed: lock.source.provider.closes_departments()
            && row.unit.kind == Kind::Department.as_str(),
        connection: lock.connection,
        source_hris: lock.source.provider.as_str().to_owned(),
    });
    Ok(Json(View { lock, ..view(row) }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDepartment)]
pub(crate) struct New {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// What it is to be part of; one of the same kind.
    #[serde(default)]
    pub(crate) parent: Option<String>,
}

/// A department, or with `kind` a division or location.
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin,
    PathIds(scenario): PathIds<String>,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let kind = match &new.kind {
        None => Kind::Department,
        Some(word) => Kind::parse(word).ok_or_else(|| {
            let words = format!("It must be one of: {}.", Kind::ALL.map(Kind::as_str).join(", "));
            Problem::new(Code::InvalidRequest).violation("/kind", words)
        })?,
    };
    check_name(&new.name)?;
    let place = (kind.as_str(), new.parent.as_deref());
    free(&app, &admin, &scenario, place, &new.name, None).await?;
    let unit = ulid::Ulid::generate().to_string();
    let (place, id) = (format!("/api/v1/scenarios/{scenario}/departments/{unit}"), unit.clone());
    let new = NewUnit { scenario, unit, kind, name: new.name, parent: new.parent };
    let cause = admin.caller.cause();
    rollcall_commands::create_unit(&app.store, admin.id(), &new, &cause).await?;
    let answer = (StatusCode::CREATED, [(LOCATION, place)], Json(json!({ "id": id })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DepartmentChange)]
pub(crate) struct Rename {
    pub(crate) name: String,
}

pub(crate) async fn rename(
    State(app): State<App>,
    admin: Admin,
    PathIds((scenario, department)): PathIds<(String, String)>,
    JsonBody(new): JsonBody<Rename>,
) -> Result<Stamped<StatusCode>, Problem> {
    check_name(&new.name)?;
    let (cause, store, tenant) = (admin.caller.cause(), &app.store, admin.id());
    up_to_date(&app, &admin).await?;
    let row = units::one(admin.db(), tenant, &scenario, &department).await?;
    let unit = row.ok_or(Code::NotFound)?.unit;
    let place = (&*unit.kind, unit.parent.as_deref());
    free(&app, &admin, &scenario, place, &new.name, Some(&department)).await?;
    rollcall_commands::rename_unit(store, tenant, &scenario, &department, &new.name, &cause)
        .await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

/// Lists show it, and terminals do.
fn check_name(name: &str) -> Result<(), Problem> {
    match name.trim().chars().any(char::is_control) {
        false => Ok(()),
        true => Err(Problem::new(Code::InvalidRequest)
            .violation("/name", "It must not hold control characters.")),
    }
}

/// Two of one kind and name in one place could not be told apart. Everything that was written before the request
/// came is looked at; of two requests at the same moment both may pass.
pub(crate) async fn free(
    app: &App,
    admin: &Admin,
    scenario: &str,
    (kind, parent): (&str, Option<&str>),
    name: &str,
    except: Option<&str>,
) -> Result<(), Problem> {
    up_to_date(app, admin).await?;
    let db = admin.db();
    if let Some(parent) = parent {
        let above = units::one(db, admin.id(), scenario, parent).await?;
        if above.is_none_or(|above| above.unit.kind != kind) {
            let shown = ids::shown(parent);
            let words = format!("There is no {kind} {shown} in the scenario.");
            return Err(Problem::new(Code::InvalidRequest).violation("/parent", words));
        }
    }
    match units::with_name(db, admin.id(), scenario, kind, parent, name).await? {
        Some(other) if except != Some(other.as_str()) => Err(Problem::new(Code::Conflict)
            .detail(format!("The {kind} {other} has this name already; take another."))),
        Some(_) | None => Ok(()),
    }
}

pub(crate) async fn up_to_date(app: &App, admin: &Admin) -> Result<(), Problem> {
    let now = position(app, &admin.tenant).await?;
    caught_up(app, admin, Some(now), &BEHIND).await
}
