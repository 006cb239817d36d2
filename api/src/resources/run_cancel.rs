//! `POST /integration_sync_logs/{run}/cancel`: a run that waits for its turn does not get it.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/integration_sync_logs/{run}/cancel", post(cancel))
}

pub(super) fn operations() -> Vec<Operation> {
    let path = "/integration_sync_logs/{run}/cancel";
    let about = "A run that waits for its turn does not get it.";
    vec![openapi::post(Tag::Runs, path, "cancel_run", about).empty(204, "It is cancelled.")]
}

/// What was delivered to it rides on the connection's next run.
pub(crate) async fn cancel(
    State(app): State<App>,
    admin: Admin,
    PathIds(run): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    app.runs.cancel(&app.store, admin.id(), &run, &admin.caller.cause()).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}
