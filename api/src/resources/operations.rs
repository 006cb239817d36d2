//! `/operations/{id}`, and waiting for one: what a worker does while somebody waits.

use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::operations::{self, Answer, Operation, Request};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

const PAUSE: Duration = Duration::from_millis(50);
const USUAL_WAIT: u64 = 15;
const LONGEST_WAIT: u64 = 60;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/operations/{operation}", get(read))
}

/// How long the caller waits for an answer: `Prefer: wait=N` in seconds (RFC 7240).
pub(crate) struct Patience(Duration);

impl FromRequestParts<App> for Patience {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        let said = parts.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let wait = said.flat_map(|value| value.split([',', ';'])).find_map(|one| {
            let (name, seconds) = one.split_once('=')?;
            (name.trim() == "wait").then(|| seconds.trim().parse().ok())?
        });
        Ok(Patience(Duration::from_secs(wait.unwrap_or(USUAL_WAIT).min(LONGEST_WAIT))))
    }
}

#[derive(Serialize)]
struct View {
    id: String,
    kind: &'static str,
    /// `running`, `done`, `failed`.
    status: &'static str,
    requested_at: DateTime<Utc>,
    result: Option<Value>,
    failure: Option<FailureView>,
}

/// Why it could not be done, by a code of the catalogue of failures.
#[derive(Serialize)]
struct FailureView {
    code: String,
    summary: String,
    about: Vec<String>,
    retry_at: Option<DateTime<Utc>>,
}

fn view(operation: Operation) -> View {
    let (status, result, failure) = match operation.answer {
        None => ("running", None, None),
        Some(Answer::Done(result)) => ("done", Some(result), None),
        Some(Answer::Failed { code, summary, about, retry_at }) => {
            ("failed", None, Some(FailureView { code, summary, about, retry_at }))
        }
    };
    View {
        id: operation.id,
        kind: operation.request.kind(),
        status,
        requested_at: operation.requested_at,
        result,
        failure,
    }
}

/// As long as it is kept: an hour.
async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(id): PathIds<String>,
    params: Params,
) -> Result<Json<View>, Problem> {
    params.done()?;
    let found = operations::operation(&app.store, reader.id(), &id).await?.ok_or(Code::NotFound)?;
    // What it tells may be more than who only reads may see.
    if reader.caller.principal != found.principal && !reader.caller.manages() {
        return Err(Code::NotFound.into());
    }
    Ok(Json(view(found)))
}

/// What came of waiting for an operation.
pub(crate) enum Waited {
    Answered(Operation),
    /// `202`, and where to look.
    UnderWay(Response),
}

/// Asks for an operation and waits for it: `200` with the operation, or `202` and where to look.
pub(crate) async fn perform(
    app: &App,
    admin: &Admin,
    request: Request,
    patience: Patience,
) -> Result<Response, Problem> {
    Ok(match wait_for(app, admin, request, patience).await? {
        Waited::Answered(operation) => Json(view(operation)).into_response(),
        Waited::UnderWay(response) => response,
    })
}

pub(crate) async fn wait_for(
    app: &App,
    admin: &Admin,
    request: Request,
    Patience(patience): Patience,
) -> Result<Waited, Problem> {
    let (store, tenant) = (&app.store, &admin.tenant.id);
    let id = operations::request_operation(store, tenant, request, &admin.caller.principal).await?;
    let deadline = Instant::now() + patience;
    loop {
        let found = operations::operation(store, tenant, &id).await?.ok_or(Code::NotFound)?;
        if found.answer.is_some() {
            return Ok(Waited::Answered(found));
        }
        if Instant::now() >= deadline {
            let place = [(LOCATION, format!("/api/v1/operations/{id}"))];
            let mut answer = (StatusCode::ACCEPTED, place, Json(view(found))).into_response();
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return Ok(Waited::UnderWay(answer));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
