//! `POST …/sync` and `…/reconcile`: asking for a run.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chrono::Local;
use rollcall_commands::{Loaded, Night, RunRequest, entitled_since, load};
use rollcall_domain::connection::{self, Connection, KnownConnection, Status};
use rollcall_domain::run::{self, RunSpec};
use rollcall_domain::vocabulary::RunKind;
use rollcall_domain::{schedule, tenant};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{OptionalBody, PathIds};
use crate::problems::refused;

pub(crate) async fn sync(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    everybody(&app, &admin, &integration, RunKind::ManualSync, "sync_now").await
}

/// What is asked of a reconciliation.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReconciliationAsked)]
pub(crate) struct Wanted {
    /// As the one of this local date, which is run once however often it is asked for.
    #[serde(default)]
    pub(crate) nightly: bool,
}

pub(crate) async fn reconcile(
    State(app): State<App>,
    admin: Admin,
    PathIds(integration): PathIds<String>,
    OptionalBody(wanted): OptionalBody<Wanted>,
) -> Result<Response, Problem> {
    if wanted.unwrap_or_default().nightly {
        return tonight(&app, &admin, &integration).await;
    }
    let asked = everybody(&app, &admin, &integration, RunKind::Reconcile, "manual_reconciliation");
    asked.await.map(IntoResponse::into_response)
}

/// `202` with the run of this date, `200` where it was asked for before.
pub(crate) async fn tonight(
    app: &App,
    admin: &Admin,
    integration: &str,
) -> Result<Response, Problem> {
    let known = is_read(app, admin, integration).await?;
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

/// A new one, or one of the kind that waits already.
pub(crate) async fn everybody(
    app: &App,
    admin: &Admin,
    integration: &str,
    kind: RunKind,
    event_type: &str,
) -> Result<impl IntoResponse + use<>, Problem> {
    is_read(app, admin, integration).await?;
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: integration.to_owned(),
        spec: RunSpec::new(kind, event_type, admin.caller.trigger()),
        effect: None,
    };
    queue(app, admin, request).await
}

/// Asks for a run: `202` with the one that answers. `409` where nothing would be new.
pub(in crate::resources) async fn queue(
    app: &App,
    admin: &Admin,
    request: RunRequest,
) -> Result<impl IntoResponse + use<>, Problem> {
    let cause = admin.caller.cause();
    let run = app.runs.request(&app.store, admin.id(), &request, &cause).await?;
    let run = run.ok_or_else(|| refused(run::Refusal::NothingNew))?;
    let place = [(LOCATION, format!("/api/v1/integration_sync_logs/{run}"))];
    let answer = (StatusCode::ACCEPTED, place, Json(json!({ "run": run })));
    Ok(Stamped(position(app, &admin.tenant).await?, answer))
}

/// Refuses what a person asks for where a run would only be skipped: while the connection is paused,
/// when it is gone, and where the plan does not include it.
pub(in crate::resources) async fn is_active(
    app: &App,
    admin: &Admin,
    integration: &str,
) -> Result<KnownConnection, Problem> {
    let known = connected(app, admin, integration).await?;
    match known.status {
        Status::Active | Status::Disconnected => {}
        Status::Paused => return Err(refused(connection::Refusal::Paused)),
        Status::Test | Status::Disabled => return Err(refused(connection::Refusal::NotLive)),
    }
    match entitled_since(&app.store, admin.id()).await? {
        Some(_) => Ok(known),
        None => Err(refused(tenant::Refusal::NotEntitled)),
    }
}

/// The same of one that sends us everybody, since there is nothing to read there.
pub(in crate::resources) async fn is_read(
    app: &App,
    admin: &Admin,
    integration: &str,
) -> Result<KnownConnection, Problem> {
    let known = is_active(app, admin, integration).await?;
    match known.settings.is_pushed() {
        true => Err(refused(connection::Refusal::OnlyPushed)),
        false => Ok(known),
    }
}

/// Refuses a connection that is gone for good.
pub(crate) async fn connected(
    app: &App,
    admin: &Admin,
    integration: &str,
) -> Result<KnownConnection, Problem> {
    let loaded: Loaded<Connection> = load(&app.store, admin.id(), integration).await?;
    let known = loaded.state.known.ok_or(Code::NotFound)?;
    match known.status {
        Status::Active | Status::Paused | Status::Test | Status::Disabled => Ok(known),
        Status::Disconnected => Err(refused(connection::Refusal::Disconnected)),
    }
}
