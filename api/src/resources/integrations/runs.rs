//! `POST …/sync` and `…/reconcile`: asking for a run.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chrono::Local;
use rollcall_commands::{Loaded, Night, RunRequest, entitled_since, load};
use rollcall_domain::connection::{Connection, KnownConnection, Status};
use rollcall_domain::run::RunSpec;
use rollcall_domain::schedule;
use rollcall_domain::vocabulary::RunKind;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{OptionalBody, PathIds};

pub(super) async fn sync(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    queue(&app, &admin, &integration, RunKind::ManualSync, "sync_now").await
}

/// What is asked of a reconciliation.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// As the one of this local date, which is run once however often it is asked for.
    #[serde(default)]
    nightly: bool,
}

pub(super) async fn reconcile(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    OptionalBody(wanted): OptionalBody<Wanted>,
) -> Result<Response, Problem> {
    if wanted.unwrap_or_default().nightly {
        return tonight(&app, &admin, &integration).await;
    }
    let asked = queue(&app, &admin, &integration, RunKind::Reconcile, "manual_reconciliation");
    asked.await.map(IntoResponse::into_response)
}

/// `202` with the run of this date, `200` where it was asked for before.
async fn tonight(app: &App, admin: &Admin, integration: &str) -> Result<Response, Problem> {
    let known = is_active(app, admin, integration).await?;
    if entitled_since(&app.store, admin.id()).await?.is_none() {
        let detail = "The tenant's plan does not include live sync; upgrade it first.";
        return Err(Problem::new(Code::Conflict).detail(detail));
    }
    let now = app.now();
    let date = match known.settings.schedule_zone() {
        Some(zone) => now.with_timezone(&zone).date_naive(),
        None => now.with_timezone(&Local).date_naive(),
    };
    let trigger = admin.caller.trigger();
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: integration.to_owned(),
        spec: RunSpec::new(RunKind::Reconcile, schedule::EVENT_TYPE, trigger),
        effect: None,
    };
    let (place, cause) = (schedule::place(integration, date), admin.caller.cause());
    let night = app.runs.request_night(&app.store, admin.id(), &request, &place, &cause).await?;
    let (status, run, queued) = match night {
        Night::Queued { run } => (StatusCode::ACCEPTED, run, true),
        Night::Taken { run } => (StatusCode::OK, run, false),
    };
    let place = [(LOCATION, format!("/api/v1/integration_sync_logs/{run}"))];
    let answer = Json(json!({ "run": run, "date": date.to_string(), "queued": queued }));
    let position = position(app, &admin.tenant).await?;
    Ok(Stamped(position, (status, place, answer)).into_response())
}

/// `202` with the run that answers: a new one, or one of the kind that waits already.
async fn queue(
    app: &App,
    admin: &Admin,
    integration: &str,
    kind: RunKind,
    event_type: &str,
) -> Result<impl IntoResponse + use<>, Problem> {
    is_active(app, admin, integration).await?;
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: integration.to_owned(),
        spec: RunSpec::new(kind, event_type, admin.caller.trigger()),
        effect: None,
    };
    let cause = admin.caller.cause();
    let run = app.runs.request(&app.store, admin.id(), &request, &cause).await?;
    let run = run.unwrap_or(request.run);
    let place = [(LOCATION, format!("/api/v1/integration_sync_logs/{run}"))];
    let answer = (StatusCode::ACCEPTED, place, Json(json!({ "run": run })));
    Ok(Stamped(position(app, &admin.tenant).await?, answer))
}

/// Refuses where a run would only be skipped.
pub(in crate::resources) async fn is_active(
    app: &App,
    admin: &Admin,
    integration: &str,
) -> Result<KnownConnection, Problem> {
    let loaded: Loaded<Connection> = load(&app.store, admin.id(), integration).await?;
    let known = loaded.state.known.ok_or(Code::NotFound)?;
    let no = |detail: &'static str| Err(Problem::new(Code::Conflict).detail(detail));
    match known.status {
        Status::Active => Ok(known),
        Status::Paused => no("The connection is paused; resume it first."),
        Status::Disconnected => no("The connection is disconnected; connect anew."),
    }
}
