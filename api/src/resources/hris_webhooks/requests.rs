//! What was posted to an endpoint: listed, simulated, and applied exactly as it was simulated.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rollcall_commands::kept_plan;
use rollcall_commands::operations::Request;
use rollcall_domain::receipt::Verdict;
use rollcall_domain::vocabulary::Counts;
use rollcall_projections::receipts::{self, Filter, Seen};
use rollcall_projections::runs;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::configuration::known;
use super::view::{BEHIND, is_there};
use super::{Performed, REQUEST};
use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::resources::integrations::plans::exactly;
use crate::resources::integrations::runs::is_active;
use crate::resources::operations::{Patience, perform};

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::HrisWebhooks;
    let hash = json!({ "hash": "5f0c2f7d1a8b4c6e" });
    vec![
        openapi::get(
            tag,
            "/hris_webhooks/{hris_webhook}/requests",
            "list_push_requests",
            "What was posted, newest first.",
        )
        .list::<View>()
        .min_position(),
        openapi::get(tag, REQUEST, "read_push_request", "One request.")
            .json::<View>(200, "The request.")
            .min_position(),
        openapi::post(
            tag,
            "/hris_webhooks/{hris_webhook}/requests/{request}/simulate",
            "simulate_push_request",
            "What it would do; nothing is written.",
        )
        .performed::<Performed>(),
        openapi::post(
            tag,
            "/hris_webhooks/{hris_webhook}/requests/{request}/apply",
            "apply_push_request",
            "Has exactly that done which a simulation showed.",
        )
        .body::<Exactly>(&hash)
        .placed::<shapes::Applying>(202, "The run, or the operation that checks.")
        .refuses([Code::Conflict]),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = PushRequest)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) received_at: DateTime<Utc>,
    /// `test` or `live`.
    pub(crate) mode: &'static str,
    /// `test`, `accepted`, `paused`, `skipped_entitlement`.
    pub(crate) verdict: String,
    /// How many people it holds.
    pub(crate) people: u64,
    pub(crate) body_bytes: u64,
    pub(crate) body_sha256: String,
    pub(crate) content_type: String,
    /// Those it led to, oldest first.
    pub(crate) runs: Vec<String>,
    /// Of the last run.
    pub(crate) status: Option<String>,
    #[schema(value_type = Option<shapes::Counts>)]
    pub(crate) counts: Option<Counts>,
    pub(crate) error_summary: Option<String>,
}

/// Of a simulation: what is to be applied.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanChosen)]
pub(crate) struct Exactly {
    pub(crate) hash: String,
}

async fn view(reader: &Reader, seen: Seen) -> Result<View, Problem> {
    let receipt = seen.receipt;
    let run = match receipt.runs.last() {
        Some(run) => runs::one(reader.db(), reader.id(), run).await?,
        None => None,
    };
    let mode = if receipt.verdict == Verdict::Test.as_str() { "test" } else { "live" };
    Ok(View {
        id: receipt.receipt,
        received_at: receipt.received_at,
        mode,
        verdict: receipt.verdict,
        people: receipt.people.unwrap_or_default(),
        body_bytes: receipt.body_bytes,
        body_sha256: receipt.body_sha256,
        content_type: receipt.content_type,
        runs: receipt.runs.0,
        status: run.as_ref().map(|run| run.status.clone()),
        counts: run.as_ref().map(|run| run.counts.0),
        error_summary: run.and_then(|run| run.error_summary),
    })
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds(webhook): PathIds<String>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    is_there(&reader, &webhook).await?;
    let filter = Filter { connection: Some(&webhook), ..Filter::default() };
    let (db, tenant) = (reader.db(), reader.id());
    let page = receipts::list(db, tenant, &filter, piece.after(), piece.limit).await?;
    let mut data = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        data.push(view(&reader, row).await?);
    }
    Ok(Json(List { data, next_cursor: piece.next(page.next) }))
}

pub(super) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((webhook, request)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    Ok(Json(request_of(&reader, &webhook, &request).await?))
}

/// A request to this endpoint.
pub(crate) async fn request_of(
    reader: &Reader,
    webhook: &str,
    request: &str,
) -> Result<View, Problem> {
    let seen = receipts::one(reader.db(), reader.id(), request).await?;
    let seen = seen.filter(|seen| seen.receipt.connection == webhook).ok_or(Code::NotFound)?;
    view(reader, seen).await
}

pub(crate) async fn simulate(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((webhook, request)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    known(&app, &admin, &webhook).await?;
    posted(&app, &admin, &webhook, &request).await?;
    perform(&app, &admin, Request::SimulatePush { connection: webhook, receipt: request }, patience)
        .await
}

pub(crate) async fn apply(
    State(app): State<App>,
    admin: Admin,
    patience: Patience,
    PathIds((webhook, request)): PathIds<(String, String)>,
    JsonBody(Exactly { hash }): JsonBody<Exactly>,
) -> Result<Response, Problem> {
    known(&app, &admin, &webhook).await?;
    posted(&app, &admin, &webhook, &request).await?;
    is_active(&app, &admin, &webhook).await?;
    let kept = kept_plan(&app.store, admin.id(), &webhook, &hash).await?;
    if !kept.is_some_and(|kept| kept.receipts.contains(&request)) {
        return Err(Code::NotFound.into());
    }
    exactly(&app, &admin, Request::ApplyPlan { connection: webhook, hash }, patience).await
}

/// Refuses a request that is none of this endpoint's.
async fn posted(app: &App, admin: &Admin, webhook: &str, request: &str) -> Result<(), Problem> {
    let known = rollcall_commands::load::<rollcall_domain::receipt::Receipt>(
        &app.store,
        admin.id(),
        request,
    );
    let received = known.await?.state.received;
    match received.is_some_and(|received| received.connection == webhook) {
        true => Ok(()),
        false => Err(Code::NotFound.into()),
    }
}
