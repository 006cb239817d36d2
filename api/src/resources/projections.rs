//! `/projections`: how far the read models are; rebuilding and comparing them is the operator's.

pub(crate) mod work;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rollcall_projections::{ShardStatus, Status};
use serde::Serialize;
use utoipa::ToSchema;

use self::work::{Task, Views, WorkView};
use crate::answer::List;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projections", get(list))
        .route("/projections/{name}", get(read))
        .route("/projections/{name}/rebuild", post(rebuild))
        .route("/projections/{name}/compare", post(compare))
        .route("/projections/{name}/switch", post(switch))
}

pub(super) fn operations() -> Vec<Operation> {
    const BEGUN: &str =
        "It has begun, as `Prefer: respond-async` asked; read it to see how far it is.";
    let act = |path, id, summary| openapi::post(Tag::Engine, path, id, summary);
    vec![
        openapi::get(
            Tag::Engine,
            "/projections",
            "list_projections",
            "How far the read models are.",
        )
        .whole::<View>(),
        openapi::get(Tag::Engine, "/projections/{name}", "read_projection", "How far one is.")
            .json::<View>(200, "It."),
        act("/projections/{name}/rebuild", "rebuild_projection", "Builds it anew, then switches.")
            .json::<shapes::Rebuilt>(200, "It was built.")
            .empty(202, BEGUN)
            .refuses([Code::Conflict]),
        act("/projections/{name}/compare", "compare_projection", "Builds it anew and compares.")
            .json::<shapes::Compared>(200, "How they differ.")
            .empty(202, BEGUN)
            .refuses([Code::Conflict]),
        act("/projections/{name}/switch", "switch_projection", "Serves the other build.")
            .empty(204, "It is served."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Projection)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) version: u16,
    pub(crate) status: String,
    /// The largest of the shards that are shown.
    pub(crate) lag: u64,
    pub(crate) shards: Vec<Shard>,
    /// What is beside the one that is shown: one being built, or one ready to be switched to. Only
    /// the operator sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) other: Option<Other>,
    /// What was last asked for on this node, and how far it is. Only the operator sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) work: Option<WorkView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProjectionBeside)]
pub(crate) struct Other {
    /// `building`, `built`.
    pub(crate) status: String,
    /// Over all shards, as it is stored: every half a minute or so.
    pub(crate) position: u64,
    pub(crate) head: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProjectionShard)]
pub(crate) struct Shard {
    pub(crate) shard: u16,
    pub(crate) position: u64,
    pub(crate) head: u64,
    pub(crate) lag: u64,
    pub(crate) status: String,
    pub(crate) error: Option<String>,
}

/// A tenant sees its own shard, the operator all.
fn view(caller: &Caller, status: Status, works: &mut Views) -> View {
    let own = caller.tenant.as_ref().map(|tenant| tenant.shard);
    let operates = caller.is_operator();
    let visible = |one: &ShardStatus| operates || Some(one.shard) == own;
    let shards: Vec<Shard> = status.shards.into_iter().filter(visible).map(shard).collect();
    let other = status.other.filter(|_| operates).map(|other| Other {
        status: other.state.to_string(),
        position: other.shards.iter().map(|one| one.checkpoint).sum(),
        head: other.shards.iter().map(|one| one.head).sum(),
    });
    View {
        name: status.name.to_string(),
        version: status.version,
        status: status.state.to_string(),
        lag: shards.iter().map(|one| one.lag).max().unwrap_or(0),
        shards,
        other,
        work: works.remove(status.name).filter(|_| operates),
    }
}

fn shard(one: ShardStatus) -> Shard {
    Shard {
        shard: one.shard,
        position: one.checkpoint,
        head: one.head,
        lag: one.lag,
        status: one.status.to_string(),
        error: one.error,
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<List<View>>, Problem> {
    params.done()?;
    // First: what has ended is then seen to have ended.
    let mut works = app.works.views();
    let all = app.projections.list().await?;
    Ok(List::whole(all.into_iter().map(|one| view(&caller, one, &mut works)).collect()))
}

pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    PathIds(name): PathIds<String>,
    params: Params,
) -> Result<Json<View>, Problem> {
    params.done()?;
    let mut works = app.works.views();
    Ok(Json(view(&caller, exists(&app, &name).await?, &mut works)))
}

pub(crate) async fn exists(app: &App, name: &str) -> Result<Status, Problem> {
    let all = app.projections.list().await?;
    all.into_iter().find(|one| one.name == name).ok_or_else(|| Code::NotFound.into())
}

/// Builds it anew beside the live one, then switches. It goes on when the client leaves.
pub(crate) async fn rebuild(
    State(app): State<App>,
    headers: HeaderMap,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    begin(&app, &headers, name, Task::Rebuild).await
}

/// Builds it anew beside the live one and compares them row by row; the live one stays.
pub(crate) async fn compare(
    State(app): State<App>,
    headers: HeaderMap,
    PathIds(name): PathIds<String>,
) -> Result<Response, Problem> {
    begin(&app, &headers, name, Task::Compare).await
}

/// Answers when it is done, or, with `Prefer: respond-async` (RFC 7240), that it has begun; the read
/// model then says how far it is.
async fn begin(
    app: &App,
    headers: &HeaderMap,
    name: String,
    task: Task,
) -> Result<Response, Problem> {
    exists(app, &name).await?;
    let place = [(LOCATION, format!("/api/v1/projections/{name}"))];
    let work = work::begin(app, name, task)?;
    if responds_async(headers) {
        return Ok((StatusCode::ACCEPTED, place).into_response());
    }
    Ok(Json(work::ended(work).await?).into_response())
}

fn responds_async(headers: &HeaderMap) -> bool {
    let said = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split([',', ';'])).any(|one| one.trim() == "respond-async")
}

pub(crate) async fn switch(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<StatusCode, Problem> {
    exists(&app, &name).await?;
    app.projections.switch(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
