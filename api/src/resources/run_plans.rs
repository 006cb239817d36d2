//! `/integration_sync_logs/{run}/plan`, `…/approve`, `…/reject`: a plan that waits for a person.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use rollcall_commands::{Loaded, load};
use rollcall_domain::run::{self, KnownRun, Run, StoredPlan};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::integrations::is_active;
use super::plans::{Rows, Wanted, rows, subjects};
use crate::answer::{Stamped, caught_up, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{OptionalBody, PathIds};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/integration_sync_logs/{run}/plan", get(read))
        .route("/integration_sync_logs/{run}/approve", post(approve))
        .route("/integration_sync_logs/{run}/reject", post(reject))
}

pub(super) fn operations() -> Vec<Operation> {
    let approval = json!({ "identities": ["114"] });
    vec![
        openapi::get(
            Tag::Runs,
            "/integration_sync_logs/{run}/plan",
            "read_plan",
            "What a run's plan does, person by person.",
        )
        .query(Wanted::described())
        .cursor()
        .json::<Rows>(200, "A piece of the plan.")
        .min_position()
        .refuses([Code::Gone]),
        openapi::post(
            Tag::Runs,
            "/integration_sync_logs/{run}/approve",
            "approve_plan",
            "Lets a held plan be applied, or a part of it.",
        )
        .optional_body::<Decided>(&approval)
        .placed::<shapes::Queued>(202, "The run takes its turn.")
        .refuses([Code::Gone]),
        openapi::post(
            Tag::Runs,
            "/integration_sync_logs/{run}/reject",
            "reject_plan",
            "Lets go of a held plan.",
        )
        .optional_body::<Decided>(&json!({}))
        .empty(204, "It is rejected."),
    ]
}

/// What was looked at, and what of it may be done.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Decision)]
pub(crate) struct Decided {
    /// Of the plan that was looked at: if it is another one by now, nothing happens.
    #[serde(default)]
    pub(crate) hash: Option<String>,
    /// Only these people, by source id or actor.
    #[serde(default)]
    pub(crate) identities: Option<Vec<String>>,
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(run): PathIds<String>,
    mut params: Params,
) -> Result<Json<Rows>, Problem> {
    let wanted = Wanted::read(&mut params);
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &["actors"]).await?;
    let plan = plan_of(&known(&app, reader.id(), &run).await?)?.clone();
    rows(&app, &reader, &plan, &wanted, &piece).await
}

/// The run takes its turn on the lane again, and applies what was approved if nothing of it moved.
pub(crate) async fn approve(
    State(app): State<App>,
    admin: Admin,
    PathIds(run): PathIds<String>,
    OptionalBody(body): OptionalBody<Decided>,
) -> Result<impl IntoResponse, Problem> {
    let Decided { hash, identities } = body.unwrap_or_default();
    let known = known(&app, admin.id(), &run).await?;
    is_active(&app, &admin, &known.connection).await?;
    let (subjects, hash) = match identities {
        None => (None, hash),
        Some(identities) if identities.is_empty() => {
            let say = "Name somebody, or leave it out to approve all; reject to approve nobody.";
            return Err(Problem::new(Code::InvalidRequest).violation("/identities", say));
        }
        // Whom they mean stands in this plan, and in no other.
        Some(identities) => {
            let plan = plan_of(&known)?;
            let subjects = subjects(&app, &admin, plan, &identities).await?;
            (Some(subjects), hash.or_else(|| Some(plan.hash.clone())))
        }
    };
    let cause = admin.caller.cause();
    app.runs.approve(&app.store, admin.id(), &run, hash, subjects, &cause).await?;
    let place = [(LOCATION, format!("/api/v1/integration_sync_logs/{run}"))];
    let answer = (StatusCode::ACCEPTED, place, Json(json!({ "run": run })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

pub(crate) async fn reject(
    State(app): State<App>,
    admin: Admin,
    PathIds(run): PathIds<String>,
    OptionalBody(body): OptionalBody<Decided>,
) -> Result<impl IntoResponse, Problem> {
    let Decided { hash, identities } = body.unwrap_or_default();
    if identities.is_some() {
        let say = "A plan is rejected as a whole; approve those it may be applied to instead.";
        return Err(Problem::new(Code::InvalidRequest).violation("/identities", say));
    }
    let command = run::Command::Reject { hash };
    let cause = admin.caller.cause();
    app.runs.dismiss(&app.store, admin.id(), &run, &command, &cause).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

pub(crate) async fn known(app: &App, tenant: &str, run: &str) -> Result<KnownRun, Problem> {
    let loaded: Loaded<Run> = load(&app.store, tenant, run).await?;
    loaded.state.known.ok_or_else(|| Code::NotFound.into())
}

/// The plan that waits or waited for a person, or was to be applied as it is.
fn plan_of(run: &KnownRun) -> Result<&StoredPlan, Problem> {
    let held = run.held.as_ref().map(|held| &held.plan);
    held.or(run.spec.plan.as_deref()).ok_or_else(|| {
        let none = "This run kept no plan: what it did stands in its identities.";
        Problem::new(Code::NotFound).detail(none)
    })
}
