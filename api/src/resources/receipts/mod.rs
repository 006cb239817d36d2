//! `/receipts`: inbound deliveries, those that were let in and those that were not.

pub(crate) mod consequences;
pub(crate) mod raw;

use serde_json::json;
use std::collections::HashMap;
use utoipa::ToSchema;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_domain::receipt::Verdict;
use rollcall_projections::receipts::{self, Filter, Seen};
use rollcall_store::Refused;
use serde::Serialize;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;

const BEHIND: [&str; 2] = ["receipts", "runs"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/receipts", get(list))
        .route("/receipts/refused", get(refused))
        .route("/receipts/{receipt}", get(read))
        .route("/receipts/{receipt}/raw", get(raw::read))
        .route("/receipts/{receipt}/consequences", get(consequences::list))
}

pub(super) fn operations() -> Vec<Operation> {
    use openapi::{get, instant, text, word};
    let verdicts = Verdict::ALL.map(Verdict::as_str);
    let refused = "Deliveries that were turned away: the newest ones.";
    let raw = get(
        Tag::Deliveries,
        "/receipts/{receipt}/raw",
        "read_raw_receipt",
        "A delivery's body as it arrived.",
    );
    vec![
        get(Tag::Deliveries, "/receipts", "list_receipts", "Deliveries, newest first.")
            .query([
                word("verdict", "Only those found to be this.", &verdicts),
                text("integration", "Only of this connection."),
                instant("since", "Not before."),
                instant("until", "Before."),
            ])
            .list::<View>()
            .min_position(),
        get(Tag::Deliveries, "/receipts/refused", "list_refused_deliveries", refused)
            .whole::<RefusedView>()
            .limit(),
        get(Tag::Deliveries, "/receipts/{receipt}", "read_receipt", "One delivery.")
            .json::<View>(200, "The delivery.")
            .min_position(),
        get(
            Tag::Deliveries,
            "/receipts/{receipt}/consequences",
            "list_consequences",
            "What a delivery led to.",
        )
        .cursor()
        .json::<consequences::View>(200, "Its runs, and a piece of the events.")
        .min_position(),
        raw.format(200, "The bytes.", "application/octet-stream", json!({ "type": "string" }))
            .min_position()
            .refuses([Code::RawExpired, Code::Erased]),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) event_idempotency_key: String,
    pub(crate) provider: String,
    pub(crate) integration: String,
    pub(crate) event_type: String,
    pub(crate) verdict: String,
    pub(crate) authenticated_by: String,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) body_sha256: String,
    pub(crate) body_bytes: u64,
    pub(crate) content_type: String,
    pub(crate) timestamp: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// The people it names, under the names erasure and filters know them by.
    pub(crate) subjects: Vec<String>,
    /// The runs it rode on.
    pub(crate) runs: Vec<String>,
    pub(crate) processed: bool,
    /// How often it came again.
    pub(crate) duplicates: u64,
}

fn view(row: Seen, duplicates: u64) -> View {
    let Seen { receipt, processed } = row;
    View {
        event_idempotency_key: receipt.receipt.clone(),
        id: receipt.receipt,
        provider: receipt.provider,
        integration: receipt.connection,
        event_type: receipt.event_type,
        verdict: receipt.verdict,
        authenticated_by: receipt.proof,
        received_at: receipt.received_at,
        body_sha256: receipt.body_sha256,
        body_bytes: receipt.body_bytes,
        content_type: receipt.content_type,
        timestamp: receipt.timestamp,
        headers: receipt.headers.0,
        subjects: receipt.subjects.0,
        runs: receipt.runs.0,
        processed,
        duplicates,
    }
}

pub(crate) async fn duplicates(
    app: &App,
    reader: &Reader,
    rows: &[Seen],
) -> Result<HashMap<String, u64>, Problem> {
    let ids: Vec<String> = rows.iter().map(|row| row.receipt.receipt.clone()).collect();
    Ok(app.store.duplicates(reader.id(), &ids).await?.into_iter().collect())
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let verdict = params.word("verdict", &Verdict::ALL.map(Verdict::as_str));
    let integration = params.text("integration");
    let (since, until) = (params.instant("since"), params.instant("until"));
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    let filter =
        Filter { connection: integration.as_deref(), verdict: verdict.as_deref(), since, until };
    caught_up(&app, &reader, min, &BEHIND).await?;
    let (db, tenant) = (reader.db(), reader.id());
    let page = receipts::list(db, tenant, &filter, piece.after(), piece.limit).await?;
    let again = duplicates(&app, &reader, &page.rows).await?;
    Ok(List::of(page, &piece, |row| {
        let times = again.get(&row.receipt.receipt).copied().unwrap_or(0);
        view(row, times)
    }))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(receipt): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let row = receipts::one(reader.db(), reader.id(), &receipt).await?;
    let row = row.ok_or(Code::NotFound)?;
    let again = duplicates(&app, &reader, std::slice::from_ref(&row)).await?;
    let times = again.get(&receipt).copied().unwrap_or(0);
    Ok(Json(view(row, times)))
}

#[derive(Serialize, ToSchema)]
#[schema(as = RefusedDelivery)]
pub(crate) struct RefusedView {
    pub(crate) at: DateTime<Utc>,
    pub(crate) provider: String,
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) body_sha256: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// The newest deliveries that were turned away; the list is a sample, so it has no cursor.
pub(crate) async fn refused(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<RefusedView>>, Problem> {
    let limit = params.limit();
    params.done()?;
    let rows = app.store.refused(reader.id(), limit).await?;
    let view = |row: Refused| RefusedView {
        at: row.at,
        provider: row.provider,
        status: row.status,
        reason: row.reason,
        body_sha256: row.body_sha256,
        headers: row.headers,
    };
    Ok(List::whole(rows.into_iter().map(view).collect()))
}
