//! `…/preview` and `…/plans/{hash}`: what a run would do, and having exactly that done.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use rollcall_commands::kept_plan;
use rollcall_commands::operations::{About, Answer, Request};
use rollcall_domain::vocabulary::RunKind;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::runs::{is_active, is_read};
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem, Violation};
use crate::extractors::{OptionalBody, PathIds};
use crate::params::Params;
use crate::resources::operations::{Patience, Waited, perform, wait_for};
use crate::resources::plans::{Rows, Wanted, rows};
use crate::resources::rerun::repeatable;

/// A person at a time costs a request to the provider.
const MOST: usize = 200;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PreviewAsked)]
pub(crate) struct Asked {
    /// By source id: what re-reading these people would do. Everybody, unless some are named.
    #[serde(default)]
    pub(crate) identities: Vec<String>,
    /// What running this run again would do.
    #[serde(default)]
    pub(crate) rerun_of: Option<String>,
}

pub(crate) async fn preview(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds(integration): PathIds<String>,
    OptionalBody(body): OptionalBody<Asked>,
) -> Result<Response, Problem> {
    let Asked { identities, rerun_of } = body.unwrap_or_default();
    if identities.len() > MOST || (rerun_of.is_some() && !identities.is_empty()) {
        let say = format!("Name at most {MOST}, and none where a run is to run again.");
        return Err(Problem::new(Code::InvalidRequest).violation("/identities", say));
    }
    if let Some(run) = &rerun_of
        && repeatable(&app, &admin, run).await?.connection != integration
    {
        return Err(Code::NotFound.into());
    }
    match &rerun_of {
        Some(_) => is_active(&app, &admin, &integration).await?,
        None => is_read(&app, &admin, &integration).await?,
    };
    let kind = if identities.is_empty() { RunKind::ManualSync } else { RunKind::Webhook };
    let request = Request::Preview { connection: integration, kind, identities, rerun_of };
    perform(&app, &admin, request, patience).await
}

/// As long as it is kept: an hour.
pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((integration, hash)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<Rows>, Problem> {
    let (wanted, piece) = (Wanted::read(&mut params), params.piece());
    params.done()?;
    let kept = kept_plan(&app.store, reader.id(), &integration, &hash).await?;
    let kept = kept.ok_or(Code::NotFound)?;
    rows(&app, &reader, &kept.plan, &wanted, &piece).await
}

/// `202` with the run that was queued, and its place; `409` with those who moved. Where checking takes
/// longer than the caller waits, it is `202` with the operation and its place, whose result names the
/// run.
pub(crate) async fn apply(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((integration, hash)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    is_active(&app, &admin, &integration).await?;
    if kept_plan(&app.store, admin.id(), &integration, &hash).await?.is_none() {
        return Err(Code::NotFound.into());
    }
    exactly(&app, &admin, Request::ApplyPlan { connection: integration, hash }, patience).await
}

/// Has a plan applied that is there.
pub(in crate::resources) async fn exactly(
    app: &App,
    admin: &Admin,
    request: Request,
    patience: Patience,
) -> Result<Response, Problem> {
    let answer = match wait_for(app, admin, request, patience).await? {
        Waited::UnderWay(response) => return Ok(response),
        Waited::Answered(operation) => operation.answer,
    };
    match answer {
        Some(Answer::Done(result)) => {
            let run = result["run"].as_str().unwrap_or_default();
            let place = [(LOCATION, format!("/api/v1/integration_sync_logs/{run}"))];
            let answer = (StatusCode::ACCEPTED, place, Json(json!({ "run": run })));
            Ok(Stamped(position(app, &admin.tenant).await?, answer).into_response())
        }
        Some(Answer::Failed { summary, people, .. }) => {
            let moved = people.into_iter().map(|About { hris_id, name }| {
                let name = name.as_deref().unwrap_or("This person");
                let message = format!("{name} changed since the plan was made.");
                Violation { path: "/plan".to_owned(), message, hris_id, ..Violation::default() }
            });
            Err(Problem::new(Code::Conflict).detail(summary).violations(moved))
        }
        None => Err(Code::Internal.into()),
    }
}
