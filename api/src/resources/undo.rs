//! `POST …/{run}/undo`: taking back what a run did, or with `?preview=true` what that would be.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use rollcall_commands::operations::Request;
use rollcall_commands::{Loaded, RunRequest, load};
use rollcall_domain::run::{self, KnownRun, Run, RunSpec};
use rollcall_domain::vocabulary::RunKind;

use super::integrations::queue;
use super::operations::{Patience, View, perform};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::problems::refused;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/integration_sync_logs/{run}/undo", post(undo))
}

pub(super) fn operations() -> Vec<Operation> {
    let about = "Takes back what a run did; with `preview`, says what that would be.";
    let undo = openapi::post(Tag::Runs, "/integration_sync_logs/{run}/undo", "undo_run", about)
        .query([openapi::flag("preview", "Only say what it would be.")])
        .prefer()
        .json::<View>(200, "What it would be.")
        .placed::<shapes::Undoing>(202, "The run that takes it back, or the preview under way.");
    vec![undo]
}

pub(crate) async fn undo(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(run): PathIds<String>,
    mut params: Params,
) -> Result<Response, Problem> {
    let preview = params.flag("preview").unwrap_or(false);
    params.done()?;
    let known = ended(&app, &admin, &run).await?;
    if known.batches == 0 {
        return Err(refused(run::Refusal::ChangedNobody));
    }
    if preview {
        return perform(&app, &admin, Request::PreviewUndo { run }, patience).await;
    }
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: known.connection,
        spec: RunSpec {
            undoes: Some(run),
            ..RunSpec::new(RunKind::Undo, "undo", admin.caller.trigger())
        },
        effect: None,
    };
    Ok(queue(&app, &admin, request).await?.into_response())
}

/// A run that is over.
pub(crate) async fn ended(app: &App, admin: &Admin, run: &str) -> Result<KnownRun, Problem> {
    let loaded: Loaded<Run> = load(&app.store, admin.id(), run).await?;
    let known = loaded.state.known.ok_or(Code::NotFound)?;
    match known.status.is_end() {
        true => Ok(known),
        false => Err(refused(run::Refusal::NotOver { status: known.status })),
    }
}
