//! `/scenarios`: the versions of the organisation. What is made as a copy is `preparing` until it holds
//! what its original held.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::{self as commands, CommandError};
use rollcall_domain::{Refusal, scenario};
use rollcall_projections::actors;
use rollcall_projections::scenarios::{self, Scenario};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::{List, Stamped, caught_up, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, OptionalBody, PathIds};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

const BEHIND: [&str; 2] = ["scenarios", "actors"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios", get(list).post(create))
        .route("/scenarios/{scenario}", get(read).patch(rename))
        .route("/scenarios/{scenario}/snapshot", post(snapshot))
        .route("/scenarios/{scenario}/archive", post(archive))
}

pub(super) fn operations() -> Vec<Operation> {
    const ONE: &str = "/scenarios/{scenario}";
    let post = |path, id, summary| openapi::post(Tag::Scenarios, path, id, summary);
    let name = json!({ "name": "Spring plan" });
    vec![
        openapi::get(
            Tag::Scenarios,
            "/scenarios",
            "list_scenarios",
            "All scenarios, oldest first.",
        )
        .list::<View>()
        .min_position(),
        post("/scenarios", "create_scenario", "Makes a scenario, empty or as a copy.")
            .body::<New>(&name)
            .placed::<shapes::Made>(201, "It is there.")
            .placed::<shapes::Made>(202, "It is being copied."),
        openapi::get(Tag::Scenarios, ONE, "read_scenario", "One scenario.")
            .json::<View>(200, "The scenario.")
            .min_position(),
        openapi::patch(Tag::Scenarios, ONE, "rename_scenario", "Renames a scenario.")
            .body::<Renamed>(&name)
            .empty(204, "Renamed."),
        post(
            "/scenarios/{scenario}/snapshot",
            "snapshot_scenario",
            "A copy that nobody may write.",
        )
        .optional_body::<NewSnapshot>(&name)
        .placed::<shapes::Made>(202, "It is being copied."),
        post("/scenarios/{scenario}/archive", "archive_scenario", "Puts a scenario away.")
            .empty(204, "Archived."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Scenario)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `preparing`, `active`, `archived`.
    pub(crate) status: String,
    pub(crate) copied_from: Option<String>,
    /// How far the copy is; `null` for what is none.
    pub(crate) copied: Option<Copied>,
    /// How many people it has by now.
    pub(crate) people: u64,
    /// Whether a connection may choose it as a target.
    pub(crate) targetable: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ScenarioCopied)]
pub(crate) struct Copied {
    pub(crate) people: u64,
    pub(crate) units: u64,
    /// About how many people it will be; only while it is under way, and only of one scenario.
    pub(crate) of_people: Option<u64>,
}

/// How many people there are, by scenario.
type Headcounts = HashMap<String, u64>;

fn view(row: Scenario, people: &Headcounts) -> View {
    let headcount = |scenario: &String| people.get(scenario).copied().unwrap_or(0);
    let copied = row.copied_from.as_ref().map(|original| Copied {
        people: row.copied_people,
        units: row.copied_units,
        of_people: (row.state == "preparing").then(|| headcount(original)),
    });
    View {
        people: headcount(&row.scenario),
        id: row.scenario,
        targetable: row.kind == "scenario" && row.state == "active",
        kind: row.kind,
        name: row.name,
        status: row.state,
        copied_from: row.copied_from,
        copied,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let db = reader.db();
    let page = scenarios::page(db, reader.id(), piece.after(), piece.limit).await?;
    let people = actors::headcounts(db, reader.id()).await?;
    Ok(List::of(page, &piece, |row| view(row, &people)))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let found = exists(&reader, &scenario).await?;
    let people = actors::headcounts(reader.db(), reader.id()).await?;
    Ok(Json(view(found, &people)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewScenario)]
pub(crate) struct New {
    pub(crate) name: String,
    /// An active scenario, a snapshot or the live baseline; an empty scenario without it.
    #[serde(default)]
    pub(crate) copied_from: Option<String>,
}

/// `201`, or `202` where a copy is under way.
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin,
    reader: Reader,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let (id, cause) = (ulid::Ulid::generate().to_string(), admin.caller.cause());
    let (store, tenant) = (&app.store, admin.id());
    is_free(&app, &reader, &new.name, None).await?;
    let Some(original) = &new.copied_from else {
        commands::create_scenario(store, tenant, &id, &new.name, &cause).await?;
        return made(&app, &admin, StatusCode::CREATED, &id).await;
    };
    match commands::copy_scenario(store, tenant, &id, original, &new.name, &cause).await {
        Err(CommandError::Refused(Refusal::Scenario(scenario::Refusal::NotFound))) => {
            Err(Problem::new(Code::InvalidRequest)
                .violation("/copied_from", "There is no such scenario."))
        }
        Err(error) => Err(error.into()),
        Ok(_) => made(&app, &admin, StatusCode::ACCEPTED, &id).await,
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSnapshot {
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// A copy that nobody may write.
pub(crate) async fn snapshot(
    State(app): State<App>,
    admin: Admin,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    OptionalBody(new): OptionalBody<NewSnapshot>,
) -> Result<impl IntoResponse, Problem> {
    let (id, cause) = (ulid::Ulid::generate().to_string(), admin.caller.cause());
    let name = new.and_then(|new| new.name);
    if let Some(name) = &name {
        is_free(&app, &reader, name, None).await?;
    }
    let named = (name.as_deref(), app.now());
    commands::snapshot_scenario(&app.store, admin.id(), &id, &scenario, named, &cause).await?;
    made(&app, &admin, StatusCode::ACCEPTED, &id).await
}

/// Where the new one is.
pub(crate) async fn made(
    app: &App,
    admin: &Admin,
    status: StatusCode,
    id: &str,
) -> Result<Response, Problem> {
    let place = [(LOCATION, format!("/api/v1/scenarios/{id}"))];
    let answer = (status, place, Json(json!({ "id": id })));
    Ok(Stamped(position(app, &admin.tenant).await?, answer).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScenarioChange)]
pub(crate) struct Renamed {
    pub(crate) name: String,
}

pub(crate) async fn rename(
    State(app): State<App>,
    admin: Admin,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    JsonBody(new): JsonBody<Renamed>,
) -> Result<impl IntoResponse, Problem> {
    let cause = admin.caller.cause();
    is_free(&app, &reader, &new.name, Some(&scenario)).await?;
    commands::rename_scenario(&app.store, admin.id(), &scenario, &new.name, &cause).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

pub(crate) async fn archive(
    State(app): State<App>,
    admin: Admin,
    PathIds(scenario): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let cause = admin.caller.cause();
    commands::archive_scenario(&app.store, admin.id(), &scenario, &cause).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

/// Two of one name could not be told apart in any list. Everything that was written before the request
/// counts; two that come in the same moment both pass.
pub(crate) async fn is_free(
    app: &App,
    reader: &Reader,
    name: &str,
    of: Option<&str>,
) -> Result<(), Problem> {
    let now = position(app, &reader.tenant).await?;
    caught_up(app, reader, Some(now), &["scenarios"]).await?;
    let wanted = name.trim().to_lowercase();
    let named = scenarios::in_use(reader.db(), reader.id()).await?;
    let same =
        |one: &&Scenario| one.name.to_lowercase() == wanted && of != Some(one.scenario.as_str());
    match named.iter().find(same) {
        None => Ok(()),
        Some(other) => Err(Problem::new(Code::Conflict)
            .detail(format!("Scenario {} has this name already; take another.", other.scenario))),
    }
}

/// The scenario, or 404: what is inside one that does not exist does not exist either.
pub(crate) async fn exists(reader: &Reader, scenario: &str) -> Result<Scenario, Problem> {
    let row = scenarios::one(reader.db(), reader.id(), scenario).await?;
    row.ok_or_else(|| Code::NotFound.into())
}
