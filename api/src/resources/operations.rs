//! `/operations/{id}`, and waiting for one: what a worker does while somebody waits.

use std::time::Duration;
use utoipa::ToSchema;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::operations::{self, About, Answer, Operation, Request};
use rollcall_domain::access::Permission;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::{Admin, Reader, Tenant};
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Tag, shapes};
use crate::params::Params;

const PAUSE: Duration = Duration::from_millis(50);
const USUAL_WAIT: u64 = 15;
const LONGEST_WAIT: u64 = 60;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/operations/{operation}", get(read))
}

pub(super) fn described() -> Vec<openapi::Operation> {
    let about = "What came of an operation, for an hour.";
    let read = openapi::get(Tag::Runs, "/operations/{operation}", "read_operation", about);
    vec![read.json::<View>(200, "The operation.")]
}

/// How long the caller waits for an answer: `Prefer: wait=N` in seconds (RFC 7240).
pub(crate) struct Patience(Duration);

impl Patience {
    /// For a page that shows that it is under way, and looks again.
    pub(crate) fn of_a_page() -> Patience {
        Patience(Duration::from_secs(1))
    }
    /// For a form whose answer is what a receiver of webhooks answers, or that it did not in time.
    pub(crate) fn for_a_receiver() -> Patience {
        Patience(Duration::from_secs(25))
    }
    /// For a form whose answer is another page.
    pub(crate) fn usual() -> Patience {
        Patience(Duration::from_secs(USUAL_WAIT))
    }
}

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

#[derive(Serialize, ToSchema)]
#[schema(as = Operation)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    /// `running`, `done`, `failed`.
    pub(crate) status: &'static str,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) result: Option<Value>,
    pub(crate) failure: Option<FailureView>,
}

/// Why it could not be done, by a code of the catalogue of failures.
#[derive(Serialize, ToSchema)]
#[schema(as = OperationFailure)]
pub(crate) struct FailureView {
    pub(crate) code: String,
    pub(crate) summary: String,
    #[schema(value_type = Vec<shapes::About>)]
    pub(crate) people: Vec<About>,
    pub(crate) retry_at: Option<DateTime<Utc>>,
}

fn view(operation: Operation) -> View {
    let (status, result, failure) = match operation.answer {
        None => ("running", None, None),
        Some(Answer::Done(result)) => ("done", Some(result), None),
        Some(Answer::Failed { code, summary, people, retry_at }) => {
            ("failed", None, Some(FailureView { code, summary, people, retry_at }))
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
pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(id): PathIds<String>,
    params: Params,
) -> Result<Stamped<Json<View>>, Problem> {
    params.done()?;
    let found = operations::operation(&app.store, reader.id(), &id).await?.ok_or(Code::NotFound)?;
    // What it tells may be more than who only reads may see.
    if reader.caller.principal != found.principal
        && !reader.caller.may(Permission::IntegrationsManage)
    {
        return Err(Code::NotFound.into());
    }
    stamped(&app, &reader.tenant, found).await
}

/// The position is one at or behind everything that came of it.
pub(crate) async fn stamped(
    app: &App,
    tenant: &Tenant,
    operation: Operation,
) -> Result<Stamped<Json<View>>, Problem> {
    Ok(Stamped(position(app, tenant).await?, Json(view(operation))))
}

/// What came of waiting for an operation.
pub(crate) enum Waited {
    Answered(Box<Operation>),
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
        Waited::Answered(operation) => {
            stamped(app, &admin.tenant, *operation).await?.into_response()
        }
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
            return Ok(Waited::Answered(Box::new(found)));
        }
        if Instant::now() >= deadline {
            let place = [(LOCATION, format!("/api/v1/operations/{id}"))];
            let answer = stamped(app, &admin.tenant, found).await?;
            let answer = (StatusCode::ACCEPTED, place, [(RETRY_AFTER, "1")], answer);
            return Ok(Waited::UnderWay(answer.into_response()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
