//! `/projections`: how far the read models are; rebuilding and comparing them is the operator's.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use rollcall_projections::{ShardStatus, Status};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::List;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::problems::internal;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projections", get(list))
        .route("/projections/{name}", get(read))
        .route("/projections/{name}/rebuild", post(rebuild))
        .route("/projections/{name}/compare", post(compare))
        .route("/projections/{name}/switch", post(switch))
}

pub(super) fn operations() -> Vec<Operation> {
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
            .json::<shapes::Rebuilt>(200, "It was built."),
        act("/projections/{name}/compare", "compare_projection", "Builds it anew and compares.")
            .json::<shapes::Compared>(200, "How they differ."),
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
fn view(caller: &Caller, status: Status) -> View {
    let own = caller.tenant.as_ref().map(|tenant| tenant.shard);
    let visible = |one: &ShardStatus| caller.is_operator() || Some(one.shard) == own;
    let shards: Vec<Shard> = status.shards.into_iter().filter(visible).map(shard).collect();
    View {
        name: status.name.to_string(),
        version: status.version,
        status: status.state.to_string(),
        lag: shards.iter().map(|one| one.lag).max().unwrap_or(0),
        shards,
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
    let all = app.projections.list().await?;
    Ok(List::whole(all.into_iter().map(|one| view(&caller, one)).collect()))
}

pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    PathIds(name): PathIds<String>,
    params: Params,
) -> Result<Json<View>, Problem> {
    params.done()?;
    Ok(Json(view(&caller, exists(&app, &name).await?)))
}

pub(crate) async fn exists(app: &App, name: &str) -> Result<Status, Problem> {
    let all = app.projections.list().await?;
    all.into_iter().find(|one| one.name == name).ok_or_else(|| Code::NotFound.into())
}

/// Builds it anew beside the live one, then switches. It goes on when the client leaves.
pub(crate) async fn rebuild(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    exists(&app, &name).await?;
    let work = tokio::spawn(async move { app.projections.rebuild(&name, &|_| ()).await });
    let built = work.await.map_err(|error| internal(&error))??;
    let milliseconds = u64::try_from(built.elapsed.as_millis()).unwrap_or(u64::MAX);
    Ok(Json(json!({
        "events": built.events,
        "rows": built.rows,
        "elapsed_ms": milliseconds,
    })))
}

/// Builds it anew beside the live one and compares them row by row; the live one stays.
pub(crate) async fn compare(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    exists(&app, &name).await?;
    let work = tokio::spawn(async move { app.projections.verify(&name, &|_| ()).await });
    let found = work.await.map_err(|error| internal(&error))??;
    Ok(Json(json!({
        "equal": found.is_equal(),
        "rows": found.rows,
        "missing": found.missing,
        "extra": found.extra,
        "different": found.different,
        "keys": found.keys,
    })))
}

pub(crate) async fn switch(
    State(app): State<App>,
    PathIds(name): PathIds<String>,
) -> Result<StatusCode, Problem> {
    exists(&app, &name).await?;
    app.projections.switch(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
