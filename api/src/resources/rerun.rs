//! `POST …/{run}/rerun`: the same again, in the scenarios that the run was about.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use rollcall_commands::{Loaded, RunRequest, is_body_kept, load};
use rollcall_domain::receipt::Receipt;
use rollcall_domain::run::{self, KnownRun, RunSpec};
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_projections::identities;
use rollcall_store::StoreError;

use super::integrations::{is_active, queue};
use super::undo::ended;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::problems::refused;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/integration_sync_logs/{run}/rerun", post(rerun))
}

pub(super) fn operations() -> Vec<Operation> {
    let path = "/integration_sync_logs/{run}/rerun";
    let about = "The same again, in the scenarios the run was about.";
    vec![openapi::post(Tag::Runs, path, "rerun", about).placed::<shapes::Queued>(202, "The run.")]
}

/// While one waits or runs it is the answer.
pub(crate) async fn rerun(
    State(app): State<App>,
    admin: Admin,
    PathIds(run): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let known = repeatable(&app, &admin, &run).await?;
    is_active(&app, &admin, &known.connection).await?;
    let KnownRun { connection, spec, .. } = known;
    let spec = RunSpec {
        receipts: spec.receipts,
        changed_since: spec.changed_since,
        rerun_of: Some(run),
        ..RunSpec::new(spec.kind, &spec.event_type, Trigger::Rerun)
    };
    let id = ulid::Ulid::generate().to_string();
    queue(&app, &admin, RunRequest { run: id, connection, spec, effect: None }).await
}

/// A run that may run again: it is over, and it is known whom it was about.
pub(crate) async fn repeatable(app: &App, admin: &Admin, run: &str) -> Result<KnownRun, Problem> {
    let known = ended(app, admin, run).await?;
    match known.spec.kind {
        RunKind::ManualSync | RunKind::Reconcile => Ok(known),
        RunKind::Webhook if names_somebody(app, admin, &known).await? => Ok(known),
        RunKind::Webhook => Err(refused(run::Refusal::NamesNobody)),
        RunKind::Undo => Err(refused(run::Refusal::IsUndo)),
        RunKind::Push => {
            let posted = known.spec.receipts.first().map_or("", String::as_str);
            match is_body_kept(&app.store, admin.id(), posted).await? {
                true => Ok(known),
                false => Err(refused(run::Refusal::BodyGone)),
            }
        }
    }
}

/// Whether it can be told whom a run of deliveries was about: by what was delivered, as long as that
/// is kept, or by what became of them.
pub(crate) async fn names_somebody(
    app: &App,
    admin: &Admin,
    run: &KnownRun,
) -> Result<bool, Problem> {
    if run.spec.changed_since.is_some() {
        return Ok(true);
    }
    let (db, tenant) = (admin.db(), admin.id());
    let people = identities::list(db, tenant, &run.run, None, None, 200).await?;
    if people.rows.iter().any(|row| row.source_id.is_some()) || people.next.is_some() {
        return Ok(true);
    }
    for id in &run.spec.receipts {
        let receipt: Loaded<Receipt> = load(&app.store, tenant, id).await?;
        let received = receipt.state.received.filter(|received| !received.subjects.is_empty());
        let Some(received) = received else { continue };
        match app.store.read_blob(tenant, &received.blob).await {
            Ok(_) => return Ok(true),
            Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}
