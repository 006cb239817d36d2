//! `/healthz` and `/readyz`: whether the process lives, and whether it should get requests.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::app::App;
use crate::edge::Problem;
use crate::openapi::{self, Operation, Tag, shapes};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

pub(crate) fn operations() -> Vec<Operation> {
    let get = |path, id, summary| openapi::get(Tag::Service, path, id, summary);
    vec![
        get("/healthz", "read_health", "Whether the process lives.")
            .json::<shapes::Health>(200, "It does."),
        get("/readyz", "read_readiness", "Whether it should get requests.")
            .json::<shapes::Health>(200, "It should.")
            .json::<shapes::Health>(503, "It should not."),
    ]
}

async fn alive() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

async fn ready(State(app): State<App>) -> Response {
    let database = app.store.ping().await.is_ok();
    let projections = database && projections_are_ready(&app).await.unwrap_or(false);
    let status = if projections { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |fine: bool| if fine { "ok" } else { "not_ready" };
    let body = json!({
        "status": word(projections),
        "database": word(database),
        "projections": word(projections),
    });
    (status, Json(body)).into_response()
}

/// Built, and not too far behind.
async fn projections_are_ready(app: &App) -> Result<bool, Problem> {
    if !app.projections.ready().await? {
        return Ok(false);
    }
    let all = app.projections.list().await?;
    let lag = all.iter().flat_map(|one| &one.shards).map(|shard| shard.lag).max();
    Ok(lag.unwrap_or(0) <= app.settings.ready_lag)
}
